"""Pieces of SQL text in the subset that DuckDB, PostgreSQL and Spark read alike.

No `/`, no float, no null arithmetic, no date arithmetic. Division is ``CAST(DIV(a, b) AS BIGINT)``
of a dividend that is never negative and a constant divisor (DuckDB knows ``div`` as a macro).
Every flag and every aggregate is a BIGINT from its birth.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from cct_engine.rulebook.compiler.unwritable import TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

__all__ = [
    "LIMIT",
    "Range",
    "bigint",
    "case",
    "conjunction",
    "disjunction",
    "flag",
    "literal",
    "negated",
    "quoted",
    "rounded",
    "sized",
    "total",
]

_PLAIN = 10_000
LIMIT = 2**62
"""No intermediate value may reach this; BIGINT ends at 2**63 - 1."""


class Range(NamedTuple):
    """The smallest and largest value an amount can have, both inclusive."""

    low: int
    high: int

    def plus(self, other: Range) -> Range:
        """Return the range of a sum."""
        return Range(self.low + other.low, self.high + other.high)

    def minus(self, other: Range) -> Range:
        """Return the range of a difference."""
        return Range(self.low - other.high, self.high - other.low)

    def times(self, other: Range) -> Range:
        """Return the range of a product."""
        corners = [a * b for a in self for b in other]
        return Range(min(corners), max(corners))

    def with_(self, other: Range) -> Range:
        """Return the range of a value that is in one of two."""
        return Range(min(self.low, other.low), max(self.high, other.high))


def literal(value: int | str | date) -> str:
    """Return a constant; text is quoted, truth values are tests."""
    if isinstance(value, bool):
        return "1 = 1" if value else "1 = 0"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, int):
        return str(value) if value >= 0 else f"({value})"
    return "'" + value.replace("'", "''") + "'"


def sized(value: int | date) -> str:
    """Return an amount of the law; a large one is a BIGINT from its birth.

    Engines multiply two plain literals as 32-bit numbers, and 2 * 1,500,000,000 is none.
    """
    large = isinstance(value, int) and abs(value) >= _PLAIN
    return bigint(literal(value)) if large else literal(value)


def quoted(name: str) -> str:
    """Return a quoted identifier: codes in upper case keep their case on every engine."""
    return '"' + name.replace('"', '""') + '"'


def bigint(expression: str) -> str:
    """Return the expression as BIGINT."""
    return f"CAST({expression} AS BIGINT)"


def flag(test: str) -> str:
    """Return a test as 0 or 1."""
    if test == "1 = 0":
        return "CAST(0 AS BIGINT)"
    return bigint(f"CASE WHEN {test} THEN 1 ELSE 0 END")


def case(branches: Sequence[tuple[str, str]], otherwise: str) -> str:
    """Return CASE over (test, value) pairs, without the branches that can never hold."""
    possible = [(test, value) for test, value in branches if test != "1 = 0"]
    if not possible:
        return otherwise
    whens = " ".join(f"WHEN {test} THEN {value}" for test, value in possible)
    return f"CASE {whens} ELSE {otherwise} END"


def conjunction(tests: Iterable[str]) -> str:
    """Return the tests joined by AND; no tests hold."""
    parts = [test for test in tests if test != "1 = 1"]
    if "1 = 0" in parts:
        return "1 = 0"
    if len(parts) == 1:
        return parts[0]
    return " AND ".join(f"({part})" for part in parts) or "1 = 1"


def disjunction(tests: Iterable[str]) -> str:
    """Return the tests joined by OR; no tests never hold."""
    parts = [test for test in tests if test != "1 = 0"]
    if "1 = 1" in parts:
        return "1 = 1"
    if len(parts) == 1:
        return parts[0]
    return " OR ".join(f"({part})" for part in parts) or "1 = 0"


def negated(test: str) -> str:
    """Return the opposite of a test."""
    if test in {"1 = 1", "1 = 0"}:
        return "1 = 0" if test == "1 = 1" else "1 = 1"
    return f"NOT ({test})"


def total(terms: Iterable[str]) -> str:
    """Return the sum of terms."""
    parts = [term for term in terms if term != "0"]
    return " + ".join(parts) if parts else "CAST(0 AS BIGINT)"


def rounded(amount: str, share: Fraction, *, mode: str, unit: int, bounds: Range) -> str:
    """Return ``amount * share`` rounded to a multiple of ``unit`` minor units.

    The sign is taken outside, so that a negative amount rounds as its positive twin.
    Raises ``TooLarge`` if an intermediate value could pass 2**62.
    """
    widest = max(abs(bounds.low), abs(bounds.high))
    if 2 * widest * share.numerator + 2 * unit * share.denominator >= LIMIT:
        raise TooLarge(f"A share of {share}", "A smaller factor.")
    positive = _rounded_positive(amount, share, mode, unit)
    if bounds.low >= 0:
        return positive
    negative = _rounded_positive(f"(-({amount}))", share, mode, unit)
    return f"CASE WHEN {amount} < 0 THEN -({negative}) ELSE {positive} END"


def _rounded_positive(amount: str, share: Fraction, mode: str, unit: int) -> str:
    top, bottom = share.numerator, share.denominator * unit
    dividend = f"({amount})" if top == 1 else f"({amount}) * {top}"
    if mode == "half_up":
        quotient = _div(f"2 * {dividend} + {bottom}", 2 * bottom)
    elif mode == "half_even":
        half = _div(f"2 * {dividend} + {bottom}", 2 * bottom)
        tie = f"2 * {dividend} + {bottom} = {half} * {2 * bottom}"
        odd = f"{half} - 2 * {_div(half, 2)} = 1"
        quotient = f"({half} - CASE WHEN {tie} AND {odd} THEN 1 ELSE 0 END)"
    elif mode == "up":
        quotient = _div(f"{dividend} + {bottom - 1}", bottom)
    else:
        quotient = _div(dividend, bottom)
    return quotient if unit == 1 else f"{quotient} * {unit}"


def _div(dividend: str, divisor: int) -> str:
    return f"({dividend})" if divisor == 1 else f"CAST(DIV({dividend}, {divisor}) AS BIGINT)"
