"""Pay days by the digit of an id, and how long money waits to be drawn."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cct_engine.rulebook import Month, load, pay_calendar, stale_after
from cct_engine.rulebook.business_days import business_calendar

if TYPE_CHECKING:
    from cct_engine.rulebook import Rulebook

LAWS = Path(__file__).parent / "laws"


def test_ten_digits_are_paid_on_the_last_ten_working_days(bolsa_familia: Rulebook) -> None:
    calendar = pay_calendar(bolsa_familia, Month.parse("2026-11"))
    assert [calendar.pay_on(d).day for d in "1234567890"] == [
        16,
        17,
        18,
        19,
        23,
        24,
        25,
        26,
        27,
        30,
    ]
    assert calendar.version == "BR 2026.1"


def test_a_payee_without_an_id_is_paid_on_the_last_day(bolsa_familia: Rulebook) -> None:
    calendar = pay_calendar(bolsa_familia, Month.parse("2026-11"))
    assert calendar.pay_on("") == calendar.last == date(2026, 11, 30)


def test_an_order_for_one_cycle_stands_above_the_rule(bolsa_familia: Rulebook) -> None:
    calendar = pay_calendar(bolsa_familia, Month.parse("2025-12"))
    assert (calendar.first, calendar.last) == (date(2025, 12, 10), date(2025, 12, 23))
    assert calendar.version == "rulebook"


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 2, 16),  # Carnival Monday
        date(2026, 2, 17),
        date(2026, 4, 3),  # Good Friday
        date(2026, 6, 4),  # Corpus Christi
        date(2024, 11, 20),
        date(2026, 9, 5),  # a Saturday
    ],
)
def test_banks_in_brazil_are_closed(day: date) -> None:
    assert not business_calendar("BR").is_open(day)


@pytest.mark.parametrize("day", [date(2023, 11, 20), date(2026, 2, 18), date(2026, 9, 8)])
def test_banks_in_brazil_are_open(day: date) -> None:
    assert business_calendar("BR").is_open(day)


def test_banks_in_delhi_rest_on_sundays_and_every_second_saturday() -> None:
    open_days = {day.day for day in business_calendar("IN").open_days(Month.parse("2026-11"))}
    assert {7, 21} <= open_days
    assert not {1, 8, 14, 15, 22, 28, 29} & open_days


def test_money_is_stale_the_day_after_the_last_valid_one(bolsa_familia: Rulebook) -> None:
    last = stale_after(bolsa_familia, channel="bank", available_on=date(2025, 8, 18))
    assert last == date(2025, 12, 16)


def test_money_in_an_account_never_lapses(dilli_annashree: Rulebook) -> None:
    assert stale_after(dilli_annashree, channel="bank", available_on=date(2013, 1, 1)) is None


def test_a_channel_without_a_rule_is_refused(dilli_annashree: Rulebook) -> None:
    with pytest.raises(LookupError, match="no `unclaimed` rule for 'cash'; has: bank"):
        stale_after(dilli_annashree, channel="cash", available_on=date(2013, 1, 1))


def test_a_country_without_a_calendar_is_refused_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="known: AR, BR, CL, ID, IN, MX"):
        business_calendar("ZZ")


def test_a_law_names_the_holidays_of_a_country_without_a_calendar(tmp_path: Path) -> None:
    text = (LAWS / "scale_grant.yaml").read_text(encoding="utf-8")
    closed = '[{day: "08-25", law: "a"}, {day: 2026-04-06, law: "b"}, {easter: -2, law: "c"}]'

    def paid_on(from_day: int, month: str) -> date:
        days = f"days: {{from_day: {from_day}, business: weekdays, closed: {closed}}}"
        path = tmp_path / "scale_grant.yaml"
        path.write_text(text.replace("days: {first: 10, business: AR}", days), encoding="utf-8")
        return pay_calendar(load(path), Month.parse(month)).first

    # Easter 2026 is 5 April: Good Friday the 3rd and Monday the 6th are closed; 2027's is 28 March.
    assert paid_on(3, "2026-04") == date(2026, 4, 7)
    assert paid_on(5, "2027-04") == date(2027, 4, 5)
    assert paid_on(25, "2026-08") == date(2026, 8, 26)
    assert paid_on(25, "2027-08") == date(2027, 8, 26)


@pytest.mark.parametrize(("weekend", "paid_on"), [("[]", 1), ("[Fri, Sat]", 3), ("[Fri]", 2)])
def test_a_law_may_name_the_weekend_of_its_country(
    tmp_path: Path, weekend: str, paid_on: int
) -> None:
    """In Egypt banks are closed on Fridays and Saturdays; 1 May 2026 is a Friday."""
    text = (LAWS / "scale_grant.yaml").read_text(encoding="utf-8")
    days = f"days: {{first: 1, business: weekdays, weekend: {weekend}}}"
    path = tmp_path / "scale_grant.yaml"
    path.write_text(text.replace("days: {first: 10, business: AR}", days), encoding="utf-8")
    assert pay_calendar(load(path), Month.parse("2026-05")).first == date(2026, 5, paid_on)
