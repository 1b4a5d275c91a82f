"""Numbers and dates as the page writes them: by currency and country, never by the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.dates import MONTHS, day, instant
from cct_engine.money import exponent, format_minor

if TYPE_CHECKING:
    from datetime import date

__all__ = ["amount", "count", "day", "instant", "months", "share", "signed"]


def amount(amount_minor: int, currency: str) -> str:
    """Write an amount without its symbol: the column's head has the currency."""
    return format_minor(amount_minor, currency, symbol=False)


def signed(amount_minor: int, currency: str) -> str:
    """Write a difference: with its sign, also when it is more."""
    return f"{'+' if amount_minor > 0 else ''}{amount(amount_minor, currency)}"


def count(number: int, currency: str) -> str:
    """Write a number of things, grouped as the currency's country groups (12,34,567)."""
    places = exponent(currency)
    text = amount(number * 10**places, currency)
    return text[: -places - 1] if places else text


def share(part: int, whole: int, currency: str) -> str:
    """Write a share in per cent with one decimal, cut, never rounded up to a whole."""
    if whole <= 0:
        return "–"
    tenths = part * 1000 // whole
    decimal = amount(0, currency)[1:2] or "."
    return f"{tenths // 10}{decimal}{tenths % 10} %"


def months(first: date, month_count: int) -> str:
    """Write the months a cycle pays for: September 2026, or September–October 2026."""
    name = f"{MONTHS[first.month - 1]} {first.year}"
    if month_count == 1:
        return name
    year, month = divmod(first.year * 12 + first.month - 1 + month_count - 1, 12)
    since = MONTHS[first.month - 1] + (f" {first.year}" if year != first.year else "")
    return f"{since}–{MONTHS[month]} {year}"
