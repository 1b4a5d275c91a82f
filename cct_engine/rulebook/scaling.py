"""Equivalence scales: an amount times a number of people to a power, to the last minor unit.

Such laws pay less for each further child: the amount times n to the power 0.6 (Uruguay, Ley
18.227, art. 4). With whole numbers alone the root is exact, so both engines give one amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["MOST_COUNTED", "scaled"]

MOST_COUNTED = 50
"""The largest number of people a scale is written out for; a larger one holds the household."""


def scaled(amount_minor: int, count: int, power: Fraction, *, unit: int, mode: str) -> int:
    """Return ``amount_minor * count ** power`` rounded to a multiple of ``unit`` minor units.

    ``mode`` is half_up, half_even, down or up; the sign is taken outside. Of nobody it is 0.
    """
    if amount_minor < 0:
        return -scaled(-amount_minor, count, power, unit=unit, mode=mode)
    root = power.denominator
    # x = amount * count^(a/b), so x^b is whole, and m·unit <= x can be asked without a root.
    whole = amount_minor**root * count**power.numerator if count else 0
    low, high = 0, 1
    while (high * unit) ** root <= whole:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if (middle * unit) ** root <= whole else (low, middle)
    exact = (low * unit) ** root == whole
    half = ((2 * low + 1) * unit) ** root
    double = 2**root * whole
    up = {
        "down": False,
        "up": not exact,
        "half_up": double >= half,
        "half_even": double > half or (double == half and low % 2 == 1),
    }[mode]
    return (low + int(up)) * unit
