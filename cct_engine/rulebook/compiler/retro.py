"""Months before the enrolment that the law pays now, with the enrolment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.instances import Earlier, Instances
from cct_engine.rulebook.compiler.moment import Moment
from cct_engine.rulebook.compiler.parameters import NotInForce
from cct_engine.rulebook.compiler.past import recorded_sums
from cct_engine.rulebook.compiler.place import Place
from cct_engine.rulebook.compiler.sqltext import bigint, disjunction, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.rulebook.compiler.instances import Instance
    from cct_engine.rulebook.compiler.plan import Plan

__all__ = ["Retro", "late_of", "past_cycles", "retro_months"]


@dataclass(frozen=True, slots=True)
class Retro:
    """A month before the enrolment that is paid now, as a column of its subject's row.

    ``cycle``: the lines of the past cycle it belongs to; ``reads``: the columns of these that its
    SQL names.
    """

    instance: Instance
    cycle: Instances
    sql: str
    reads: frozenset[str]

    @property
    def column(self) -> str:
        """Return the column of the arrears."""
        return self.instance.column

    @property
    def written(self) -> str:
        """Return the column of the amount before any limit and cap."""
        return self.cycle.before(self.instance, "")


def retro_months(plan: Plan) -> list[Retro]:
    """Return the past months that an enrolment may bring with it, one column each.

    A month is paid if the household is entitled from it or an earlier one, if it is over, and if no
    line for it was ever recorded. A line per cycle comes for the past cycles that began in it. What
    comes once or in instalments is counted, not dated: it is paid from now on, never for the past.
    Limits, caps and deductions are those of the month, less what was recorded for it before.
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
        past.found = [i for i in past.found if _is_dated(i) and i.month.number >= oldest]
        for instance in tuple(past.found):
            late = _late(past, instance) if _is_bounded(past, instance) else None
            if late is None:
                past.drop(instance)
            else:
                found.append(late)
    return found


def late_of(retro: Sequence[Retro], *each: str) -> list[Retro]:
    """Return the months paid late of household, member or pregnancy components."""
    return [late for late in retro if late.instance.component.each in each]


def past_cycles(retro: Sequence[Retro]) -> list[Instances]:
    """Return the past cycles of the months paid late, each once."""
    found: list[Instances] = []
    for late in retro:
        if not any(late.cycle is known for known in found):
            found.append(late.cycle)
    return found


def _is_dated(instance: Instance) -> bool:
    return instance.component.once is None and instance.component.instalments is None


def _is_bounded(past: Instances, instance: Instance) -> bool:
    """Return whether every limit and cap over a line has a value in its month."""
    plan, code = past.plan, instance.code
    paths = [("limits", n) for n, limit in enumerate(plan.law.limits) if code in limit.over]
    paths += [("caps", n) for n, cap in enumerate(plan.law.caps) if code in cap.of]
    reader = Earlier(past, instance.monthly)
    place = Place("household", instance.moment, components=reader, monthly=instance.monthly)
    try:
        for section, number in paths:
            plan.emitter.value(plan.rulebook.expression(section, number, "at_most"), place)
    except NotInForce:
        return False
    return True


def _late(past: Instances, instance: Instance) -> Retro | None:
    if instance.component.kind == "deduction":
        return _late_deduction(past, instance)
    amount = past.amount(instance)
    if amount is None:
        return None
    month, needs = instance.month, past.plan.needs
    entitled = needs.column("household", "entitled_from", "_month")
    recorded = needs.past(instance.component.each, instance.code, f"month_{month.number}")
    test = f"eligible = 1 AND {entitled} <= {month.number} AND {recorded} = 0"
    sql = f"CASE WHEN {test} THEN {amount[0]} ELSE CAST(0 AS BIGINT) END"
    return Retro(instance, past, sql, amount[1])


def _late_deduction(past: Instances, instance: Instance) -> Retro | None:
    """Return what the whole month costs, less what was recorded, if some line of it comes late."""
    plan, above = past.plan, past.above(instance)
    months = (instance.month,) if instance.monthly else instance.moment.cycle_months
    recorded = [
        column
        for component in plan.law.components[: instance.order]
        for column in recorded_sums(plan, component.code, months, of="household")
    ]
    amount = past.amount(instance, {"subtotal": f"({bigint(total([*above, *recorded]))})"})
    if amount is None or not above:
        return None
    late = disjunction(f"{column} <> 0" for column in above)
    before = total(recorded_sums(plan, instance.code, months, of="household"))
    sql = f"CASE WHEN {late} THEN -({amount[0]}) - ({before}) ELSE 0 END"
    return Retro(instance, past, bigint(sql), amount[1] | frozenset(above))
