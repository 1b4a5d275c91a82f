"""Numbers and dates as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cct_engine.reports import charts, words
from cct_engine.reports.values import Change, Sum


@pytest.mark.parametrize(
    ("number", "currency", "written"),
    [
        (1_234_567, "INR", "12,34,567"),
        (1_234_567, "BRL", "1.234.567"),
        (1_234_567, "CLP", "1.234.567"),
        (0, "INR", "0"),
        (-1_244, "INR", "-1,244"),
    ],
)
def test_counts_group_as_the_country_of_the_currency_does(
    number: int, currency: str, written: str
) -> None:
    assert words.count(number, currency) == written


@pytest.mark.parametrize(
    ("part", "whole", "currency", "written"),
    [
        (999_999, 1_000_000, "INR", "99.9 %"),
        (1, 1, "BRL", "100,0 %"),
        (0, 5, "INR", "0.0 %"),
        (0, 0, "INR", "–"),
    ],
)
def test_a_share_is_never_rounded_up_to_the_whole(
    part: int, whole: int, currency: str, written: str
) -> None:
    assert words.share(part, whole, currency) == written


def test_a_difference_carries_its_sign() -> None:
    assert words.signed(60_000, "INR") == "+600.00"
    assert words.signed(-60_000, "INR") == "-600.00"
    assert words.signed(0, "INR") == "0.00"


def test_dates_cannot_be_misread() -> None:
    assert words.day(date(2026, 11, 3)) == "3 Nov 2026"
    assert words.instant(datetime(2026, 11, 3, 6, 5, tzinfo=UTC)) == "3 Nov 2026, 06:05 UTC"


@pytest.mark.parametrize(
    ("first", "month_count", "written"),
    [
        (date(2026, 9, 1), 1, "September 2026"),
        (date(2026, 9, 1), 2, "September–October 2026"),
        (date(2026, 12, 1), 2, "December 2026–January 2027"),
    ],
)
def test_a_period_names_its_months(first: date, month_count: int, written: str) -> None:
    assert words.months(first, month_count) == written


@given(st.lists(st.integers(0, 10**15), max_size=8), st.integers(1, 2_000))
def test_a_stacked_bar_is_as_long_as_its_width_and_shows_every_part(
    amounts: list[int], width: int
) -> None:
    parts = [Sum("part", "held", 1, amount) for amount in amounts]
    segments = charts.stacked(parts, width)
    assert len(segments) == sum(1 for amount in amounts if amount)
    assert all(piece.width >= 1 for piece in segments)
    if segments:
        assert segments[-1].x + segments[-1].width in {width, width + 1}


@given(st.lists(st.integers(-(10**9), 10**9), max_size=6))
def test_a_bridge_starts_each_change_where_the_one_before_ended(moves: list[int]) -> None:
    first = 10**10
    changes = [Change("reason", "", 0, move) for move in moves]
    last = Sum("now", "whole", 1, first + sum(moves))
    steps = charts.bridge(Sum("before", "whole", 1, first), changes, last, 640)
    assert len(steps) == len(moves) + 2
    assert all(0 <= step.x <= 640 for step in steps)
    assert all(step.width >= 1 for step in steps if step.amount_minor)
