"""Facts of a scenario, put into the window that the cycle bearing the effect judges."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.compiler.moment import Moment
from cct_engine.rulebook.compiler.windows import judged_windows
from cct_engine.rulebook.months import Month, day_number, minus_years
from cct_engine.rulebook.scenarios.past import youngest
from cct_engine.rulebook.scenarios.scenario import UnreadableScenario, school_cycle, span
from cct_engine.rulebook.scenarios.words import check_words
from cct_engine.rulebook.values import read_date, read_percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cct_engine.rulebook.model_rules import Condition
    from cct_engine.rulebook.scenarios.scenario import Entry
    from cct_engine.rulebook.scenarios.world import Row, World

__all__ = ["add_evidence", "add_favourable"]

_REPORT_WORDS = frozenset({"person", "month", "window", "value", "justification", "status"})
_SCHOOL_YEARS = (6, 16)
_SMALL_CHILD = 7
_YEAR_MONTHS = 12
_CERTIFIED_AFTER = 3  # months in which a certificate shown is certified and releases


def add_evidence(world: World) -> None:
    """Add the reports that the scenario tells, by their own names or in one of its own forms."""
    forms = {
        "breaches": _breach,
        "absences": _absence,
        "health": _health,
        "noncompliant_cycles": _noncompliant,
        "history": _lost_month,
        "attendance": _attendance,
    }
    for form, add in forms.items():
        for entry in world.entries(form):
            add(world, entry)
    for kind in world.rulebook.law.facts:
        for entry in world.entries(kind) if kind not in forms else ():
            _told(world, entry, kind)
    if "noncompliant_through" in world.scenario.given:
        _noncompliant_household(world)
    certificate = world.scenario.given.get("libreta")
    if isinstance(certificate, dict):
        _certificate(world, certificate)


def _breach(world: World, entry: Entry) -> None:
    """A judged fact: not met and not justified. Without a person, somebody it is asked of."""
    for kind in world.fact_kinds(str(entry["condition"])):
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
    # Whose breach it was does not matter where any breach is one: take who is asked at all.
    return next(iter(world.born))


def _attendance(world: World, entry: Entry) -> None:
    _told(world, entry, world.fact_kinds("attendance")[0])


def _told(world: World, entry: Entry, kind: str) -> None:
    """A report by the fact's own name: ``{person: k, month: 2026-05, value: 0}``."""
    check_words(world.scenario.id, f"a report of `{kind}`", entry, _REPORT_WORDS)
    if entry.get("status") == "no_information":
        _keep_silent(world, entry, kind)
    elif world.rulebook.law.facts[kind].measure == "date":
        _facts(world, entry, kind, Fraction(day_number(read_date(str(entry["value"])))))
    else:
        _facts(world, entry, kind, _value(world, entry["value"]))


def _value(world: World, written: object) -> Fraction:
    """Return a reported value: a share (``0.74``, ``74 %``) or a number."""
    text = str(written)
    try:
        return read_percent(text) if text.endswith("%") else Fraction(text)
    except ValueError as error:
        raise UnreadableScenario(
            f"{world.scenario.id}: `{text}` is no reported value; write 0.74, 74 % or 3."
        ) from error


def _absence(world: World, entry: Entry) -> None:
    """Days missed without a reason; a case may count them up to a month of the school year."""
    kind = world.fact_kinds("absences")[0]
    if "unjustified" not in entry:
        _told(world, entry, kind)
        return
    days = Fraction(str(entry["unjustified"]))
    if "to" in entry:
        _facts(world, {**entry, "window": str(entry["to"])}, kind, days)
    else:
        _facts(world, {**entry, "window": str(entry["month"])}, kind, days)


def _health(world: World, entry: Entry) -> None:
    for kind in world.fact_kinds(str(entry["condition"])):
        if entry.get("status") == "no_information":
            _keep_silent(world, entry, kind)
        else:
            _facts(world, entry, kind, Fraction(int(entry.get("status") != "not_met")))


def _noncompliant(world: World, entry: Entry) -> None:
    """School cycles of a year in which a pupil was absent: every month of them at half."""
    kind = world.fact_kinds("attendance")[0]
    cycles = entry["cycles"]
    for text in cycles if isinstance(cycles, list) else []:
        first = school_cycle(world.rulebook, str(text))
        last = first.plus(world.rulebook.cycle_months - 1)
        window = f"{first}..{last}"
        _facts(world, {"person": entry["person"], "window": window}, kind, Fraction(1, 2))


def _noncompliant_household(world: World) -> None:
    """A household that does not do its part: each condition of the household is not met."""
    law = world.rulebook.law
    for name, condition in law.conditions.items():
        if condition.each != "household" or condition.breach.ladder is None:
            continue
        for cycle in world.scenario.months:
            for month in _months_of(world, name, cycle):
                _fact(world, 0, condition.fact, month, Fraction(0))


def _lost_month(world: World, entry: Entry) -> None:
    """A month lost without a ladder: the report that took it."""
    shown, _, person = str(entry["state"]).partition(":")
    for condition in world.rulebook.law.conditions.values():
        if condition.breach.shows == shown and condition.each == "member" and person:
            _facts(world, {"person": person, "month": entry["month"]}, condition.fact, Fraction(0))


