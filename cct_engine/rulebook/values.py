"""Amounts, percentages, dates and durations as they are written in a rulebook.

Each reader takes the text of the file (or a whole number) and raises ``ValueError`` with the
sentence the author should see. Money is an integer of minor units from here on; a percentage is an
exact fraction.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NamedTuple

from cct_engine.rulebook.months import MONTH_NAMES

__all__ = [
    "CURRENCY_DIGITS",
    "Duration",
    "format_minor",
    "month_range",
    "read_date",
    "read_deadline",
    "read_duration",
    "read_minor",
    "read_percent",
    "read_power",
]

# ISO 4217 minor units that are not 2.
CURRENCY_DIGITS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND"), 0
    ),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")
_POWER = re.compile(r"[0-9](\.[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DURATION = re.compile(r"([0-9]+) (day|month|cycle)s?")
_DEADLINE = re.compile(r"([0-9]{1,2}) ([A-Z][a-z]{2}) (same_year|next_year)")
_HUNDRED = 100
_COMMON_YEAR = 2001


class Duration(NamedTuple):
    """A length in days, months or cycles."""

    length: int
    unit: str


def read_minor(text: str | int, *, currency: str) -> int:
    """Return minor units of ``600.00``; more digits than the currency has are refused."""
    written = str(text)
    if not _AMOUNT.fullmatch(written):
        raise ValueError(f"`{written}` is not an amount; write 600.00.")
    digits = CURRENCY_DIGITS.get(currency, 2)
    minor = Decimal(written).scaleb(digits)
    if minor != minor.to_integral_value():
        raise ValueError(f"`{written}` has more than {digits} decimals, the digits of {currency}.")
    return int(minor)


def format_minor(amount_minor: int, *, currency: str) -> str:
    """Return ``1,110.00`` for 111000 minor units of a currency with two digits."""
    digits = CURRENCY_DIGITS.get(currency, 2)
    return f"{Decimal(amount_minor).scaleb(-digits):,.{digits}f}"


def read_percent(text: str | int) -> Fraction:
    """Return 17/20 for ``85 %``; a bare number is refused, because 0.85 and 85 look alike."""
    match = _PERCENT.fullmatch(str(text))
    if match is None:
        raise ValueError(f"Percent `{text}` must be written with its sign: `85 %`.")
    try:
        return Fraction(Decimal(match[1])) / _HUNDRED
    except InvalidOperation as error:  # pragma: no cover - the pattern admits only decimals
        raise ValueError(f"`{text}` is not a percentage; write 85 %.") from error


def read_power(text: str | int) -> Fraction:
    """Return 3/5 for ``0.6``: what a number of people is raised to in an equivalence scale."""
    written = str(text)
    if not _POWER.fullmatch(written) or Decimal(written) == 0:
        raise ValueError(f"`{written}` is not a power; write 0.6, with three decimals at most.")
    return Fraction(Decimal(written))


def read_date(text: str | int) -> date:
    """Return the day of ``2023-06-01``."""
    written = str(text)
    if not _DATE.fullmatch(written):
        raise ValueError(f"`{written}` is not a date; write 2023-06-01.")
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"`{written}` is no day of the calendar.") from error


def read_duration(text: str | int) -> Duration:
    """Return the count and unit of ``24 months``, ``60 days`` or ``1 cycle``."""
    match = _DURATION.fullmatch(str(text))
    if match is None:
        raise ValueError(f"`{text}` is not a duration; write `24 months`, `60 days` or `2 cycles`.")
    return Duration(int(match[1]), match[2])


def read_deadline(text: str) -> tuple[int, int, int]:
    """Return (day, month, years later) of ``31 Dec next_year`` or ``30 Jun same_year``."""
    match = _DEADLINE.fullmatch(text)
    if match is None or match[2] not in MONTH_NAMES:
        raise ValueError(f"`{text}` is not a deadline; write `31 Dec next_year`.")
    day, month = int(match[1]), MONTH_NAMES.index(match[2]) + 1
    if not 1 <= day <= monthrange(_COMMON_YEAR, month)[1]:
        raise ValueError(f"`{match[1]} {match[2]}` is no day of every year; write `28 Feb`.")
    return day, month, int(match[3] == "next_year")


def month_range(text: str) -> tuple[int, int]:
    """Return (10, 11) for ``Oct..Nov`` and (10, 10) for ``Oct``.

    The second may lie before the first: ``Sep..May`` goes over New Year.
    """
    first, _, last = text.partition("..")
    if first not in MONTH_NAMES or (last or first) not in MONTH_NAMES or text.endswith("."):
        raise ValueError(f"`{text}` is not a range of months; write `Sep..May`, or `Apr` alone.")
    return MONTH_NAMES.index(first) + 1, MONTH_NAMES.index(last or first) + 1
