"""Amounts as sums of products of what is known of a family, so that one is taken from another."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cct_engine.rulebook.tree import Node

__all__ = ["Product", "Span", "Sum"]

Product: TypeAlias = "tuple[Node, ...]"
"""What is multiplied, in a fixed order; nothing: one."""


@dataclass(frozen=True, slots=True)
class Span:
    """The smallest and the largest a number can be, both inclusive; None: nobody knows."""

    low: Fraction | None
    high: Fraction | None

    def plus(self, other: Span) -> Span:
        """Return the span of a sum."""
        return Span(_added(self.low, other.low), _added(self.high, other.high))

    def times(self, other: Span) -> Span:
        """Return the span of a product."""
        if self.low is not None and self.low == self.high:
            return other.scaled(self.low)
        if other.low is not None and other.low == other.high:
            return self.scaled(other.low)
        bounded = [x for x in (self.low, self.high, other.low, other.high) if x is not None]
        if len(bounded) == len(("low", "high") * 2):
            corners = [bounded[a] * bounded[b] for a in (0, 1) for b in (2, 3)]
            return Span(min(corners), max(corners))
        if self.low is not None and other.low is not None and min(self.low, other.low) >= 0:
            return Span(self.low * other.low, None)
        return Span(None, None)

    def scaled(self, factor: Fraction) -> Span:
        """Return the span of so many times the number."""
        if factor == 0:
            return Span(factor, factor)
        ends = [None if end is None else end * factor for end in (self.low, self.high)]
        return Span(*(ends if factor > 0 else ends[::-1]))


def _added(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True, slots=True)
class Sum:
    """So many times each product."""

    terms: Mapping[Product, Fraction]

    @classmethod
    def of(cls, terms: Iterable[tuple[Product, Fraction]]) -> Sum:
        """Return the sum of terms; those that cancel out are gone."""
        found: dict[Product, Fraction] = defaultdict(Fraction)
        for product, times in terms:
            found[product] += times
        return cls({product: times for product, times in found.items() if times})

    @classmethod
    def number(cls, value: int | Fraction) -> Sum:
        """Return a number."""
        return cls.of([((), Fraction(value))])

    @classmethod
    def one(cls, node: Node) -> Sum:
        """Return what a node is, as it stands."""
        return cls({(node,): Fraction(1)})

    def plus(self, other: Sum, times: int | Fraction = 1) -> Sum:
        """Return the sum with so many times another."""
        more = [(product, times * count) for product, count in other.terms.items()]
        return Sum.of([*self.terms.items(), *more])

    def scaled(self, factor: int | Fraction) -> Sum:
        """Return so many times the sum."""
        return Sum({}).plus(self, factor)

    def times(self, other: Sum) -> Sum:
        """Return the product of two sums, multiplied out."""
        return Sum.of(
            (tuple(sorted((*a, *b), key=repr)), n * m)
            for a, n in self.terms.items()
            for b, m in other.terms.items()
        )

    def put(self, node: Node, value: Sum) -> Sum:
        """Return the sum with a value in the place of a node."""
        found = Sum({})
        for product, count in self.terms.items():
            one = Sum.number(count)
            for part in product:
                one = one.times(value if part == node else Sum.one(part))
            found = found.plus(one)
        return found

    def nodes(self) -> Iterable[Node]:
        """Return everything that stands in a product, each once, in the order of the sum."""
        return dict.fromkeys(node for product in self.terms for node in product)

    def span(self, of: Callable[[Node], Span]) -> Span:
        """Return the span of the sum, if ``of`` says that of each node."""
        whole = Span(Fraction(0), Fraction(0))
        for product, count in self.terms.items():
            one = Span(count, count)
            for node in product:
                one = one.times(of(node))
            whole = whole.plus(one)
        return whole