def _certificate(world: World, entry: Entry) -> None:
    """The day a booklet was certified: a fact of a date, for the year whose share waits for it.

    Known from its day on; the months in which it still can release are calculated too.
    """
    if "date" not in entry:
        return
    withholding = world.rulebook.law.withholding[0]
    on = read_date(str(entry["date"]))
    year = int(str(world.scenario.given.get("withheld_year", on.year)))
    row: Row = {
        "household_id": world.household_id,
        "member_id": youngest(world),
        "kind": withholding.release.by,
        "month": year * _YEAR_MONTHS,
        "numerator": day_number(on),
        "denominator": 1,
        "reason": "",
        "waived": 0,
    }
    world.rows["fact"].append(row)
    if entry.get("status") == "presented":
        world.later = Month.of(on).plus(_CERTIFIED_AFTER)


def _keep_silent(world: World, entry: Entry, kind: str) -> None:
    member = _subject(world, entry, kind)
    for month in span(str(entry["month"])):
        for observed in _months(world, {**entry, "month": str(month)}, kind):
            world.silent.add((kind, member, observed.number))


def _subject(world: World, entry: Entry, kind: str) -> int:
    if world.rulebook.law.facts[kind].of == "household":
        return 0
    return world.person(entry["person"])


def _facts(world: World, entry: Entry, kind: str, share: Fraction) -> None:
    reasons = world.file.words.get("justification")
    code = entry.get("justification", "")
    if isinstance(reasons, dict):
        code = reasons.get(str(code), code)
    member = _subject(world, entry, kind)
    for number, month in enumerate(_months(world, entry, kind)):
        # A share holds in each month; what is added up is told once for the whole window.
        once = number > 0 and world.rulebook.law.facts[kind].measure in {"sum", "count"}
        _fact(world, member, kind, month, Fraction(0) if once else share, reason=str(code))


def _fact(
    world: World, member: int, kind: str, month: Month, share: Fraction, *, reason: str = ""
) -> None:
    ratio = world.rulebook.law.facts[kind].measure == "ratio"
    world.row(
        "fact",
        member_id=member,
        kind=kind,
        month=month.number,
        numerator=share.numerator if ratio else int(share),
        denominator=share.denominator if ratio else 1,
        reason=reason,
        waived=0,
    )


def _months(world: World, entry: Entry, kind: str) -> tuple[Month, ...]:
    """Return the months observed: those given, or the window judged in the bearing cycle."""
    if "window" in entry:
        return span(str(entry["window"]))
    month = Month.parse(str(entry["month"]).partition("..")[0])
    found = _judged_in(world, month, kind)
    if not found and world.scenario.exact:
        # A case may name a month between two judgements: the next one bears the effect.
        later = (month.plus(n) for n in range(1, _YEAR_MONTHS))
        world.later = next((m for m in later if _judged_in(world, m, kind)), month)
        found = _judged_in(world, world.later, kind)
    if not found:
        raise UnreadableScenario(
            f"{world.scenario.id}: no window is judged in {month}; "
            "give `window:` with the observed months, or another month."
        )
    return found


def _judged_in(world: World, month: Month, kind: str) -> tuple[Month, ...]:
    """Return the months that are judged of a kind of fact in a month, or in its cycle."""
    law, cycle = world.rulebook.law, world.rulebook.cycle_of(month)
    bearing: dict[Month, None] = {}
    judged: dict[Month, None] = {}
    for name, condition in law.conditions.items():
        if condition.fact != kind:
            continue
        for window in _windows(world, name, cycle):
            judged.update(dict.fromkeys(window.months))
            if window.for_month == month:
                bearing.update(dict.fromkeys(window.months))
    return tuple(bearing or judged)


def _windows(world: World, condition: str, cycle: Month) -> tuple[Any, ...]:
    law, entry = world.rulebook.law, world.rulebook.law.conditions[condition]
    moment = Moment.of_cycle(cycle, world.rulebook.cycle_months)
    return judged_windows(law, entry.window, by_month=entry.grain == "month", moment=moment)


def _months_of(world: World, condition: str, cycle: Month) -> list[Month]:
    return [month for window in _windows(world, condition, cycle) for month in window.months]


def add_favourable(world: World, cycles: Iterable[Month]) -> None:
    """Add the reports that nothing is said of, where silence itself would count against a family.

    What is not said in a scenario is favourable; a law that takes silence for a breach, or holds
    the money until a report comes, needs the reports to be there.
    """
    known = {(row["kind"], row["member_id"], row["month"]) for row in world.rows["fact"]}
    for name, condition in world.rulebook.law.conditions.items():
        if condition.missing not in {"not_met", "hold"}:
            continue
        fact = world.rulebook.law.facts[condition.fact]
        subjects = [0] if fact.of == "household" else list(world.members.values())
        for cycle in cycles:
            for month in _months_of(world, name, cycle):
                for member in subjects:
                    key = (condition.fact, member, month.number)
                    if key not in known and key not in world.silent:
                        known.add(key)
                        share = Fraction(_enough(world, condition, month))
                        _fact(world, member, condition.fact, month, share)


def _enough(world: World, condition: Condition, month: Month) -> int:
    """Return a report that is enough by itself: a whole share, or the number that is asked."""
    law, asked = world.rulebook.law, condition.at_least
    if asked is None:
        return 0
    if law.facts[condition.fact].measure == "ratio":
        return 1
    if isinstance(asked, int):
        return asked
    values = law.parameters[asked].values
    held = [one.value for one in values if one.from_ <= month.last_day] or [values[0].value]
    return int(str(held[-1]))
