"""Sentences for a family: one per component, verdict, state and hold, in the family's language.

They stand in ``<programme>.texts.<language>.yaml``. A ``{word}`` is filled from the explanation; a
sentence has no arithmetic of its own. A missing one is a problem of the rulebook, not a gap, and so
is a word that nothing fills. Files in other languages than English also name the programme and its
components; the law itself is in English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final, TypeVar

from cct_engine.rulebook.loading import version_name
from cct_engine.rulebook.reading import Document, Tree, file_text, read_text
from cct_engine.rulebook.wording import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.problems import Problem
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = [
    "FILLED",
    "Texts",
    "check_texts",
    "family_texts",
    "filled",
    "needed_texts",
    "programme_texts",
    "read_texts",
]

_WORD = re.compile(r"\{([a-z_]+)\}")
_EMPTY = re.compile(r" ?\( *\)")
"""Brackets with nothing left in them: no condition was breached in a month a state goes on."""
_VERDICTS = ("met", "not_met", "no_information", "exempt")
FILLED: Final[dict[str, frozenset[str]]] = {
    "components": frozenset({"amount", "person", "month", "size", "component"}),
    "refused": frozenset({"amount", "person", "month", "size", "component"}),
    "sources": frozenset({"amount", "person", "month", "size", "component"}),
    "conditions": frozenset({"person", "done", "needed", "first", "last", "months", "reason"}),
    "states": frozenset({"person", "since", "until", "conditions"}),
    "standing": frozenset({"since", "until", "place"}),
    "held": frozenset({"amount"}),
    "withheld": frozenset({"amount"}),
    "limits": frozenset({"most", "components", "persons", "months"}),
    "ceilings": frozenset({"ceiling", "components", "lines", "before", "after", "less", "months"}),
    "payee": frozenset({"person"}),
    "appeal": frozenset({"window"}),
}
"""Kind of sentence to the words that are filled into it."""
_Said = TypeVar("_Said")
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
        return filled(sentence, words)

    def words(self, by_language: Mapping[str, _Said]) -> _Said:
        """Return the engine's own words in the language of these sentences, else in English."""
        return by_language.get(self.language, by_language["en"])


def filled(sentence: str, words: Mapping[str, str]) -> str:
    """Return a sentence with its words filled in; brackets with nothing in them are left out."""
    said = _WORD.sub(lambda match: words.get(match[1], match[0]), sentence)
    return _EMPTY.sub("", said)


def programme_texts(code: str, *, language: str = "en", month: Month | None = None) -> Texts:
    """Return a shipped programme's sentences, of the law that held in a month; else the newest."""
    name = f"{version_name(code, month=month)}.texts.{language}.yaml"
    text = resources.files("cct_engine.programmes").joinpath(name).read_text(encoding="utf-8")
    return _texts(read_text(text, file=name))


def family_texts(folder: Path, code: str, *, language: str, month: Month) -> Texts:
    """Return the sentences a family reads: the installation's own, else the shipped ones.

    ``folder``: the installation's rulebooks. A law that does not speak a language speaks English; a
    law without any sentences shows the names of what it would say.
    """
    own = folder / f"{code}.texts.{language}.yaml"
    if own.is_file():
        return read_texts(own)
    found = _shipped(code, language, month)
    if found.sentences or language == "en":
        return found
    return family_texts(folder, code, language="en", month=month)


@lru_cache(maxsize=64)
def _shipped(code: str, language: str, month: Month) -> Texts:
    try:
        return programme_texts(code, language=language, month=month)
    except (FileNotFoundError, LookupError):
        return Texts(language, {})


def read_texts(path: Path) -> Texts:
    """Return the sentences of a file."""
    return _texts(read_text(file_text(path), file=path.name))


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


