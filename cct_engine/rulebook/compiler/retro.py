"""Months before the enrolment that the law pays now, with the enrolment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.instances import Instances
from cct_engine.rulebook.compiler.moment import Moment

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.instances import Instance
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.months import Month

__all__ = ["Retro", "retro_months"]


@dataclass(frozen=True, slots=True)
class Retro:
    """A month before the enrolment that is paid now, as a column of its subject's row."""

    instance: Instance
    month: Month
    sql: str

    @property
    def column(self) -> str:
        """Return the column of the arrears."""
        return self.instance.column


def retro_months(plan: Plan) -> list[Retro]:
    """Return the past months that an enrolment may bring with it, one column each.

    A month is paid if the household is entitled from it or an earlier one, if it is over, and if no
    line for it was ever recorded. A line per cycle comes for the past cycles that began in it. What
    comes once or in instalments is counted, not dated: it is paid from now on, never for the past.
    """
    arrears, span = plan.law.arrears, plan.rulebook.cycle_months
    found: list[Retro] = []
    if arrears is None:
        return found
    most = arrears.most.length * (span if arrears.most.unit == "cycle" else 1)
    for back in range(-(-most // span) * span, 0, -span):
        moment = Moment.of_cycle(plan.cycle.plus(-back), span)
        past = Instances.of(replace(plan, moment=moment), late=True)
        oldest = plan.cycle.number - most
        for instance in past.found:
            component = instance.component
            counted = component.once is not None or component.instalments is not None
            is_dated = component.kind == "benefit" and not counted
            if is_dated and instance.month.number >= oldest:
                found += _late(plan, past, instance)
    return found


def _late(plan: Plan, past: Instances, instance: Instance) -> list[Retro]:
    amount = past.amount(instance)
    if amount is None:
        return []
    month = instance.month
    entitled = plan.needs.column("household", "entitled_from", "_month")
    recorded = plan.needs.past(instance.component.each, instance.code, f"month_{month.number}")
    test = f"eligible = 1 AND {entitled} <= {month.number} AND {recorded} = 0"
    sql = f"CASE WHEN {test} THEN {amount[0]} ELSE CAST(0 AS BIGINT) END"
    return [Retro(instance, month, sql)]
