"""How large a value can be, from the parameters in force and the sizes a registry can have."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.sqltext import Range
from cct_engine.rulebook.scaling import MOST_COUNTED
from cct_engine.rulebook.tree import Arithmetic, Call, Case, Constant, Defined, Name, Node, Type

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.emit import Emitter
    from cct_engine.rulebook.compiler.place import Place

__all__ = ["bounds"]

_MONEY = Range(-(10**13), 10**13)
_COUNT = Range(-(10**7), 10**7)
_SIZE = Range(0, 1000)


def bounds(emitter: Emitter, node: Node, place: Place) -> Range:
    """Return the smallest and largest value of a node, both inclusive."""
    match node:
        case Defined(node=inner):
            found = bounds(emitter, inner, place)
        case Arithmetic(operator=sign, left=left, right=right):
            ours, theirs = bounds(emitter, left, place), bounds(emitter, right, place)
            found = {"+": ours.plus, "-": ours.minus, "*": ours.times}[sign](theirs)
        case Case():
            possible, last = emitter.possible(node, place)
            found = Range(0, 0)
            for branch in [then for _, then in possible] + [last]:
                found = found.with_(bounds(emitter, branch, place))
        case Call():
            found = _of_call(emitter, node, place)
        case Name(of="component", name=name) if place.components is not None:
            read = place.components.read(name, subject=place.subject, moment=place.moment)
            found = read[1]
        case Name(of="household", name="size"):
            found = _SIZE
        case Name(of="extra", name=name) if name in place.never_negative:
            found = Range(0, _MONEY.high)
        case _:
            found = _of_leaf(emitter, node, place)
    return found


def _of_call(emitter: Emitter, node: Call, place: Place) -> Range:
    if node.function == "count_of":
        return _SIZE
    if node.function in {"at_least", "at_most"}:
        ours, theirs = (bounds(emitter, argument, place) for argument in node.arguments)
        chosen = max if node.function == "at_least" else min
        return Range(chosen(ours.low, theirs.low), chosen(ours.high, theirs.high))
    if node.function == "top_up":
        left, floor = (bounds(emitter, argument, place) for argument in node.arguments)
        return Range(0, max(floor.minus(left).high, 0))
    if node.function == "scaled":
        base = bounds(emitter, node.arguments[0], place)
        power = emitter.constant(node.arguments[2], place)
        most = MOST_COUNTED ** ceil(power) if isinstance(power, Fraction) else MOST_COUNTED
        return base.times(Range(0, most))
    if node.function == "share":
        return bounds(emitter, node.arguments[0], place)
    return _MONEY if node.type is Type.MONEY else _COUNT


def _of_leaf(emitter: Emitter, node: Node, place: Place) -> Range:
    found = emitter.constant(node, place) if isinstance(node, Constant | Name) else None
    if isinstance(found, int):
        return Range(found, found)
    return _MONEY if node.type is Type.MONEY else _COUNT
