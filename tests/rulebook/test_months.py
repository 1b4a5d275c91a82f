"""Ages and months: birth-date intervals say exactly what counting years on a calendar says."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cct_engine.rulebook import Month
from cct_engine.rulebook.months import born_by, minus_months

DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2035, 12, 31))


def completed_years(born: date, on: date) -> int:
    """Count birthdays one by one; a child of 29 February has it on 1 March in common years."""
    age = 0
    while True:
        year = born.year + age + 1
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        birthday = (
            date(year, 3, 1)
            if (born.month, born.day) == (2, 29) and not leap
            else date(year, born.month, born.day)
        )
        if birthday > on:
            return age
        age += 1


@given(born=DAYS, on=DAYS, years=st.integers(min_value=1, max_value=20))
def test_old_enough_is_born_by_that_day(born: date, on: date, years: int) -> None:
    if born <= on:
        old_enough = completed_years(born, on) >= years
        assert old_enough == (born <= born_by(on, years, leap_birthday="mar_1"))


@pytest.mark.parametrize(
    ("convention", "on", "old_enough"),
    [
        ("mar_1", date(2027, 2, 28), False),
        ("mar_1", date(2027, 3, 1), True),
        ("feb_28", date(2027, 2, 27), False),
        ("feb_28", date(2027, 2, 28), True),
    ],
)
def test_a_leap_day_child_turns_seven_on_the_day_the_rulebook_says(
    convention: Literal["mar_1", "feb_28"], on: date, *, old_enough: bool
) -> None:
    latest = born_by(on, 7, leap_birthday=convention)
    assert (date(2020, 2, 29) <= latest) == old_enough


def test_months_back_from_the_31st_fall_on_the_last_day_of_a_shorter_month() -> None:
    assert minus_months(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert minus_months(date(2028, 3, 31), 1) == date(2028, 2, 29)
    assert minus_months(date(2026, 1, 15), -2) == date(2026, 3, 15)


def test_a_month_is_one_number_and_reads_back() -> None:
    month = Month.parse("2026-09")
    assert month.number == 2026 * 12 + 8
    assert str(month) == "2026-09"
    assert (month.first_day, month.last_day) == (date(2026, 9, 1), date(2026, 9, 30))
    assert month.plus(4) == Month.parse("2027-01")


@pytest.mark.parametrize("text", ["2026-13", "2026-9", "09-2026", "2026-00", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month"):
        Month.parse(text)
