"""What the scenarios of a law show: which of them fail, and what of the law none reaches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cct_engine.rulebook.problems import Place, Problem
from cct_engine.rulebook.reading import Document, read_text
from cct_engine.rulebook.scenarios import Trace, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.rulebook.reading import Tree
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.scenarios import ScenarioFile, ScenarioResult

__all__ = ["scenario_problems"]

_UNREAD = re.compile("has `([^`]+)`, which nobody reads")


def scenario_problems(
    rulebook: Rulebook, file: ScenarioFile, document: Document
) -> Iterator[Problem]:
    """Run the scenarios of ``document``; tell each difference at the line that expects otherwise.

    What no scenario reaches is told at its line of the law.
    """
    results = run(rulebook, file, file.scenarios)
    for result in results:
        for difference in result.differences:
            place = _expected(document, result, difference)
            yield Problem(place, "RB-071", f"{result.name}: {difference.rstrip('.')}.", "")
    if not any(result.differences and result.trace == Trace() for result in results):
        # A scenario that was not calculated shows nothing, so what it would reach is not known.
        yield from _not_covered(rulebook, results)


def _expected(document: Document, result: ScenarioResult, difference: str) -> Place:
    """Return where a scenario says what did not come; where it starts, if it says it nowhere."""
    here: tuple[str | int, ...] = ("scenarios",)
    for number, entry in enumerate(_items(_below(document.tree, "scenarios"))):
        if str(_below(entry, "id")) == result.id:
            unread = _UNREAD.search(difference)
            asked = None if unread is None else _key(entry, unread[1], (*here, number))
            here = (*here, number, "then")
            here = asked or _named(_below(entry, "then"), here, difference.split(": "))
            break
    found = document.place(here)
    return Place(found.file, found.line, found.column, result.id)


def _named(tree: Tree, here: tuple[str | int, ...], words: list[str]) -> tuple[str | int, ...]:
    """Follow the words of a difference, such as ``2012-12: CASH``, into what is expected."""
    for section, entries in tree.items() if isinstance(tree, dict) else ():
        for number, entry in enumerate(_items(entries)):
            if str(_below(entry, "month")) == words[0]:
                return _named(entry, (*here, section, number), words[1:])
    for path in ((words[0],), ("components", words[0])):
        below = tree
        for step in path:
            below = _below(below, step)
        if below is not None:
            return (*here, *path)
    return here


def _key(tree: Tree, key: str, here: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """Return the path of the first entry called ``key``."""
    if isinstance(tree, dict) and key in tree:
        return (*here, key)
    steps = tree.items() if isinstance(tree, dict) else enumerate(_items(tree))
    found = (_key(entry, key, (*here, step)) for step, entry in steps)
    return next((path for path in found if path is not None), None)


def _below(tree: Tree, key: str) -> Tree:
    return tree.get(key) if isinstance(tree, dict) else None


def _items(tree: Tree) -> list[Tree]:
    return tree if isinstance(tree, list) else []


def _not_covered(rulebook: Rulebook, results: list[ScenarioResult]) -> Iterator[Problem]:
    components = {code for result in results for code in result.trace.components}
    steps = {step for result in results for step in result.trace.steps}
    verdicts = {verdict for result in results for verdict in result.trace.verdicts}
    missing: list[tuple[tuple[str | int, ...], str]] = [
        (("components", number), f"pays `{component.code}`")
        for number, component in enumerate(rulebook.law.components)
        if component.code not in components
    ]
    missing += [
        (("ladders", ladder, "steps", number - 1), f"walks step {number} of ladder `{ladder}`")
        for ladder, entry in rulebook.law.ladders.items()
        for number in range(1, len(entry.steps) + 1)
        if (ladder, number) not in steps
    ]
    missing += [
        (("conditions", condition), f"has condition `{condition}` {verdict.replace('_', ' ')}")
        for condition in rulebook.law.conditions
        for verdict in ("met", "not_met")
        if (condition, verdict) not in verdicts
    ]
    law = read_text(rulebook.text, file=rulebook.file)
    for path, what in missing:
        yield Problem(
            law.place(path), "RB-070", f"No scenario {what}.", "One in the file beside it."
        )
