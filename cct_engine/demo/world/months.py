"""Months as numbers, and the windows the law judges in a cycle.

Bolsa Família collects attendance in five windows of two months, the growth of small children and
prenatal visits in two half-years; each is judged in one later cycle (IN 37/2024 and the published
calendar of collections). Months count as year × 12 + month − 1.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

__all__ = ["first_day", "health_window", "month_text", "parsed", "school_days", "school_window"]

_PERIOD = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_EPOCH = date(1970, 1, 1)
_JUDGED_SCHOOL = {3: (10, 11), 5: (2, 3), 7: (4, 5), 9: (6, 7), 11: (8, 9)}
_JUDGED_HEALTH = {5: (7, 12), 11: (1, 6)}
_SCHOOL_DAYS = {
    1: 3,
    2: 14,
    3: 21,
    4: 20,
    5: 21,
    6: 20,
    7: 12,
    8: 21,
    9: 20,
    10: 21,
    11: 20,
    12: 10,
}


def parsed(period: str) -> int:
    """Return the number of a month written as 2026-09."""
    written = _PERIOD.fullmatch(period)
    if written is None:
        raise ValueError(f"{period!r} is no month. Periods are written as 2026-09.")
    return int(written[1]) * 12 + int(written[2]) - 1


def month_text(month: int) -> str:
    """Return a month number as 2026-09."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def first_day(month: int) -> int:
    """Return the first day of a month as days since 1970-01-01."""
    return (date(month // 12, month % 12 + 1, 1) - _EPOCH) // timedelta(days=1)


def school_days(month: int) -> int:
    """Return how many days schools are open in a month; July and December are short."""
    return _SCHOOL_DAYS[month % 12 + 1]


def school_window(period: int) -> tuple[int, ...]:
    """Return the months whose attendance is judged in a cycle, or none."""
    return _judged(_JUDGED_SCHOOL, period)


def health_window(period: int) -> tuple[int, ...]:
    """Return the months whose health visits are judged in a cycle, or none."""
    return _judged(_JUDGED_HEALTH, period)


def _judged(table: dict[int, tuple[int, int]], period: int) -> tuple[int, ...]:
    year, month = period // 12, period % 12 + 1
    window = table.get(month)
    if window is None:
        return ()
    year = year if window[1] < month else year - 1
    return tuple(year * 12 + n - 1 for n in range(window[0], window[1] + 1))
