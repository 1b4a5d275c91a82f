"""Scenarios as they are written: given a household, when a cycle, then these amounts and states."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeAlias

from cct_engine.rulebook.months import Month
from cct_engine.rulebook.reading import file_text, read_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from cct_engine.rulebook.reading import Tree
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = [
    "RAILS",
    "Entry",
    "Scenario",
    "ScenarioFile",
    "UnreadableScenario",
    "check_keys",
    "listed",
    "placed",
    "read_file",
    "read_scenarios",
    "school_cycle",
    "span",
]

Entry: TypeAlias = "dict[str, Tree]"
RAILS = "rail"
"""The word that a case of the payment rails has in place of a programme."""

_SCHOOL_CYCLE = re.compile(r"([0-9]{4})-C([0-9])")
_YEAR = re.compile(r"[0-9]{4}")
_YEAR_MONTHS = 12
_OF_FILE = {
    *("programme", "scenarios", "defaults", "words", "conditions"),
    *("nursing", "milestones", "instalments"),
}
_OF_SCENARIO = {"id", "name", "kind", "given", "when", "then"}


class UnreadableScenario(ValueError):  # noqa: N818 - the name says what happened
    """A scenario file that cannot be read, or a scenario that says something nobody understands."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One case: the household and what is known of it, the cycles, what must come out.

    ``cycle`` is what the file says. ``months`` are the first months of the cycles that pay for it
    and ``only`` the months asked for where that is not all of these cycles; both are known once
    the rulebook is (:func:`placed`). A case may ask for some components only.
    """

    id: str
    name: str
    kind: str
    household: Entry
    given: Entry
    cycle: str
    expect: Entry
    programme: str = ""
    exact: bool = False
    months: tuple[Month, ...] = ()
    only: tuple[Month, ...] = ()

    @property
    def components(self) -> tuple[str, ...]:
        """Return the components asked for; none named: all."""
        named = self.given.get("components_in_scope")
        return tuple(str(code) for code in named) if isinstance(named, list) else ()


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """The scenarios of a programme and how its file speaks.

    ``defaults`` supplies attributes that the cases leave out; ``words`` translates values of the
    cases' vocabulary into the rulebook's (``income_kind: {earned: work}``) and, under
    ``attributes``, the names of attributes (``{area: area_kind}``); ``conditions`` names
    the facts behind a case's condition (``health: [growth_check]``); ``nursing`` is the component
    whose instalments a case counts; ``milestones`` says what becomes known with each milestone,
    ``instalments`` which components are the first, second … of a case.
    """

    programme: str
    scenarios: tuple[Scenario, ...]
    defaults: Entry = field(default_factory=dict)
    words: Entry = field(default_factory=dict)
    conditions: Entry = field(default_factory=dict)
    nursing: str = ""
    milestones: Entry = field(default_factory=dict)
    instalments: tuple[str, ...] = ()


def read_file(path: Path) -> ScenarioFile:
    """Read ``<programme>.scenarios.yaml``; raise :class:`UnreadableScenario` with the place."""
    return read_scenarios(file_text(path), file=path.name)


def read_scenarios(text: str, *, file: str) -> ScenarioFile:
    """Read a scenario file from its text.

    A file with ``scenarios`` speaks of one programme; a file with ``cases`` may speak of many, and
    a month in it means that month, even where a cycle pays for more.
    """
    tree = _tree(text, file)
    if "cases" in tree:
        cases = tuple(_case(entry, file) for entry in _entries(tree["cases"]))
        return ScenarioFile("", cases)
    if not isinstance(tree.get("programme"), str):
        raise UnreadableScenario(f"{file} does not say its `programme:`.")
    check_keys(file, "the file", tree, _OF_FILE)
    scenarios: list[Scenario] = []
    for entry in _entries(tree.get("scenarios")):
        scenarios.append(_scenario(entry, file, {s.id: s for s in scenarios}))
    instalments = tree.get("instalments")
    return ScenarioFile(
        programme=str(tree["programme"]),
        scenarios=tuple(replace(s, programme=str(tree["programme"])) for s in scenarios),
        defaults=_entry(tree.get("defaults")),
        words=_entry(tree.get("words")),
        conditions=_entry(tree.get("conditions")),
        nursing=str(tree.get("nursing") or ""),
        milestones=_entry(tree.get("milestones")),
        instalments=tuple(str(c) for c in instalments) if isinstance(instalments, list) else (),
    )


def _tree(text: str, file: str) -> Entry:
    document = read_text(text, file=file)
    if document.problems:
        raise UnreadableScenario("\n".join(str(problem) for problem in document.problems))
    return _entry(document.tree)


def _entry(tree: Tree) -> Entry:
    return tree if isinstance(tree, dict) else {}


def _entries(tree: Tree) -> list[Entry]:
    return [item for item in tree if isinstance(item, dict)] if isinstance(tree, list) else []


def _id(entry: Entry, file: str) -> str:
    if "id" not in entry:
        raise UnreadableScenario(f"{file}: a scenario has no `id:` ({sorted(entry)}).")
    return str(entry["id"])


def check_keys(
    of: str,
    speaker: str,
    entry: Mapping[str, object],
    known: Collection[str],
    silent: Collection[str] = (),
) -> None:
    """Raise :class:`UnreadableScenario` for the first key that nobody reads, with what is meant."""
    for key in entry:
        if key not in known and key not in silent:
            near = next(iter(get_close_matches(key, known, 1)), "")
            meant = f"Did you mean `{near}`? " if near else ""
            raise UnreadableScenario(
                f"{of}: {speaker} has `{key}`, which nobody reads. "
                f"{meant}Known: {', '.join(sorted(known))}"
            )


def _case(case: Entry, file: str) -> Scenario:
    name = case.get("because") or case.get("working") or case.get("id")
    return Scenario(
        id=_id(case, file),
        name=str(name),
        kind=str(case.get("kind") or "benefit"),
        household=_entry(case.get("household")),
        given=_entry(case.get("inputs")),
        cycle=str(case.get("cycle")),
        expect=_entry(case.get("expect")),
        programme=str(case.get("programme")),
        exact=True,
    )


def _scenario(entry: Entry, file: str, earlier: dict[str, Scenario]) -> Scenario:
    name = _id(entry, file)
    if name in earlier:
        raise UnreadableScenario(f"{name} stands twice in {file}. Another `id:`.")
    check_keys(name, "the scenario", entry, _OF_SCENARIO)
    given = dict(_entry(entry.get("given")))
    household = dict(_entry(given.pop("household", {})))
    like = household.pop("like", None)
    if like is not None:
        if str(like) not in earlier:
            raise UnreadableScenario(f"{name}: `like: {like}` names no scenario above it.")
        household = {**earlier[str(like)].household, **household}
    when = _entry(entry.get("when"))
    check_keys(name, "`when`", when, {"cycle", "month"})
    if not when:
        raise UnreadableScenario(f"{name} does not say when. Write `when: {{cycle: 2026-04}}`.")
    return Scenario(
        id=name,
        name=str(entry.get("name") or name),
        kind=str(entry.get("kind") or "benefit"),
        household=household,
        given=given,
        cycle=str(when.get("month", when.get("cycle"))),
        expect=_entry(entry.get("then")),
        exact="month" in when,
    )


def placed(scenario: Scenario, rulebook: Rulebook, header: ScenarioFile) -> Scenario:
    """Return the scenario with the cycles of a rulebook that pay for its months."""
    asked = _asked(scenario, rulebook, header)
    if scenario.kind in {"calendar", "stale", "lag", "targeting"}:
        return replace(scenario, months=asked[:1])
    cycles = tuple(sorted({rulebook.cycle_of(month) for month in asked}))
    paid = {m for cycle in cycles for m in cycle.until(cycle.plus(rulebook.cycle_months - 1))}
    whole = paid == set(asked) or not scenario.exact or "-" not in scenario.cycle
    return replace(scenario, months=cycles, only=() if whole else asked)


def _asked(scenario: Scenario, rulebook: Rulebook, header: ScenarioFile) -> tuple[Month, ...]:
    text = scenario.cycle
    if _SCHOOL_CYCLE.fullmatch(text):
        first = school_cycle(rulebook, text)
        return first.until(first.plus(rulebook.cycle_months - 1))
    if _YEAR.fullmatch(text):
        first = Month(int(text) * _YEAR_MONTHS)
        return first.until(first.plus(_YEAR_MONTHS - 1))
    if text == "lifetime":
        return _lifetime(scenario, header)
    return span(text)


def school_cycle(rulebook: Rulebook, text: str) -> Month:
    """Return the first month of ``2022-C5``: the fifth cycle that starts in 2022."""
    match = _SCHOOL_CYCLE.fullmatch(text)
    if match is None:
        raise UnreadableScenario(f"`{text}` is no cycle of a year; write 2022-C5.")
    first = Month(int(match[1]) * _YEAR_MONTHS)
    months = first.until(first.plus(_YEAR_MONTHS - 1))
    return [month for month in months if rulebook.cycle_of(month) == month][int(match[2]) - 1]


def _lifetime(scenario: Scenario, header: ScenarioFile) -> tuple[Month, ...]:
    """Return the months in which the milestones of a life are reached."""
    person = _entry(scenario.household.get("girl"))
    born = Month.parse(str(person.get("born"))[:7])
    found: list[Month] = []
    for name in _names(scenario.given.get("milestones")):
        known = _entry(header.milestones.get(name))
        found.append(born.plus(int(str(known.get("age", 0))) * _YEAR_MONTHS))
    return tuple(dict.fromkeys(found)) or (born,)


def _names(tree: Tree) -> list[str]:
    return [str(item) for item in tree] if isinstance(tree, list) else []


def span(text: str) -> tuple[Month, ...]:
    """Return the months of ``2026-09`` or ``2026-09..2026-12``, both ends included."""
    first, _, last = text.partition("..")
    try:
        found = Month.parse(first).until(Month.parse(last or first))
    except ValueError as error:
        raise UnreadableScenario(f"`{text}` is no cycle: {error}") from error
    if not found:
        raise UnreadableScenario(f"`{text}` ends before it begins.")
    return found


def listed(entry: Entry, key: str) -> Iterable[Entry]:
    """Return the entries under a key of a case; none if it is not there."""
    return _entries(entry.get(key))
