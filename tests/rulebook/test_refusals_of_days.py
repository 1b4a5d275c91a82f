"""A calendar that leaves somebody without a pay day, or writes a day for nobody, is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cct_engine.rulebook import check_text

LAW = (Path(__file__).parent / "laws" / "village_grant.yaml").read_text(encoding="utf-8")
GOOD = "calendar: {days: {last: 1, business: IN}}"
TWO_MONTHS = "cycle: {every: two_months, starts: [Jan, Mar, May, Jul, Sep, Nov]}"


def told(calendar: str, cycle: str = "cycle: {every: month}") -> list[str]:
    """Return what is told of a calendar put into the law."""
    assert GOOD in LAW
    text = LAW.replace(GOOD, f"calendar: {calendar}").replace("cycle: {every: month}", cycle)
    _, problems = check_text(text, file="law.yaml")
    return [f"{problem.code} {problem.message} {problem.instead}" for problem in problems]


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        (
            '{digit_of: payee.nis, order: "1234567899", days: {last: 10, business: IN}}',
            'RB-034 Nobody whose id ends in 0 has a pay day. Each digit once: "1234567890".',
        ),
        (
            "{digit_of: payee.nis, days: {last: 10, business: IN}}",
            (
                "RB-034 `digit_of` and `order` stand together: whose last digit, and which digit "
                'comes when. digit_of: payee.nis, order: "1234567890"'
            ),
        ),
        (
            "{days: {last: 0, business: IN}}",
            "RB-034 `last: 0` is no number of pay days of every month. 1 to 20.",
        ),
        (
            "{days: {from_day: 45, count: 3, business: IN}}",
            "RB-034 `from_day: 45` is no day of every month. 1 to 28.",
        ),
        (
            "{days: {from_day: 5, count: 0, business: IN}}",
            "RB-034 `count: 0` is no number of pay days of every month. 1 to 20.",
        ),
        (
            "{days: {last: 1, count: 3, business: IN}}",
            (
                "RB-034 `count` goes with `from_day`; `last` and `first` are numbers of days. "
                "Leave it out."
            ),
        ),
        (
            "{days: {business: IN}}",
            (
                "RB-034 The pay days of a month are said in one way, here by nothing. "
                "last: 10, first: 5, or from_day: 10, count: 10."
            ),
        ),
        (
            "{days: {last: 1, first: 2, business: IN}}",
            (
                "RB-034 The pay days of a month are said in one way, here by `last` and `first`. "
                "last: 10, first: 5, or from_day: 10, count: 10."
            ),
        ),
        (
            "{table: [{cycle: 2024-13, from: 2024-01-01, to: 2024-01-05}]}",
            "RB-006 `2024-13` is no month. 2025-12",
        ),
        (
            "{table: [{cycle: 2024-01, from: 2024-02-01, to: 2024-01-05}]}",
            "RB-022 This ends before it begins. A later day.",
        ),
        (
            (
                "{table: [{cycle: 2024-01, from: 2024-01-01, to: 2024-01-05}, "
                "{cycle: 2024-01, from: 2024-02-01, to: 2024-02-05}]}"
            ),
            "RB-002 Cycle 2024-01 has its days twice. One entry.",
        ),
        (
            (
                "{days: {last: 1, business: IN}, exceptions: "
                "[{cycle: 2024-12, days: [2024-12-20, 2024-12-02]}]}"
            ),
            "RB-022 The pay days of a cycle follow each other. Days in date order, each once.",
        ),
    ],
)
def test_a_calendar_that_pays_somebody_on_no_day_is_refused(calendar: str, expected: str) -> None:
    assert told(calendar) == [expected]


def test_days_are_written_for_cycles_that_there_are() -> None:
    calendar = "{table: [{cycle: 2024-02, from: 2024-02-01, to: 2024-02-05}]}"
    assert told(calendar) == []
    assert told(calendar, TWO_MONTHS) == [
        (
            "RB-034 No cycle starts in Feb, so nobody is paid by the days of 2024-02. "
            "A cycle starts in Jan, Mar, May, Jul, Sep, Nov."
        )
    ]
