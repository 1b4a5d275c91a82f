"""Dates without date arithmetic: ages become birth dates, the grace's start a month number."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.place import ALWAYS, NEVER_HOLDS
from cct_engine.rulebook.compiler.sqltext import literal, negated
from cct_engine.rulebook.compiler.unwritable import NotCompiled
from cct_engine.rulebook.months import Month, born_by, minus_months
from cct_engine.rulebook.tree import Name, Node

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.emit import Emitter
    from cct_engine.rulebook.compiler.place import Place
    from cct_engine.rulebook.tree import Call

__all__ = ["age_test", "grace_start_test", "is_grace_start"]


def is_grace_start(node: Node) -> bool:
    """Return whether a node is ``standing.grace_started_on``."""
    return isinstance(node, Name) and (node.of, node.name) == ("standing", "grace_started_on")


def age_test(emitter: Emitter, call: Call, sign: str, years: Node, place: Place) -> str:
    """Return the birth dates that an age comparison stands for.

    n or older on a day: born by the same day n years before; what the other signs mean follows.
    """
    count, day = emitter.constant(years, place), emitter.constant(call.arguments[0], place)
    if not isinstance(count, int) or not isinstance(day, date):
        raise NotCompiled(
            "An age compared with something that is not the same for everybody",
            "CASE WHEN sex = 'F' THEN age_at(cycle.first_day) >= 60 ELSE … END.",
        )
    birth = emitter.needs.column("member", "birth_date")
    leap = emitter.rulebook.law.conventions.leap_birthday
    in_months = call.function == "age_months_at"

    def latest(age: int) -> str:
        try:
            born = minus_months(day, age) if in_months else born_by(day, age, leap_birthday=leap)
        except (ValueError, OverflowError):
            what = f"An age of {age}, which no calendar reaches,"
            raise NotCompiled(what, "A smaller number.") from None
        return literal(born)

    if sign in {">=", "<"}:
        return f"{birth} {'<=' if sign == '>=' else '>'} {latest(count)}"
    if sign in {">", "<="}:
        return f"{birth} {'<=' if sign == '>' else '>'} {latest(count + 1)}"
    exact = f"({birth} <= {latest(count)} AND {birth} > {latest(count + 1)})"
    return exact if sign == "=" else f"NOT {exact}"


def _refuse_early(place: Place) -> None:
    """A sum over members and the choice of the payee are made before the standing is known."""
    if place.grouped:
        raise NotCompiled(
            "The standing of a household, asked of its members before it is known,",
            "A parameter without `fixed_by: standing.grace_started_on`.",
        )


def grace_start_test(emitter: Emitter, sign: str, other: Node, place: Place) -> str:
    """Compare the first day of the grace's first month with a day.

    The grace began this cycle or earlier, so a day after the cycle's first decides at once.
    """
    _refuse_early(place)
    day = emitter.constant(other, place)
    if not isinstance(day, date):
        raise NotCompiled(
            "`standing.grace_started_on` compared with a date of the household",
            "A day that is the same for everybody, or `standing.months_in_grace`.",
        )
    if sign in {"<", ">="}:
        before = _starts_before(day, place)
        return before if sign == "<" else negated(before)
    if sign in {"<=", ">"}:
        by = _starts_by(day, place)
        return by if sign == "<=" else negated(by)
    same = f"grace_month = {Month.of(day).number}" if day.day == 1 else NEVER_HOLDS
    return same if sign == "=" else negated(same)


def _starts_before(day: date, place: Place) -> str:
    if place.moment.cycle_first.first_day < day:
        return ALWAYS
    return f"grace_month {'<' if day.day == 1 else '<='} {Month.of(day).number}"


def _starts_by(day: date, place: Place) -> str:
    if place.moment.cycle_first.first_day <= day:
        return ALWAYS
    return f"grace_month <= {Month.of(day).number}"
