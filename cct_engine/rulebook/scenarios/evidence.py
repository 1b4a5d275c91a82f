"""Facts of a scenario, put into the window that the cycle bearing the effect judges."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.moment import Moment
from cct_engine.rulebook.compiler.windows import judged_windows
from cct_engine.rulebook.months import Month, minus_years
from cct_engine.rulebook.scenarios.scenario import Entry, UnreadableScenario, listed

if TYPE_CHECKING:
    from cct_engine.rulebook.scenarios.world import World

__all__ = ["add_evidence"]

_SCHOOL_YEARS = (6, 16)
_SMALL_CHILD = 7


def add_evidence(world: World) -> None:
    """Add the facts that the scenario's breaches, attendance, absences and visits stand for."""
    given = world.scenario.given
    for entry in listed(given, "breaches"):
        _breach(world, entry)
    for entry in listed(given, "attendance"):
        if entry.get("status") != "no_information":
            _attendance(world, entry)
    for entry in listed(given, "health"):
        kinds = _kinds(world, str(entry["condition"]))
        met = entry.get("status") != "not_met"
        for kind in kinds:
            _facts(world, entry, kind, Fraction(int(met)))


def _breach(world: World, entry: Entry) -> None:
    """A judged fact: not met and not justified. Without a person, somebody it is asked of."""
    word = str(entry["condition"])
    for kind in _kinds(world, word):
        of = world.rulebook.law.facts[kind].of
        person = entry.get("person")
        if person is None and of == "member":
            person = _anybody(world, kind)
        value = Fraction(str(entry.get("value", "0")))
        _facts(world, {**entry, "person": person}, kind, value)


def _anybody(world: World, kind: str) -> str:
    """Return a member whom the fact is asked of: a pupil, a small child, a pregnant woman."""
    day = world.first_day
    measure = world.rulebook.law.facts[kind].measure
    young, old = _SCHOOL_YEARS if measure == "ratio" else (0, _SMALL_CHILD)
    for name, born in world.born.items():
        if minus_years(day, old) < born <= minus_years(day, young):
            return name
    raise UnreadableScenario(
        f"{world.scenario.id}: a breach without a person, and nobody is asked for `{kind}`."
    )


def _kinds(world: World, word: str) -> tuple[str, ...]:
    """Return the facts behind a condition's word: a fact itself, or as the file's header says."""
    named = world.file.conditions.get(word, word)
    kinds = tuple(str(kind) for kind in named) if isinstance(named, list) else (str(named),)
    for kind in kinds:
        if kind not in world.rulebook.law.facts:
            raise UnreadableScenario(f"{world.scenario.id}: nobody knows the condition `{word}`.")
    return kinds


def _attendance(world: World, entry: Entry) -> None:
    kind = _kinds(world, "attendance")[0]
    _facts(world, entry, kind, Fraction(str(entry["value"])))


def _facts(world: World, entry: Entry, kind: str, share: Fraction) -> None:
    fact = world.rulebook.law.facts[kind]
    member = world.person(entry["person"]) if fact.of == "member" else 0
    reasons = world.file.words.get("justification")
    code = entry.get("justification", "")
    if isinstance(reasons, dict):
        code = reasons.get(str(code), code)
    for month in _months(world, entry, kind):
        world.row(
            "fact",
            member_id=member,
            kind=kind,
            month=month.number,
            numerator=share.numerator if fact.measure == "ratio" else int(share),
            denominator=share.denominator if fact.measure == "ratio" else 1,
            reason=str(code),
            waived=0,
        )


def _months(world: World, entry: Entry, kind: str) -> tuple[Month, ...]:
    """Return the months observed: those given, or the window judged in the bearing cycle."""
    if "window" in entry:
        first, _, last = str(entry["window"]).partition("..")
        return Month.parse(first).until(Month.parse(last or first))
    month = Month.parse(str(entry["month"]).partition("..")[0])
    law, span = world.rulebook.law, world.rulebook.cycle_months
    start = world.scenario.months[0]
    cycle = month.plus(-((month.number - start.number) % span))
    bearing: dict[Month, None] = {}
    judged: dict[Month, None] = {}
    for condition in law.conditions.values():
        if condition.fact != kind:
            continue
        for window in judged_windows(
            law,
            condition.window,
            by_month=condition.grain == "month",
            moment=Moment.of_cycle(cycle, span),
        ):
            judged.update(dict.fromkeys(window.months))
            if window.for_month == month:
                bearing.update(dict.fromkeys(window.months))
    if not judged:
        raise UnreadableScenario(
            f"{world.scenario.id}: no window is judged in {month}; "
            "give `window:` with the observed months, or another month."
        )
    return tuple(bearing or judged)
