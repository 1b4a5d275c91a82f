"""Sentences for a family: one per component, verdict, state and hold, in the family's language.

They stand in ``<programme>.texts.<language>.yaml``. A ``{word}`` is filled from the explanation; a
sentence has no arithmetic of its own. A missing one is a problem of the rulebook, not a gap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from cct_engine.rulebook.loading import version_name
from cct_engine.rulebook.reading import Document, Tree, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.problems import Problem
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["Texts", "check_texts", "needed_texts", "programme_texts", "read_texts"]

_WORD = re.compile(r"\{([a-z_]+)\}")
_VERDICTS = ("met", "not_met", "no_information", "exempt")
_HOLDS = ("no_payee", "incomplete", "review_hold")
_ALWAYS = (
    ("payee",),
    ("nobody",),
    ("appeal",),
    ("standing", "no_members"),
    ("standing", "left_voluntarily"),
)


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one programme in one language."""

    language: str
    sentences: Mapping[tuple[str, ...], str]

    def say(self, *path: str, **words: str) -> str:
        """Return a sentence with its words filled in; the path itself where there is none."""
        sentence = self.sentences.get(path)
        if sentence is None:
            return " ".join(path)
        return _WORD.sub(lambda match: words.get(match[1], match[0]), sentence)


def programme_texts(code: str, *, language: str = "en", month: Month | None = None) -> Texts:
    """Return a shipped programme's sentences, of the law that held in a month; else the newest."""
    name = f"{version_name(code, month=month)}.texts.{language}.yaml"
    text = resources.files("cct_engine.programmes").joinpath(name).read_text(encoding="utf-8")
    return _texts(read_text(text, file=name))


def read_texts(path: Path) -> Texts:
    """Return the sentences of a file."""
    return _texts(read_text(path.read_text(encoding="utf-8"), file=path.name))


def _texts(document: Document) -> Texts:
    if document.problems:
        raise ValueError("\n".join(str(problem) for problem in document.problems))
    found = dict(_leaves(document.tree, ()))
    return Texts(found.pop(("language",), "en"), found)


def _leaves(tree: Tree, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(tree, dict):
        for key, below in tree.items():
            yield from _leaves(below, (*path, key))
    elif isinstance(tree, str):
        yield path, tree


def needed_texts(rulebook: Rulebook) -> tuple[tuple[str, ...], ...]:
    """Return the path of every sentence that an explanation may need."""
    law = rulebook.law
    paths: list[tuple[str, ...]] = [("components", component.code) for component in law.components]
    for name in law.conditions:
        paths += [("conditions", name, verdict) for verdict in _VERDICTS]
    holds = list(_HOLDS) + [f"stop:{stop.name}" for stop in law.stops]
    if law.payee and law.conventions.new_payee == "next_cycle":
        holds.append("new_payee")
    for name, ladder in law.ladders.items():
        paths += [("states", name, code) for code in ladder.states if code != "none"]
        holds += [f"ladder:{name}:{c}" for c, s in ladder.states.items() if s.money == "hold"]
    standing = law.standing
    if standing.grace is not None:
        paths += [("standing", standing.grace.shows), ("standing", standing.grace.otherwise)]
        paths.append(("standing", standing.grace.then))
    elif standing.keep != "TRUE":
        paths.append(("standing", "exited"))
    if standing.time_limit is not None:
        paths.append(("standing", standing.time_limit.shows))
    paths += [("standing", exclusion.reason) for exclusion in standing.excluded]
    paths.append(("standing", "not_eligible"))
    if law.budget is not None:
        paths.append(("standing", law.budget.reason))
    if law.recertify is not None:
        holds.append("recertify:hold")
        paths.append(("standing", "registration_expired"))
    paths += [("held", reason) for reason in holds]
    paths += [
        ("refused", refusal.reason) for component in law.components for refusal in component.unless
    ]
    paths += [("withheld", withholding.name) for withholding in law.withholding]
    sources = ["released", *(["arrears"] if law.arrears or law.appeals else [])]
    if any(withholding.deadline != "never" for withholding in law.withholding):
        sources.append("lapsed")
    sources += ["recovery"] if law.recovery else []
    paths += [("sources", source) for source in sources]
    return tuple(dict.fromkeys([*paths, *_ALWAYS]))


def check_texts(rulebook: Rulebook, path: Path) -> tuple[Problem, ...]:
    """Return a problem for every sentence that is missing or cannot be read."""
    document = Document(path.name)
    if not path.is_file():
        document.refuse((), "RB-072", "There is no file of sentences.", f"Write {path.name}.")
        return tuple(document.problems)
    document = read_text(path.read_text(encoding="utf-8"), file=path.name)
    if document.problems:
        return tuple(document.problems)
    found = dict(_leaves(document.tree, ()))
    for needed in needed_texts(rulebook):
        if needed not in found:
            document.refuse(
                needed,
                "RB-072",
                f"No sentence for `{'.'.join(needed)}`.",
                "One sentence for the family.",
            )
    return tuple(document.problems)
