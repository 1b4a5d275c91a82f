"""Money withheld until a certificate: released some days after it, lapsed after a deadline."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.plan import select
from cct_engine.rulebook.compiler.sqltext import (
    bigint,
    case,
    conjunction,
    disjunction,
    literal,
    negated,
)
from cct_engine.rulebook.months import day_number
from cct_engine.rulebook.values import read_deadline

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.model_money import Deadline, Withholding

__all__ = ["withheld_fate"]

_YEARS_BACK = 20


def withheld_fate(plan: Plan) -> tuple[dict[str, str], str]:
    """Return the tests that withheld money is released or has lapsed, and the joins they need."""
    released, lapsed, joins = [], [], ""
    for withholding in plan.law.withholding:
        alias = f"cert_{withholding.name}"
        joins += _join(plan, withholding, alias)
        codes = ", ".join(literal(code) for code in withholding.of)
        mine = f"kind = 'withheld' AND b.component IN ({codes})"
        accepted = _accepted(plan, withholding, f"{alias}.on_day")
        last_day = day_number(plan.moment.cycle_last.last_day)
        wait = withholding.release.not_before.length
        certified = conjunction([accepted, f"{alias}.on_day + {wait} <= {last_day}"])
        free = disjunction([certified, *_waived(plan, withholding)])
        released.append(conjunction([mine, free]))
        if withholding.deadline != "never":
            over = _over(plan, withholding.deadline)
            missed = conjunction([f"NOT (COALESCE({_flagged(accepted)}, 0) = 1)", over])
            waived = disjunction(_waived(plan, withholding))
            lapsed.append(conjunction([mine, missed, negated(waived)]))
    return {"released": disjunction(released), "lapsed": disjunction(lapsed)}, joins


def _flagged(test: str) -> str:
    """Return a test as 0 or 1, null being 0."""
    return f"CASE WHEN {test} THEN 1 ELSE 0 END"


def _join(plan: Plan, withholding: Withholding, alias: str) -> str:
    """Join the day of the certificate that a balance waits for: its person's, its year's."""
    fact = plan.law.facts[withholding.release.by]
    columns, same = ["household_id"], [f"{alias}.household_id = b.household_id"]
    if "member" in withholding.balance_per:
        columns.append("member_id")
        same.append(f"{alias}.member_id = b.person_id")
    by_year = "calendar_year" in withholding.balance_per
    year = "CAST(DIV(month, 12) AS BIGINT)"
    key = ", ".join(columns + ([year] if by_year else []))
    if by_year:
        columns.append(f"{year} AS of_year")
        same.append(f"{alias}.of_year = CAST(DIV(b.for_month, 12) AS BIGINT)")
    columns.append(f"{bigint('MIN(numerator)')} AS on_day")
    where = f"kind = {literal(withholding.release.by)} AND numerator IS NOT NULL"
    if fact.of == "household":
        where += " AND member_id = 0"
    inner = select(columns, "src_fact", where=where, group_by=key)
    return f"\nLEFT JOIN ({inner}) AS {alias} ON {' AND '.join(same)}"


def _accepted(plan: Plan, withholding: Withholding, day: str) -> str:
    """Return the test that there is a certificate and that it came in time."""
    if withholding.deadline == "never":
        return f"{day} IS NOT NULL"
    sign = "<=" if withholding.deadline.last_day == "valid" else "<"
    return f"{day} {sign} {_deadline(plan, withholding.deadline)}"


def _over(plan: Plan, deadline: Deadline) -> str:
    """Return the test that the cycle starts after the deadline of what was earned in a year."""
    return f"{_deadline(plan, deadline)} < {day_number(plan.cycle.first_day)}"


def _deadline(plan: Plan, deadline: Deadline) -> str:
    """Return the day number of the deadline for the year a balance was earned in."""
    day, month, later = read_deadline(deadline.default)
    moved = {exception.earned: exception.until for exception in deadline.exceptions}
    branches = []
    for year in range(plan.cycle.year, plan.cycle.year - _YEARS_BACK, -1):
        on = moved.get(year, date(year + later, month, day))
        branches.append((f"b.for_month >= {year * 12}", str(day_number(on))))
    return case(branches, "0")


def _waived(plan: Plan, withholding: Withholding) -> list[str]:
    """Return the tests that an override releases without a certificate in this cycle.

    Where the balance is kept by year, what earlier years earned is released; else all of it.
    """
    tests = []
    for number, override in enumerate(plan.law.overrides):
        in_force = override.holds_on(plan.cycle.first_day)
        if override.release == "without_certificate" and in_force:
            test = [plan.test("overrides", number, "where")]
            if "calendar_year" in withholding.balance_per:
                test.append(f"b.for_month < {plan.cycle.year * 12}")
            tests.append(conjunction(test))
    return tests
