"""Whether an amount can go below zero: from the law's values, and the tests it is asked under.

An amount is a sum of products. What is known to be 0 or more (a test that holds, what a rounding
leaves, a share of no more than the whole) is taken from it until nothing is left that could be
below zero; where there are branches, in each of them. What is not shown so counts as open.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.emit_dates import is_grace_start
from cct_engine.rulebook.compiler.parameters import NotInForce
from cct_engine.rulebook.compiler.place import NEVER_HOLDS, Place
from cct_engine.rulebook.compiler.sums import Span, Sum
from cct_engine.rulebook.compiler.unwritable import Unwritable
from cct_engine.rulebook.months import Month
from cct_engine.rulebook.tree import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Case,
    Compare,
    Constant,
    Defined,
    Name,
    Negation,
    Node,
    Type,
)
from cct_engine.rulebook.values import read_minor
from cct_engine.rulebook.vocabulary import known_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cct_engine.rulebook.compiler.instances import Instance
    from cct_engine.rulebook.compiler.plan import Plan

__all__ = ["NeverBelow"]

_NOT = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_NUMBERS = frozenset({Type.MONEY, Type.INT})
_OPEN = Span(None, None)
_NO_LESS, _NO_MORE = Span(Fraction(0), None), Span(None, Fraction(0))
_COUNTED = frozenset({"count_of", "paid_count", "due_count", "reported"})
_RECORDED = frozenset({"paid_sum", "due_sum", "balance"})
_DEEPEST, _MOST = 8, 2000
"""Levels of taking one thing from another, and tries in all; the amounts of a law need a few."""


@dataclass(slots=True)
class NeverBelow:
    """Shows at one place of a law, at one moment, that numbers are 0 or more."""

    plan: Plan
    place: Place
    tried: int = field(default=0)

    def shown(self, goal: Sum, known: Sequence[Sum], deep: int = _DEEPEST) -> bool:
        """Return whether a sum is 0 or more wherever everything ``known`` is."""
        self.tried += 1
        if deep == 0 or self.tried > _MOST:
            return False
        low = goal.span(lambda node: self._span(node, known, deep - 1)).low
        return (
            (low is not None and low >= 0)
            or self._by_what_is_known(goal, known, deep - 1)
            or self._in_each_branch(goal, known, deep - 1)
        )

    def sum(self, node: Node) -> Sum:
        """Return a number as a sum of products; what is the same for everybody is a number."""
        match node:
            case Defined(node=inner):
                return self.sum(inner)
            case Arithmetic(operator=sign, left=left, right=right):
                ours, theirs = self.sum(left), self.sum(right)
                return ours.times(theirs) if sign == "*" else ours.plus(theirs, _SIGNS[sign])
        value = self.plan.emitter.constant(node, self.place)
        return Sum.number(value) if isinstance(value, int) else Sum.one(node)

    def told_of(self, instance: Instance) -> list[Sum]:
        """Return what is 0 or more where a component is due."""
        path, law = ("components", instance.order), self.plan.rulebook
        known = self.told_by(law.expression(*path, "where"))
        for number in range(len(instance.component.unless)):
            refused = law.expression(*path, "unless", number, "when")
            known += self.told_by(refused, holds=False)
        return known

    def told_by_two(self, larger: Call, smaller: Call) -> list[Sum]:
        """Return how two roundings of one kind move with what they round."""
        if larger.function not in {"share", "round_to"} or larger.function != smaller.function:
            return []
        base = self.sum(larger.arguments[0]).plus(self.sum(smaller.arguments[0]), -1)
        if not self.shown(base, []):
            return []
        more = Sum.one(larger).plus(Sum.one(smaller), -1)
        rates = self._rates(larger.arguments[1]) if larger.function == "share" else [Fraction(1)]
        exact = self._rounding(larger)[1] == 1 and max(rates, default=Fraction(2)) <= 1
        return [more, base.plus(more, -1)] if exact else [more]

    def told_by(self, test: Node, *, holds: bool = True) -> list[Sum]:
        """Return what is 0 or more where a test holds, or where it does not."""
        match test:
            case Defined(node=inner):
                return self.told_by(inner, holds=holds)
            case Negation(part=part):
                return self.told_by(part, holds=not holds)
            case AllOf(parts=parts) if holds:
                return [fact for part in parts for fact in self.told_by(part)]
            case AnyOf(parts=parts) if not holds:
                return [fact for part in parts for fact in self.told_by(part, holds=False)]
            case Compare(operator=sign):
                return list(self._compared(test, sign if holds else _NOT[sign]))
        return []

    def _by_what_is_known(self, goal: Sum, known: Sequence[Sum], deep: int) -> bool:
        """Take from the goal what is 0 or more, so that a product goes; the rest is shown."""
        told = [fact for node in goal.nodes() for fact in self._of(node, known, deep)]
        for place, fact in enumerate([*known, *told]):
            left = [other for number, other in enumerate(known) if number != place]
            for product, count in goal.terms.items():
                there = fact.terms.get(product, Fraction(0))
                if product and there * count > 0:
                    rest = goal.plus(fact, -count / there)
                    if self.shown(rest, left, deep):
                        return True
        return False

    def _in_each_branch(self, goal: Sum, known: Sequence[Sum], deep: int) -> bool:
        """Show it of every branch of the first thing that has branches."""
        for node in goal.nodes():
            branches = list(self._branches(node))
            if branches:
                return all(
                    self.shown(
                        goal.put(node, value),
                        [*(fact.put(node, value) for fact in known), *more],
                        deep,
                    )
                    for more, value in branches
                )
        return False

    def _branches(self, node: Node) -> Iterator[tuple[list[Sum], Sum]]:
        """Yield what is 0 or more in a branch of a node, and what the node is there."""
        match node:
            case Case(branches=branches, otherwise=otherwise):
                before: list[Sum] = []
                for when, then in branches:
                    if self._possible(when):
                        yield [*before, *self.told_by(when)], self.sum(then)
                    before += self.told_by(when, holds=False)
                yield before, self.sum(otherwise)
            case Call(function="at_least" | "at_most" | "top_up" as name, arguments=(a, b)):
                ours, theirs = self.sum(a), self.sum(b)
                more = [ours.plus(theirs, -1)], [theirs.plus(ours, -1)]
                if name == "top_up":
                    ours, theirs = Sum({}), theirs.plus(ours, -1)
                yield more[name == "at_most"], ours
                yield more[name != "at_most"], theirs

    def _possible(self, test: Node) -> bool:
        try:
            return self.plan.emitter.test(test, self.place) != NEVER_HOLDS
        except NotInForce:
            raise
        except Unwritable:
            return True

    def _compared(self, test: Compare, sign: str) -> Iterator[Sum]:
        small, large = test.left, test.right
        if sign in {">", ">="}:
            small, large = large, small
        if sign == "<>":
            return
        least = int(sign in {"<", ">"})
        if {small.type, large.type} <= _NUMBERS:
            more = self.sum(large).plus(self.sum(small), -1)
            yield more.plus(Sum.number(-least))
            if sign == "=":
                yield more.scaled(-1)
        elif small.type is large.type is Type.DATE:
            yield Sum.one(Call("days_between", (small, large), Type.INT)).plus(Sum.number(-least))
            yield Sum.one(Call("months_between", (small, large), Type.INT))
            day = self.plan.emitter.constant(large, self.place)
            if isinstance(day, date) and Month.of(day) <= self.place.moment.cycle_first:
                yield Sum.one(Call("months_since", (small,), Type.INT))

    def _span(self, node: Node, known: Sequence[Sum], deep: int) -> Span:
        """Return the smallest and largest value of what stands in a product."""
        match node:
            case Defined(node=inner):
                found = self._span(inner, known, deep)
            case Name():
                found = self._of_name(node)
            case Case():
                spans = [self._plain(value, known, deep) for _, value in self._branches(node)]
                found = _within(spans)
            case Call(function="at_least" | "at_most" | "top_up"):
                found = self._of_pair(node, known, deep)
            case Call(function="lookup", arguments=(Constant(value=table), *_)):
                day = self.plan.emitter.day(self.place)
                values = [value for _, value in self.plan.parameters.rows(str(table), day)]
                if self.plan.law.tables[str(table)].missing != "error":
                    values.append(self.plan.parameters.missing(str(table)))
                found = Span(Fraction(min(values)), Fraction(max(values)))
            case Call(function="share" | "round_to" | "ratio_of" | "scaled"):
                parts = node.arguments[: {"ratio_of": 2, "scaled": 1}.get(node.function, 1)]
                over = all(self.shown(self.sum(part), known, deep) for part in parts)
                found = _NO_LESS if over else _OPEN
            case Call(function="sum_of" | "max_of" | "min_of", arguments=(group, value, *tests)):
                found = self._over_group(group, value, tests)
            case Call(function=name, arguments=arguments):
                found = self._of_call(name, arguments)
            case _:
                found = _OPEN
        return found

    def _plain(self, value: Sum, known: Sequence[Sum], deep: int) -> Span:
        return value.span(lambda node: self._span(node, known, deep)) if deep else _OPEN

    def _of_name(self, node: Name) -> Span:
        law = self.plan.law
        if node.of == "component":
            kinds = {component.code: component.kind for component in law.components}
            return _NO_MORE if kinds[node.name] == "deduction" else _NO_LESS
        if node.of == "parameter":
            last = self.place.moment.cycle_first.first_day
            values = [value for _, value in self.plan.parameters.over_time(node.name, last)]
            numbers = [Fraction(value) for value in values if isinstance(value, int)]
            return Span(min(numbers), max(numbers)) if numbers else _OPEN
        if node.type is Type.INT and node.name in getattr(law.attributes, node.of, {}):
            return _OPEN  # a feed may bring -1; amounts below 0 are refused where they come in
        known = known_attributes(law).get(node.of, {}).get(node.name)
        absent = known.absent if known is not None else 0
        return Span(Fraction(min(absent, 0) if isinstance(absent, int) else 0), None)

    def _of_pair(self, node: Call, known: Sequence[Sum], deep: int) -> Span:
        ours, theirs = (self._plain(self.sum(part), known, deep) for part in node.arguments)
        if node.function == "top_up":
            return _NO_LESS
        lows, highs = (ours.low, theirs.low), (ours.high, theirs.high)
        if node.function == "at_least":
            return Span(max((x for x in lows if x is not None), default=None), _most(highs))
        return Span(_least(lows), min((x for x in highs if x is not None), default=None))

    def _of_call(self, name: str, arguments: tuple[Node, ...]) -> Span:
        if name in _COUNTED or (name == "months_since" and is_grace_start(arguments[0])):
            return _NO_LESS
        if name in _RECORDED:
            word = arguments[-1]
            code = word.value if isinstance(word, Constant) else ""
            kinds = {component.code: component.kind for component in self.plan.law.components}
            return _OPEN if kinds.get(str(code)) == "deduction" else _NO_LESS
        return _OPEN

    def _over_group(self, group: Node, value: Node, tests: Sequence[Node]) -> Span:
        of = str(group.value) if isinstance(group, Constant) else ""
        inside = replace(self, place=replace(self.place, subject=of, grouped=True))
        known = [fact for test in tests for fact in inside.told_by(test)]
        over = inside.shown(inside.sum(value), known)
        self.tried += inside.tried
        return _NO_LESS if over else _OPEN

    def _of(self, node: Node, known: Sequence[Sum], deep: int) -> Iterator[Sum]:
        """Yield what is 0 or more of a node beside what it was made of."""
        if not isinstance(node, Call):
            return
        whole = Sum.one(node)
        if node.function in {"at_least", "at_most"}:
            side = 1 if node.function == "at_least" else -1
            for part in node.arguments:
                yield whole.scaled(side).plus(self.sum(part), -side)
        if node.function in {"share", "round_to"}:
            base = self.sum(node.arguments[0])
            if self.shown(base, known, deep):
                yield from self._rounded(node, base, whole)

    def _rounded(self, node: Call, base: Sum, whole: Sum) -> Iterator[Sum]:
        """Yield by how much a share of what is 0 or more can miss what it is a share of."""
        rates = self._rates(node.arguments[1]) if node.function == "share" else [Fraction(1)]
        mode, unit = self._rounding(node)
        if not rates:
            return
        least, most = min(rates), max(rates)
        if mode == "down":
            yield base.scaled(most).plus(whole, -1)
        elif mode == "up":
            yield whole.plus(base, -least)
        else:
            # A half counts as a whole: no more than twice what is rounded, never past the whole.
            yield base.scaled(2 * most).plus(whole, -1)
        if unit == 1 and most <= 1:
            yield base.plus(whole, -1)
        if unit == 1 and least >= 1:
            yield whole.plus(base, -1)

    def _rates(self, percent: Node) -> list[Fraction]:
        match percent:
            case Defined(node=inner):
                return self._rates(inner)
            case Case(branches=branches, otherwise=last):
                possible = [then for when, then in branches if self._possible(when)]
                return [rate for part in [*possible, last] for rate in self._rates(part)]
        return [rate for _, rate in self.plan.emitter.percents(percent, self.place)]

    def _rounding(self, node: Call) -> tuple[str, int]:
        """Return the mode and the unit of a rounding, in minor units."""
        last = node.arguments[-1]
        convention = self.plan.law.conventions.rounding
        mode, unit = str(convention.mode), str(convention.unit)
        if isinstance(last, Constant) and last.type is Type.WORD:
            said = node.arguments[-2]
            mode, unit = str(said.value) if isinstance(said, Constant) else "", str(last.value)
        return mode, read_minor(unit, currency=self.plan.rulebook.currency)


_SIGNS = {"+": 1, "-": -1}


def _within(spans: Sequence[Span]) -> Span:
    return Span(_least([span.low for span in spans]), _most([span.high for span in spans]))


def _least(ends: Sequence[Fraction | None]) -> Fraction | None:
    known = [end for end in ends if end is not None]
    return min(known) if len(known) == len(ends) else None


def _most(ends: Sequence[Fraction | None]) -> Fraction | None:
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None
