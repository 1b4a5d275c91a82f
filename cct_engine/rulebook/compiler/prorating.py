"""Months of entry, exit and death paid by days: the amount times days present, over the month's."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.sqltext import Range, literal, rounded
from cct_engine.rulebook.months import day_number
from cct_engine.rulebook.values import read_minor

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.instances import Instance
    from cct_engine.rulebook.compiler.plan import Plan

__all__ = ["days_present", "prorated"]

_Days = tuple[str, int]


def days_present(plan: Plan, instance: Instance) -> _Days | None:
    """Return the SQL of the days a subject is there, and the days there are; None: not by days.

    A member is there from the day he joined to the day before he left, or to the day he died; a
    line begins no earlier than the household's own enrolment. An exit of the household itself is
    not prorated: the enrolment that is open on the first day of the cycle is open for all of it.
    """
    conventions, column = plan.law.conventions, plan.needs.column
    months = [instance.moment.month] if instance.monthly else instance.moment.cycle_months
    first, last = day_number(months[0].first_day), day_number(months[-1].last_day)
    starts, ends = [literal(first)], [literal(last)]
    is_member = instance.component.each == "member"
    if conventions.entry_month == "by_days":
        if is_member:
            starts.append(column("member", "joined_on", "_day"))
        if not instance.late:
            starts.append(column("household", "enrolled_on", "_day"))
    if is_member and conventions.exit_month == "by_days":
        ends.append(f"({column('member', 'left_on', '_day')} - 1)")
    if is_member and conventions.month_of_death == "by_days":
        ends.append(column("member", "died_on", "_day"))
    if len(starts) + len(ends) == len(("first", "last")) or instance.component.kind == "deduction":
        return None
    return f"({_outer(ends, '<=')} - {_outer(starts, '>=')} + 1)", last - first + 1


def _outer(days: list[str], sign: str) -> str:
    """Return the largest (``>=``) or smallest (``<=``) of several days."""
    found = days[0]
    for day in days[1:]:
        found = f"CASE WHEN {found} {sign} {day} THEN {found} ELSE {day} END"
    return f"({found})" if len(days) > 1 else found


def prorated(plan: Plan, value: str, days: _Days, bounds: Range) -> str:
    """Return an amount for the days present, rounded as the conventions say."""
    present, there_are = days
    convention = plan.law.conventions.rounding
    unit = read_minor(convention.unit, currency=plan.rulebook.currency)
    part = rounded(
        f"{value} * {present}",
        Fraction(1, there_are),
        mode=convention.mode,
        unit=unit,
        bounds=bounds.times(Range(0, there_are)),
    )
    whole = "" if unit == 1 else f" WHEN {part} > {value} THEN {value}"
    return (
        f"CASE WHEN {present} >= {there_are} THEN {value} WHEN {present} <= 0 THEN 0{whole}"
        f" ELSE {part} END"
    )
