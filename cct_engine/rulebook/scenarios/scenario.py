"""Scenarios as they are written: given a household, when a cycle, then these amounts and states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from cct_engine.rulebook.months import Month
from cct_engine.rulebook.reading import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cct_engine.rulebook.reading import Tree

__all__ = [
    "Entry",
    "Scenario",
    "ScenarioFile",
    "UnreadableScenario",
    "golden_cases",
    "listed",
    "read_file",
    "read_scenarios",
]

Entry: TypeAlias = "dict[str, Tree]"


class UnreadableScenario(ValueError):  # noqa: N818 - the name says what happened
    """A scenario file that cannot be read, or a scenario that says something nobody understands."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One case: the household and what is known of it, the cycles, what must come out."""

    id: str
    name: str
    kind: str
    household: Entry
    given: Entry
    months: tuple[Month, ...]
    expect: Entry


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """The scenarios of a programme and how its file speaks.

    ``defaults`` supplies attributes that the cases leave out; ``words`` translates values of the
    cases' vocabulary into the rulebook's (``income_kind: {earned: work}``); ``conditions`` names
    the facts behind a case's condition (``health: [growth_check]``); ``nursing`` is the component
    whose instalments a case counts.
    """

    programme: str
    scenarios: tuple[Scenario, ...]
    defaults: Entry = field(default_factory=dict)
    words: Entry = field(default_factory=dict)
    conditions: Entry = field(default_factory=dict)
    nursing: str = ""


def read_file(path: Path) -> ScenarioFile:
    """Read ``<programme>.scenarios.yaml``; raise :class:`UnreadableScenario` with the place."""
    return read_scenarios(path.read_text(encoding="utf-8"), file=path.name)


def read_scenarios(text: str, *, file: str) -> ScenarioFile:
    """Read a scenario file from its text."""
    tree = _tree(text, file)
    listed = _entries(tree.get("scenarios"))
    scenarios: list[Scenario] = []
    for entry in listed:
        scenarios.append(_scenario(entry, {s.id: s for s in scenarios}))
    return ScenarioFile(
        programme=str(tree["programme"]),
        scenarios=tuple(scenarios),
        defaults=_entry(tree.get("defaults")),
        words=_entry(tree.get("words")),
        conditions=_entry(tree.get("conditions")),
        nursing=str(tree.get("nursing") or ""),
    )


def golden_cases(path: Path, *, ruleset: str) -> tuple[Scenario, ...]:
    """Read the cases of one rule set from a file of worked cases (``cases``, flat).

    Cases of a whole year or a lifetime are no cycles, and are left out.
    """
    tree = _tree(path.read_text(encoding="utf-8"), path.name)
    found = []
    for case in _entries(tree.get("cases")):
        if case.get("ruleset") != ruleset or not _is_cycle(str(case["cycle"])):
            continue
        found.append(
            Scenario(
                id=str(case["id"]),
                name=str(case.get("because") or case.get("working") or case["id"]),
                kind=str(case["kind"]),
                household=_entry(case.get("household")),
                given=_entry(case.get("inputs")),
                months=_months(str(case["cycle"])),
                expect=_entry(case.get("expect")),
            )
        )
    return tuple(found)


def _tree(text: str, file: str) -> Entry:
    document = read_text(text, file=file)
    if document.problems:
        raise UnreadableScenario("\n".join(str(problem) for problem in document.problems))
    return _entry(document.tree)


def _entry(tree: Tree) -> Entry:
    return tree if isinstance(tree, dict) else {}


def _entries(tree: Tree) -> list[Entry]:
    return [item for item in tree if isinstance(item, dict)] if isinstance(tree, list) else []


def _scenario(entry: Entry, earlier: dict[str, Scenario]) -> Scenario:
    given = dict(_entry(entry.get("given")))
    household = dict(_entry(given.pop("household", {})))
    like = household.pop("like", None)
    if like is not None:
        if str(like) not in earlier:
            raise UnreadableScenario(f"{entry['id']}: `like: {like}` names no scenario above it.")
        household = {**earlier[str(like)].household, **household}
    when = _entry(entry.get("when"))
    return Scenario(
        id=str(entry["id"]),
        name=str(entry.get("name") or entry["id"]),
        kind=str(entry.get("kind") or "benefit"),
        household=household,
        given=given,
        months=_months(str(when.get("cycle"))),
        expect=_entry(entry.get("then")),
    )


def _months(text: str) -> tuple[Month, ...]:
    first, _, last = text.partition("..")
    try:
        return Month.parse(first).until(Month.parse(last or first))
    except ValueError as error:
        raise UnreadableScenario(f"`{text}` is no cycle: {error}") from error


def _is_cycle(text: str) -> bool:
    try:
        _months(text)
    except UnreadableScenario:
        return False
    return True


def listed(entry: Entry, key: str) -> Iterable[Entry]:
    """Return the entries under a key of a case; none if it is not there."""
    return _entries(entry.get(key))
