"""Months and days of the law: the only calendar arithmetic there is; no statement ever does any."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

__all__ = ["MONTH_NAMES", "Month", "born_by", "day_number", "minus_months", "minus_years"]

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = date(1970, 1, 1)
_FORM = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month as one number, year * 12 + month - 1, as shards and statements keep it."""

    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month a day lies in."""
        return cls(day.year * 12 + day.month - 1)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read ``2026-09``; raise ``ValueError`` for any other form."""
        match = _FORM.fullmatch(text)
        if match is None or not 1 <= int(match[2]) <= len(MONTH_NAMES):
            raise ValueError(f"{text!r} is not a month; write it as 2026-09.")
        return cls(int(match[1]) * 12 + int(match[2]) - 1)

    @property
    def year(self) -> int:
        """Return the calendar year."""
        return self.number // 12

    @property
    def of_year(self) -> int:
        """Return 1 for January to 12 for December."""
        return self.number % 12 + 1

    @property
    def first_day(self) -> date:
        """Return the first day of the month."""
        return date(self.year, self.of_year, 1)

    @property
    def last_day(self) -> date:
        """Return the last day of the month."""
        return date(self.year, self.of_year, monthrange(self.year, self.of_year)[1])

    def plus(self, months: int) -> Month:
        """Return the month that many months later (earlier if negative)."""
        return Month(self.number + months)

    def until(self, last: Month) -> tuple[Month, ...]:
        """Return the months from this one to ``last``, both inclusive."""
        return tuple(Month(number) for number in range(self.number, last.number + 1))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.of_year:02d}"


def day_number(day: date) -> int:
    """Return days since 1970-01-01."""
    return (day - _EPOCH).days


def minus_months(day: date, months: int) -> date:
    """Return the same day that many months earlier; the last of a shorter month where needed."""
    month = Month.of(day).plus(-months)
    return month.first_day + timedelta(days=min(day.day, month.last_day.day) - 1)


def minus_years(day: date, years: int) -> date:
    """Return the same day that many years earlier; 29 February falls on 28 February."""
    return minus_months(day, years * 12)


def born_by(day: date, years: int, *, leap_birthday: Literal["mar_1", "feb_28"]) -> date:
    """Return the latest birth date of somebody who is ``years`` old on ``day``.

    A child of 29 February turns a year older on 1 March in a common year (``mar_1``) or already
    on 28 February (``feb_28``): programmes differ, so the rulebook must say.
    """
    latest = minus_years(day, years)
    on_last_of_february = (day.month, day.day) == (2, 28) and not isleap(day.year)
    if leap_birthday == "feb_28" and on_last_of_february and isleap(latest.year):
        return date(latest.year, 2, 29)
    return latest
