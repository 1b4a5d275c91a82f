"""Scenarios as they are written: given a household, when a cycle, then these amounts and states."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeAlias

from cct_engine.rulebook.months import Month
from cct_engine.rulebook.reading import file_text, read_text

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.problems import Place
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
    """A scenario file that cannot be read, or a scenario that says something nobody understands.

    ``at`` is the way to the entry that is to be changed, ``place`` where it stands, once known.
    """

    def __init__(self, message: str, at: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.place: Place | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place is not None else self.message


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


def read_file(path: pathlib.Path, *, programme: str = "") -> ScenarioFile:
    """Read a file of scenarios as :func:`read_scenarios` does."""
    return read_scenarios(file_text(path), file=path.name, programme=programme)


def read_scenarios(text: str, *, file: str, programme: str = "") -> ScenarioFile:
    """Read a scenario file from its text; raise :class:`UnreadableScenario` with the place.

    A file with ``scenarios`` speaks of one programme; a file with ``cases`` may speak of many, and
    a month in it means that month, even where a cycle pays for more. ``programme``: whose they must
    be; of many cases, those of that programme are returned.
    """
    document = read_text(text, file=file)
    if document.problems:
        raise UnreadableScenario("\n".join(str(problem) for problem in document.problems))
    tree = _entry(document.tree)
    try:
        return _cases(tree, file, programme) if "cases" in tree else _own(tree, file, programme)
    except UnreadableScenario as error:
        error.place = document.place(error.at)
        raise


def _cases(tree: Entry, file: str, programme: str) -> ScenarioFile:
    cases = [_case(entry, at) for at, entry in _mappings(tree, "cases")]
    mine = tuple(case for case in cases if programme in {"", case.programme})
    if cases and not mine:
        raise UnreadableScenario(f"{file} has no case of `{programme}`.", ("cases",))
    return ScenarioFile("", mine)


def _own(tree: Entry, file: str, programme: str) -> ScenarioFile:
    if not isinstance(tree.get("programme"), str):
        raise UnreadableScenario(f"{file} does not say its `programme:`.")
    if programme not in {"", tree["programme"]}:
        raise UnreadableScenario(
            f"{file} has the scenarios of `{tree['programme']}`, not of `{programme}`: they say "
            f"nothing about this law. Write `programme: {programme}` if they are meant for it.",
            ("programme",),
        )
    check_keys(file, "the file", tree, _OF_FILE)
    scenarios: list[Scenario] = []
    for at, entry in _mappings(tree, "scenarios"):
        scenarios.append(_scenario(entry, file, {s.id: s for s in scenarios}, at))
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


def _entry(tree: Tree) -> Entry:
    return tree if isinstance(tree, dict) else {}


def _entries(tree: Tree) -> list[Entry]:
    return [item for item in tree if isinstance(item, dict)] if isinstance(tree, list) else []


def _mappings(tree: Entry, key: str) -> Iterator[tuple[Path, Entry]]:
    """Yield the entries of a list of scenarios, each with its path; refuse what is none."""
    written = tree.get(key, [])
    if not isinstance(written, list):
        raise UnreadableScenario(f"`{key}` is a list: `- id: …`, one entry for each.", (key,))
    for number, entry in enumerate(written):
        if not isinstance(entry, dict):
            message = f"`{entry}` is no scenario: `id:`, `given:`, `when:` and `then:` are."
            raise UnreadableScenario(message, (key, number))
        yield (key, number), entry


def _section(entry: Entry, key: str, name: str, at: Path) -> Entry:
    """Return what stands under a key of a scenario; refuse what has no keys of its own."""
    written = entry.get(key) or {}
    if not isinstance(written, dict):
        message = f"{name}: `{key}` has keys and values: `{key}: {{…}}`, not `{written}`."
        raise UnreadableScenario(message, (*at, key))
    return dict(written)


def _id(entry: Entry, at: Path) -> str:
    if "id" not in entry:
        raise UnreadableScenario(f"A scenario has no `id:` ({sorted(entry)}).", at)
    return str(entry["id"])


def check_keys(
    of: str,
    speaker: str,
    entry: Mapping[str, object],
    known: Collection[str],
    silent: Collection[str] = (),
    *,
    at: Path = (),
) -> None:
    """Raise :class:`UnreadableScenario` for the first key that nobody reads, with what is meant."""
    for key in entry:
        if key not in known and key not in silent:
            near = next(iter(get_close_matches(key, known, 1)), "")
            meant = f"Did you mean `{near}`? " if near else ""
            raise UnreadableScenario(
                f"{of}: {speaker} has `{key}`, which nobody reads. "
                f"{meant}Known: {', '.join(sorted(known))}",
                (*at, key),
            )


def _case(case: Entry, at: Path) -> Scenario:
    name = case.get("because") or case.get("working") or case.get("id")
    return Scenario(
        id=_id(case, at),
        name=str(name),
        kind=str(case.get("kind") or "benefit"),
        household=_entry(case.get("household")),
        given=_entry(case.get("inputs")),
        cycle=str(case.get("cycle")),
        expect=_entry(case.get("expect")),
        programme=str(case.get("programme")),
        exact=True,
    )


def _scenario(entry: Entry, file: str, earlier: dict[str, Scenario], at: Path) -> Scenario:
    name = _id(entry, at)
    if name in earlier:
        raise UnreadableScenario(f"{name} stands twice in {file}. Another `id:`.", (*at, "id"))
    check_keys(name, "the scenario", entry, _OF_SCENARIO, at=at)
    given = _section(entry, "given", name, at)
    household = _section(given, "household", name, (*at, "given"))
    given.pop("household", None)
    like = household.pop("like", None)
    if like is not None:
        if str(like) not in earlier:
            message = f"{name}: `like: {like}` names no scenario above it."
            raise UnreadableScenario(message, (*at, "given", "household", "like"))
        household = {**earlier[str(like)].household, **household}
    when = _entry(entry.get("when"))
    check_keys(name, "`when`", when, {"cycle", "month"}, at=(*at, "when"))
    if not when:
        message = f"{name} does not say when. Write `when: {{cycle: 2026-04}}`."
        raise UnreadableScenario(message, (*at, "when"))
    then = _section(entry, "then", name, at)
    if not then:
        message = f"{name} expects nothing, so it always passes. Write `then: {{pay_now: 200}}`."
        raise UnreadableScenario(message, (*at, "then"))
    return Scenario(
        id=name,
        name=str(entry.get("name") or name),
        kind=str(entry.get("kind") or "benefit"),
        household=household,
        given=given,
        cycle=str(when.get("month", when.get("cycle"))),
        expect=then,
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
