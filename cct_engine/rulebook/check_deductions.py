"""Checks of deductions: none takes more than its lines, nor more for a line than the line adds.

A line that is lost or held is taken out of `subtotal`, and the deduction is made again of what is
left; what was lost is the difference.
"""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from cct_engine.rulebook.compiler.never_below import NeverBelow
from cct_engine.rulebook.compiler.parts import withheld_share
from cct_engine.rulebook.compiler.sums import Sum
from cct_engine.rulebook.tree import Arithmetic, Call, Case, Constant, Defined, Name, Type, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.rulebook.compiler.instances import Instance, Instances
    from cct_engine.rulebook.compiler.place import Place
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.tree import Node

__all__ = ["Below", "too_much"]

_SUBTOTAL = Name("extra", "subtotal", Type.MONEY)
_WAITS = Name("extra", "what waits of it", Type.MONEY)
_LESS = Name("extra", "what is left", Type.MONEY)
_LINE = Name("extra", "a line", Type.MONEY)


class Below(NamedTuple):
    """An amount that can go below zero: where, which rule, what is wrong, what to write."""

    at: Path
    code: str
    message: str
    instead: str


def too_much(plan: Plan, instances: Instances, instance: Instance, place: Place) -> Iterator[Below]:
    """Yield a deduction that can take more than its lines, or than is paid of them now."""
    component, path = instance.component, ("components", instance.order, "amount")
    shows = NeverBelow(plan, place)
    known, amount = shows.told_of(instance), shows.sum(plan.rulebook.expression(*path))
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
    yield from _withheld(plan, instances, instance, place)
    if not _is_even(plan, instance, place):
        yield Below(
            path,
            "RB-057",
            f"With deduction `{component.code}` a family could get more by losing a line: nothing "
            "keeps it from taking more for a line than the line adds.",
            "share(subtotal, …) or at_most(…, subtotal), without steps.",
        )


def _withheld(
    plan: Plan, instances: Instances, instance: Instance, place: Place
) -> Iterator[Below]:
    """Yield a deduction that can take more than a certificate leaves of its lines."""
    component, path = instance.component, ("components", instance.order, "amount")
    shows = NeverBelow(plan, place)
    known, amount = shows.told_of(instance), shows.sum(plan.rulebook.expression(*path))
    earlier = [i for i in instances.found if i.order < instance.order]
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
    left = Sum.one(_SUBTOTAL).plus(amount, -1).plus(Sum.one(_WAITS), -1)
    if not NeverBelow(plan, place).shown(left, known):
        yield Below(
            path,
            "RB-057",
            f"A share of `{', '.join(waiting)}` waits for a certificate, and deduction "
            f"`{component.code}` can take more than is paid of the lines above it.",
            f"`{component.code}` above `{next(iter(waiting))}`, or a smaller share.",
        )


def _is_even(plan: Plan, instance: Instance, place: Place) -> bool:
    """Return whether one line more never makes the deduction grow by more than that line."""
    path = ("components", instance.order)
    words = {name.name: name.name for name in (_LESS, _LINE)}
    shows = NeverBelow(plan, replace(place, words={**place.words, **words}))
    where, taken = (plan.rulebook.expression(*path, key) for key in ("where", "amount"))
    known: list[Sum] = []
    if _SUBTOTAL in walk(where):
        taken = Case(((where, taken),), Constant(0, Type.INT), Type.MONEY)
    else:
        known = shows.told_of(instance)
    return all(_is_even_where(shows, one, [*known, *told]) for told, one in _ways(shows, taken))


def _ways(shows: NeverBelow, taken: Node) -> Iterator[tuple[list[Sum], Node]]:
    """Yield what a deduction is for families that differ in other things than their lines."""
    if isinstance(taken, Defined):
        yield from _ways(shows, taken.node)
    elif isinstance(taken, Case) and not any(_SUBTOTAL in walk(test) for test, _ in taken.branches):
        for test, then in taken.branches:
            told = shows.told_by(test)
            yield from ((told + more, one) for more, one in _ways(shows, then))
        yield from _ways(shows, taken.otherwise)
    else:
        yield [], taken


def _is_even_where(shows: NeverBelow, taken: Node, known: list[Sum]) -> bool:
    more = Arithmetic("+", _LESS, _LINE, Type.MONEY)
    for node in walk(taken):
        if isinstance(node, Call):
            known += shows.told_by_two(_put(node, more), _put(node, _LESS))
    kept = Sum.one(_LINE).plus(shows.sum(_put(taken, more)), -1)
    return shows.shown(kept.plus(shows.sum(_put(taken, _LESS))), known)


def _put(part: Any, value: Node) -> Any:
    """Return a tree in which another amount stands for the subtotal."""
    if part == _SUBTOTAL:
        return value
    if isinstance(part, tuple):
        return tuple(_put(one, value) for one in part)
    if not hasattr(part, "__dataclass_fields__"):
        return part
    return replace(part, **{one.name: _put(getattr(part, one.name), value) for one in fields(part)})