def needed_texts(rulebook: Rulebook, language: str = "en") -> tuple[tuple[str, ...], ...]:
    """Return the path of every sentence that an explanation in a language may need."""
    law = rulebook.law
    foreign = language != "en"
    paths: list[tuple[str, ...]] = [("title",)] if foreign else []
    paths += [("titles", one.code) for one in law.components if foreign or not one.title]
    paths += [("components", component.code) for component in law.components]
    for name, condition in law.conditions.items():
        paths += [("conditions", name, verdict) for verdict in _VERDICTS]
        if not isinstance(condition.exempt_when, str):
            paths += [("reasons", exemption.reason) for exemption in condition.exempt_when]
    for name, ladder in law.ladders.items():
        paths += [("states", name, code) for code in ladder.states if code != "none"]
    paths += [("standing", shown) for shown in _standings(law)]
    paths += [("held", reason) for reason in _holds(law)]
    paths += [
        ("refused", refusal.reason) for component in law.components for refusal in component.unless
    ]
    paths += [("withheld", withholding.name) for withholding in law.withholding]
    sources = ["released", *(["arrears"] if law.arrears or law.appeals else [])]
    sources += ["lapsed"] if _may_lapse(law) else []
    sources += ["recovery"] if law.recovery else []
    paths += [("sources", source) for source in sources]
    return tuple(dict.fromkeys([*paths, *_ALWAYS]))


def _standings(law: Law) -> Iterator[str]:
    standing = law.standing
    if standing.grace is not None:
        yield from (standing.grace.shows, standing.grace.otherwise, standing.grace.then)
    elif standing.keep != "TRUE":
        yield "exited"
    if standing.time_limit is not None:
        yield standing.time_limit.shows
    yield from (exclusion.reason for exclusion in standing.excluded)
    yield "not_eligible"
    if law.budget is not None:
        yield law.budget.reason
    if law.recertify is not None:
        yield "registration_expired"


def _may_lapse(law: Law) -> bool:
    """Return whether money that waits may be lost by waiting."""
    states = [state for ladder in law.ladders.values() for state in ladder.states.values()]
    return (
        any(withholding.deadline != "never" for withholding in law.withholding)
        or any(state.hold_limit is not None for state in states)
        or any(
            one.hold is not None and one.hold.then == "forfeit" for one in law.conditions.values()
        )
        or (law.recertify is not None and law.recertify.held_at_cancel == "lapse")
    )


def _holds(law: Law) -> Iterator[str]:
    """Return the reason codes of money that waits."""
    yield from ("no_payee", "incomplete", "review_hold")
    yield from (f"stop:{stop.name}" for stop in law.stops)
    yield from (f"missing:{name}" for name, one in law.conditions.items() if one.missing == "hold")
    if law.payee and law.conventions.new_payee == "next_cycle":
        yield "new_payee"
    for name, ladder in law.ladders.items():
        yield from (f"ladder:{name}:{c}" for c, s in ladder.states.items() if s.money == "hold")
    if law.recertify is not None:
        yield "recertify:hold"


def check_texts(rulebook: Rulebook, path: Path) -> tuple[Problem, ...]:
    """Return a problem for every sentence that is missing, cannot be read or cannot be filled."""
    document = Document(path.name)
    if not path.is_file():
        document.refuse((), "RB-072", "There is no file of sentences.", f"Write {path.name}.")
        return tuple(document.problems)
    document = read_text(file_text(path), file=path.name)
    if document.problems:
        return tuple(document.problems)
    found = dict(_leaves(document.tree, ()))
    language = found.get(("language",), "")
    if language not in LANGUAGES or not path.name.endswith(f".texts.{language}.yaml"):
        known = ", ".join(LANGUAGES)
        message = f"`language: {language}` is not the language of {path.name}."
        document.refuse(("language",), "RB-072", message, f"One of {known}, as in the name.")
        return tuple(document.problems)
    for needed in needed_texts(rulebook, language):
        if needed not in found:
            message = f"No sentence for `{'.'.join(needed)}`."
            instead = _NAMES.get(needed[0], "One sentence for the family.")
            document.refuse(needed, "RB-072", message, instead)
    for place, sentence in found.items():
        filled = _filled(rulebook, place[0])
        for word in dict.fromkeys(_WORD.findall(sentence)):
            if word not in filled:
                words = ", ".join(f"{{{one}}}" for one in sorted(filled)) or "none"
                message = f"Nothing fills `{{{word}}}` in `{'.'.join(place)}`."
                document.refuse(place, "RB-073", message, f"Words here: {words}.")
    return tuple(document.problems)


_NAMES: Final = {
    "title": "What the programme is called.",
    "titles": "What the component is called; in English, its `title:` in the law.",
    "reasons": "Why it is not asked, in a few words.",
}


def _filled(rulebook: Rulebook, kind: str) -> frozenset[str]:
    if kind == "appeal" and rulebook.law.appeals is None:
        return frozenset()
    return FILLED.get(kind, frozenset())
