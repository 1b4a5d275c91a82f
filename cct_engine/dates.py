"""Dates as people read them: no order of numbers to mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["MONTHS", "day", "instant"]

MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(on: date) -> str:
    """Write a date like 3 Nov 2026."""
    return f"{on.day} {MONTHS[on.month - 1][:3]} {on.year}"


def instant(at: datetime) -> str:
    """Write an instant with its zone."""
    return f"{day(at.date())}, {at:%H:%M} {at.tzname() or ''}".strip()
