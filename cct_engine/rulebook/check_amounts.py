"""Checks of amounts at a moment of the law: none can go below zero, none takes what is not there.

What is paid is never negative: a household's line below zero would be a debt that no law speaks of,
and a deduction larger than its lines would be one as well.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from cct_engine.rulebook.compiler.instances import Earlier, Instances
from cct_engine.rulebook.compiler.never_below import NeverBelow
from cct_engine.rulebook.compiler.parts import withheld_share
from cct_engine.rulebook.compiler.place import NEVER_HOLDS, Place
from cct_engine.rulebook.compiler.plan import Plan
from cct_engine.rulebook.compiler.sums import Sum
from cct_engine.rulebook.compiler.unwritable import Unwritable
from cct_engine.rulebook.compiler.verdicts import judge
from cct_engine.rulebook.tree import Name, Type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.rulebook.compiler.instances import Instance
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["Below", "below_zero"]

_SUBTOTAL = Name("extra", "subtotal", Type.MONEY)
_WAITS = Name("extra", "what waits of it", Type.MONEY)


class Below(NamedTuple):
    """An amount that can go below zero: where, which rule, what is wrong, what to write."""

    at: Path
    code: str
    message: str
    instead: str


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
    known = shows.told_by(where)
    for number in range(len(component.unless)):
        refused = plan.rulebook.expression(*path, "unless", number, "when")
        known += shows.told_by(refused, holds=False)
    amount = shows.sum(plan.rulebook.expression(*path, "amount"))
    if not shows.shown(amount, known):
        yield Below(
            (*path, "amount"),
            "RB-056",
            f"`{component.code}` can go below 0: nothing keeps `{component.amount}` from it.",
            f"at_least({component.amount}, 0), or a `where` under which it is 0 or more.",
        )
    elif component.kind == "deduction":
        yield from _too_much(plan, instances, instance, (place, known, amount))


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


def _too_much(
    plan: Plan, instances: Instances, instance: Instance, taken: tuple[Place, list[Sum], Sum]
) -> Iterator[Below]:
    """Yield a deduction that can take more than its lines, or than is paid of them now."""
    (place, known, amount), component = taken, instance.component
    path = ("components", instance.order, "amount")
    left = Sum.one(_SUBTOTAL).plus(amount, -1)
    if not NeverBelow(plan, place).shown(left, known):
        yield Below(
            path,
            "RB-057",
            f"Deduction `{component.code}` can take more than the lines above it come to.",
            f"at_most({component.amount}, subtotal)",
        )
        return
    earlier = [i for i in instances.found if i.order < instance.order]
    whole = [i.code for i in earlier if i.component.kind == "deduction" and not i.monthly]
    if instance.monthly and whole:
        yield Below(
            path,
            "RB-057",
            f"`{component.code}` of each month does not see what `{whole[0]}` took from the cycle, "
            "and both together can take more than the lines come to.",
            f"`{component.code}` above `{whole[0]}`, or both with `months: each`.",
        )
    above = [i for i in earlier if i.column in instances.above(instance)]
    waiting = {i.code: share for i in above if (share := withheld_share(plan, i.code)) is not None}
    if not waiting:
        return
    if not any(i.component.kind == "deduction" for i in above):
        # Of each line no more than this part of it waits, wherever its last cent goes.
        share = max(waiting.values())
        parts = {"down": share, "up": Fraction(1)}
        part = min(parts.get(plan.law.conventions.rounding.mode, 2 * share), Fraction(1))
        known = [*known, Sum.one(_SUBTOTAL).scaled(part).plus(Sum.one(_WAITS), -1)]
    if not NeverBelow(plan, place).shown(left.plus(Sum.one(_WAITS), -1), known):
        yield Below(
            path,
            "RB-057",
            f"A share of `{', '.join(waiting)}` waits for a certificate, and deduction "
            f"`{component.code}` can take more than is paid of the lines above it.",
            f"`{component.code}` above `{next(iter(waiting))}`, or a smaller share.",
        )
