"""Sums, counts, the largest and the smallest over the members or pregnancies of a household."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.place import ALWAYS, NEVER_HOLDS, Place
from cct_engine.rulebook.compiler.presence import counted_then
from cct_engine.rulebook.compiler.sqltext import case, conjunction, negated
from cct_engine.rulebook.compiler.unwritable import NotCompiled
from cct_engine.rulebook.tree import Call, Constant, Node, walk

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.emit import Emitter

__all__ = ["group_test", "group_value", "household_size", "word_of"]


def word_of(node: Node) -> str:
    """Return a word written as an argument: a group, a table, a way of rounding."""
    return str(node.value) if isinstance(node, Constant) else ""


def group_test(emitter: Emitter, node: Call, place: Place) -> str:
    """Return the test of ``any_of`` or ``all_of``."""
    group = word_of(node.arguments[0])
    test = emitter.test(node.arguments[1], _inside(group, place))
    wanted = test if node.function == "any_of" else negated(test)
    column = _counted(emitter, node, group, wanted, place)
    return f"{column} >= 1" if node.function == "any_of" else f"{column} = 0"


def group_value(emitter: Emitter, node: Call, place: Place) -> str:
    """Return the number of a count, a sum, a largest or a smallest."""
    group, tested = word_of(node.arguments[0]), node.arguments[1:]
    inside = _inside(group, place)
    if node.function == "count_of":
        test = emitter.test(tested[0], inside)
        return _counted(emitter, node, group, test, place)
    value = emitter.value(tested[0], inside)
    test = emitter.test(tested[1], inside) if tested[1:] else ALWAYS
    if place.moment.cycle_first != emitter.cycle:
        there = conjunction([_there(emitter, group, place), test])
        if node.function == "sum_of":
            return emitter.needs.aggregate(group, case([(there, value)], "0"))
        return _largest_then(emitter, node, group, f"CASE WHEN {there} THEN {value} END", place)
    if node.function in {"max_of", "min_of"}:
        return _largest(emitter, node, group, value, test)
    summed = value if test == ALWAYS else case([(test, value)], "0")
    return _aggregate(emitter, node, group, summed)


def _inside(group: str, place: Place) -> Place:
    own = place.components is not None and not place.grouped
    return Place(group, place.moment, grouped=True, judged=own, monthly=place.monthly)


_VERDICTS = frozenset({"is_met", "is_judged", "reported"})


def _asks_verdicts(node: Node) -> bool:
    return any(isinstance(n, Call) and n.function in _VERDICTS for n in walk(node))


def _aggregate(emitter: Emitter, node: Call, group: str, sql: str) -> str:
    """Return the column of a sum over a group; one that asks for verdicts is made after them."""
    needs = emitter.needs
    judged = _asks_verdicts(node)
    return needs.noted(node, needs.judged(sql) if judged else needs.aggregate(group, sql))


def _largest(emitter: Emitter, node: Call, group: str, value: str, test: str) -> str:
    """Return the column of a largest or smallest value; whether of anybody is known before."""
    needs, how = emitter.needs, node.function[:3].upper()
    chosen = value if test == ALWAYS else f"CASE WHEN {test} THEN {value} END"
    if not _asks_verdicts(node):
        return needs.noted(node, needs.aggregate(group, chosen, how=how))
    if any(map(_asks_verdicts, node.arguments[2:])):
        raise NotCompiled(
            f"`{node.function}(…)` among those of whom a verdict is asked",
            f"{node.function}(members, CASE WHEN … THEN amount ELSE another END).",
        )
    needs.aggregate(group, f"CASE WHEN {test} THEN 1 END", how="MAX")
    return needs.noted(node, needs.judged(chosen, how=how))


def _counted(emitter: Emitter, node: Call, group: str, test: str, place: Place) -> str:
    """Return how many there are for whom a test holds, of those who were there at the moment."""
    if place.moment.cycle_first != emitter.cycle:
        there = conjunction([_there(emitter, group, place), test])
        return emitter.needs.aggregate(group, f"CASE WHEN {there} THEN 1 ELSE 0 END")
    return _aggregate(emitter, node, group, f"CASE WHEN {test} THEN 1 ELSE 0 END")


def _largest_then(emitter: Emitter, node: Call, group: str, chosen: str, place: Place) -> str:
    """Return the column of a largest or smallest value of an earlier month.

    Of nobody it holds those to whom the month is paid late; whoever only was judged then goes on.
    """
    late = place.components is not None
    entitled = f"s.entitled_from_month <= {place.moment.month.number}"
    how, asked = node.function[:3].upper(), entitled if late else NEVER_HOLDS
    return emitter.needs.aggregate(group, chosen, how=how, asked=asked)


def _there(emitter: Emitter, group: str, place: Place) -> str:
    """Return the test that a member, or a pregnancy's mother, counted in an earlier cycle."""
    test = counted_then(emitter, place.moment)
    if group == "member":
        return test
    return f"{emitter.needs.mother_then(place.moment.cycle_first, test)} = 1"


def household_size(emitter: Emitter, place: Place) -> str:
    """Return the members counted at the place's moment."""
    if place.moment.cycle_first == emitter.cycle:
        return emitter.needs.column("household", "size")
    there = counted_then(emitter, place.moment)
    return emitter.needs.aggregate("member", f"CASE WHEN {there} THEN 1 ELSE 0 END")
