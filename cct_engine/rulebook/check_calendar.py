"""Checks of when a law pays: everybody has a pay day, and each day written down is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.business_days import business_calendars
from cct_engine.rulebook.months import MONTH_NAMES, Month
from cct_engine.rulebook.values import read_date

if TYPE_CHECKING:
    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model_money import Calendar, PayDays

__all__ = ["check_calendar"]

_DIGITS = "0123456789"
_WAYS = ("last", "first", "from_day")
_LATEST = 28
"""A day of the month that every month has."""


def check_calendar(checked: Checked) -> None:
    """Refuse calendars that leave somebody without a day, and days that no cycle is paid on."""
    calendar = checked.law.calendar
    if calendar is None:
        return
    _check_digits(checked, calendar)
    if calendar.days is not None:
        _check_days(checked, calendar.days)
        _check_business(checked, calendar.days)
    if calendar.days is None and not calendar.table:
        checked.refuse(
            ("calendar",), "RB-034", "The calendar has no days.", "days: {…} or table: […]"
        )
    for section in ("exceptions", "table"):
        _check_cycles(checked, section)
    for number, window in enumerate(calendar.table):
        if window.to < window.from_:
            path = ("calendar", "table", number, "to")
            checked.refuse(path, "RB-022", "This ends before it begins.", "A later day.")
    for number, exception in enumerate(calendar.exceptions):
        if list(exception.days) != sorted(set(exception.days)):
            path = ("calendar", "exceptions", number, "days")
            message = "The pay days of a cycle follow each other."
            checked.refuse(path, "RB-022", message, "Days in date order, each once.")


def _check_digits(checked: Checked, calendar: Calendar) -> None:
    if (calendar.digit_of is None) != (calendar.order is None):
        checked.refuse(
            ("calendar",),
            "RB-034",
            "`digit_of` and `order` stand together: whose last digit, and which digit comes when.",
            'digit_of: payee.nis, order: "1234567890"',
        )
    lost = [digit for digit in _DIGITS if digit not in (calendar.order or _DIGITS)]
    if lost:
        checked.refuse(
            ("calendar", "order"),
            "RB-034",
            f"Nobody whose id ends in {' or '.join(lost)} has a pay day.",
            'Each digit once: "1234567890".',
        )


def _check_days(checked: Checked, days: PayDays) -> None:
    written = [way for way in _WAYS if getattr(days, way) is not None]
    if len(written) != 1:
        said = " and ".join(f"`{way}`" for way in written) or "nothing"
        checked.refuse(
            ("calendar", "days"),
            "RB-034",
            f"The pay days of a month are said in one way, here by {said}.",
            "last: 10, first: 5, or from_day: 10, count: 10.",
        )
    for way in written:
        most = _LATEST if way == "from_day" else 20
        _check_number(checked, way, getattr(days, way), most)
    _check_number(checked, "count", days.count, 20)
    if "count" in days.model_fields_set and days.from_day is None:
        message = "`count` goes with `from_day`; `last` and `first` are numbers of days."
        checked.refuse(("calendar", "days", "count"), "RB-034", message, "Leave it out.")


def _check_number(checked: Checked, key: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        message = f"`{key}: {number}` is no number of pay days of every month."
        if key == "from_day":
            message = f"`{key}: {number}` is no day of every month."
        checked.refuse(("calendar", "days", key), "RB-034", message, f"1 to {most}.")


def _check_cycles(checked: Checked, section: str) -> None:
    """Refuse days for what is no cycle of the law, and a cycle's days written twice."""
    starts = checked.law.cycle.starts
    seen: set[str] = set()
    for number, entry in enumerate(getattr(checked.law.calendar, section)):
        path: Path = ("calendar", section, number, "cycle")
        try:
            month = Month.parse(entry.cycle)
        except ValueError:
            checked.refuse(path, "RB-006", f"`{entry.cycle}` is no month.", "2025-12")
            continue
        name = MONTH_NAMES[month.of_year - 1]
        if name not in starts:
            message = f"No cycle starts in {name}, so nobody is paid by the days of {month}."
            checked.refuse(path, "RB-034", message, f"A cycle starts in {', '.join(starts)}.")
        if entry.cycle in seen:
            message = f"Cycle {entry.cycle} has its days twice."
            checked.refuse(path, "RB-002", message, "One entry.")
        seen.add(entry.cycle)


def _check_business(checked: Checked, days: PayDays) -> None:
    path: Path = ("calendar", "days")
    known = business_calendars()
    if days.business not in known:
        checked.refuse(
            (*path, "business"),
            "RB-015",
            f"Nobody knows the business calendar `{days.business}`.",
            f"Known: {', '.join(known)}. For another country `weekdays`, its holidays under "
            '`closed`: {day: "08-25", law: "…"}, {easter: -2, law: "…"}, and its `weekend`.',
        )
    for number, holiday in enumerate(days.closed):
        written = holiday.day if len(holiday.day) > len("08-25") else f"2000-{holiday.day}"
        valid = True
        try:
            read_date(written if holiday.day else "2000-01-01")
        except ValueError:
            valid = False
        if not valid or bool(holiday.day) == (holiday.easter is not None):
            checked.refuse(
                (*path, "closed", number),
                "RB-006",
                "A closed day is a day of each year, one day, or days after Easter.",
                'day: "08-25", day: 2026-08-25 or easter: -2',
            )
