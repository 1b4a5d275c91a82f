"""Which days banks are open, from the calendar files."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from pydantic import Field

from cct_engine.rulebook.model_values import Day, Section
from cct_engine.rulebook.reading import read_text

if TYPE_CHECKING:
    from cct_engine.rulebook.model_money import ClosedDay
    from cct_engine.rulebook.months import Month

__all__ = ["BusinessCalendar", "business_calendar", "business_calendars"]

_PACKAGE = "cct_engine.rulebook.calendars"
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SATURDAY = 5
_LEAP_DAY = "02-29"


class _Fixed(Section):
    day: str = Field(pattern=r"^[0-9]{2}-[0-9]{2}$")
    name: str
    law: str
    from_: int = Field(default=0, alias="from")


class _Moveable(Section):
    offset: int
    name: str
    law: str


class _Single(Section):
    day: Day
    name: str
    law: str


class _File(Section):
    calendar: str
    version: str
    weekend: tuple[str, ...]
    saturdays: tuple[int, ...] = ()
    fixed: tuple[_Fixed, ...] = ()
    easter: tuple[_Moveable, ...] = ()
    dates: tuple[_Single, ...] = ()


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """One country's calendar; ``version`` says which edition of its file decided a date."""

    code: str
    version: str
    _file: _File
    _closed: tuple[ClosedDay, ...] = ()
    _weekend: tuple[str, ...] = ()

    def as_law_says(
        self, *, closed: tuple[ClosedDay, ...], weekend: tuple[str, ...]
    ) -> BusinessCalendar:
        """Return the calendar with a law's holidays beside its own; its weekend in their place."""
        return replace(self, _closed=closed, _weekend=weekend)

    def is_open(self, day: date) -> bool:
        """Return whether banks are open on a day."""
        if _WEEKDAYS[day.weekday()] in (self._weekend or self._file.weekend):
            return False
        nth = (day.day + 6) // 7
        if day.weekday() == _SATURDAY and nth in self._file.saturdays:
            return False
        return day not in self._holidays(day.year)

    def _holidays(self, year: int) -> frozenset[date]:
        fixed = {
            date.fromisoformat(f"{year:04d}-{holiday.day}")
            for holiday in self._file.fixed
            if year >= holiday.from_
        }
        easter = _easter(year)
        moveable = {easter + timedelta(days=holiday.offset) for holiday in self._file.easter}
        single = {holiday.day for holiday in self._file.dates}
        return frozenset(fixed | moveable | single | self._by_law(year, easter))

    def _by_law(self, year: int, easter: date) -> set[date]:
        days: set[date] = set()
        for holiday in self._closed:
            if holiday.easter is not None:
                days.add(easter + timedelta(days=holiday.easter))
            elif holiday.day != _LEAP_DAY or isleap(year):
                written = (
                    holiday.day
                    if len(holiday.day) > len(_LEAP_DAY)
                    else f"{year:04d}-{holiday.day}"
                )
                days.add(date.fromisoformat(written))
        return days

    def open_days(self, month: Month) -> tuple[date, ...]:
        """Return the days of a month on which banks are open, in order."""
        first, last = month.first_day, month.last_day
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return tuple(day for day in days if self.is_open(day))

    def on_or_after(self, day: date) -> date:
        """Return the first open day from a day on."""
        while not self.is_open(day):
            day += timedelta(days=1)
        return day


def business_calendars() -> tuple[str, ...]:
    """Return the codes of the shipped calendars."""
    names = (item.name for item in resources.files(_PACKAGE).iterdir())
    return tuple(sorted(n.removesuffix(".yaml") for n in names if n.endswith(".yaml")))


@cache
def business_calendar(code: str) -> BusinessCalendar:
    """Return a shipped calendar; raise ``KeyError`` with the known codes."""
    if code not in business_calendars():
        raise KeyError(f"No business calendar {code!r}; known: {', '.join(business_calendars())}.")
    file = resources.files(_PACKAGE).joinpath(f"{code}.yaml")
    document = read_text(file.read_text(encoding="utf-8"), file=f"{code}.yaml")
    read = _File.model_validate(document.tree)
    return BusinessCalendar(read.calendar, read.version, read)


def _easter(year: int) -> date:
    """Return Easter Sunday (Gregorian; Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    lunar = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * lunar) // 433
    month = (h + lunar - 7 * m + 90) // 25
    return date(year, month, (h + lunar - 7 * m + 33 * month + 19) % 32)
