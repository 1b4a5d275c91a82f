"""Checks of amounts at a moment of the law: none can go below zero, none takes what is not there.

What is paid is never negative: a household's line below zero would be a debt that no law speaks of,
and a deduction larger than its lines would be one as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.check_deductions import Below, too_much
from cct_engine.rulebook.compiler.instances import Earlier, Instances
from cct_engine.rulebook.compiler.never_below import NeverBelow
from cct_engine.rulebook.compiler.place import NEVER_HOLDS, Place
from cct_engine.rulebook.compiler.plan import Plan
from cct_engine.rulebook.compiler.unwritable import Unwritable
from cct_engine.rulebook.compiler.verdicts import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.rulebook.compiler.instances import Instance
    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["Below", "below_zero"]


def below_zero(rulebook: Rulebook, month: Month) -> Iterator[Below]:
    """Yield the amounts of a cycle that nothing keeps from going below zero.

    What cannot be compiled is left out: it is told where it is compiled.
    """
    try:
        plan = Plan.of(rulebook, month)
        plan.emitter.judgings = judge(plan).judgings
        instances = Instances.of(plan)
    except Unwritable:
        return
    for instance in instances.found:
        try:
            yield from _of_instance(plan, instances, instance)
            yield from _cut_always(plan, instances, instance)
        except Unwritable:
            continue


def _of_instance(plan: Plan, instances: Instances, instance: Instance) -> Iterator[Below]:
    component, path = instance.component, ("components", instance.order)
    earlier = Earlier(instances, instance.monthly)
    words = {"subtotal": "subtotal"}
    place = Place(component.each, instance.moment, words, earlier, monthly=instance.monthly)
    where = plan.rulebook.expression(*path, "where")
    if plan.emitter.test(where, place) == NEVER_HOLDS:
        return
    shows = NeverBelow(plan, place)
    amount = shows.sum(plan.rulebook.expression(*path, "amount"))
    if not shows.shown(amount, shows.told_of(instance)):
        yield Below(
            (*path, "amount"),
            "RB-056",
            f"`{component.code}` can go below 0: nothing keeps `{component.amount}` from it.",
            f"at_least({component.amount}, 0), or a `where` under which it is 0 or more.",
        )
    elif component.kind == "deduction":
        yield from too_much(plan, instances, instance, place)


def _cut_always(plan: Plan, instances: Instances, instance: Instance) -> Iterator[Below]:
    """Yield ceilings below what one component alone always comes to."""
    component, earlier = instance.component, Earlier(instances, instance.monthly)
    place = Place(component.each, instance.moment, {}, earlier, monthly=instance.monthly)
    for number, cap in enumerate(plan.law.caps):
        if component.code not in cap.of:
            continue
        amount = plan.rulebook.expression("components", instance.order, "amount")
        ceiling = plan.rulebook.expression("caps", number, "at_most")
        less = NeverBelow(plan, place).sum(amount)
        less = less.plus(NeverBelow(plan, place).sum(ceiling), -1)
        if set(less.terms) == {()} and less.terms[()] > 0:
            yield Below(
                ("caps", number, "at_most"),
                "RB-036",
                f"Ceiling `{cap.name}` allows less than `{component.code}` alone always comes to.",
                "A higher ceiling, or a smaller amount.",
            )
