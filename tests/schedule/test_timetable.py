"""Each cycle opens and freezes once, in every zone, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from cct_engine import rulebook
from cct_engine.schedule import instant_of, next_period, timetable

ZONES = (
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "America/Santiago",
    "Asia/Manila",
    "Asia/Jakarta",
    "Europe/Lisbon",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("local_time", [time(0, 30), time(2, 30), time(6), time(23, 59)])
def test_every_day_of_ten_years_has_one_instant_and_they_follow_one_another(
    zone: str, local_time: time
) -> None:
    there = ZoneInfo(zone)
    days = [date(2016, 1, 1) + timedelta(days=number) for number in range(3653)]
    instants = [instant_of(day, local_time, there) for day in days]
    assert all(earlier < later for earlier, later in pairwise(instants))
    gaps = {later - earlier for earlier, later in pairwise(instants)}
    assert min(gaps) >= timedelta(hours=22)
    assert max(gaps) <= timedelta(hours=26)


@pytest.mark.parametrize("programme", ["bolsa_familia", "dilli_annashree"])
def test_a_cycle_opens_before_it_freezes_and_freezes_before_it_pays(programme: str) -> None:
    rules = rulebook.programme(programme)
    zone = ZoneInfo("America/Sao_Paulo")
    table = timetable(programme)
    for month in range(1, 13):
        period = date(2026, month, 1)
        pays = rulebook.pay_calendar(rules, rulebook.Month.of(period)).first
        opens = table.opens_at(rules, period, zone)
        freezes = table.freezes_at(rules, period, zone)
        assert opens < freezes < datetime.combine(pays, time(0), tzinfo=UTC)
        assert (pays - opens.astimezone(zone).date()).days == 20


@pytest.fixture(scope="module")
def pay_days() -> dict[date, date]:
    """The first pay day of 120 cycles of a monthly law."""
    rules = rulebook.programme("bolsa_familia")
    periods = [date(2026 + number // 12, number % 12 + 1, 1) for number in range(120)]
    return {
        period: rulebook.pay_calendar(rules, rulebook.Month.of(period)).first for period in periods
    }


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("every_hours", [1, 5, 26])
def test_over_ten_years_a_bell_in_any_zone_starts_each_cycle_once_and_in_order(
    zone: str, every_hours: int, pay_days: dict[date, date]
) -> None:
    """The bell rings by UTC, as the doorbell does; what is due is computed from local times."""
    there, table = ZoneInfo(zone), timetable("bolsa_familia")
    waiting = sorted(
        (instant_of(pays - timedelta(days=days), table.local_time, there), verb, period)
        for period, pays in pay_days.items()
        for verb, days in (("open", table.opens_days), ("freeze", table.freezes_days))
    )
    began: list[tuple[str, date]] = []
    at, often = datetime(2025, 11, 1, tzinfo=UTC), timedelta(hours=every_hours)
    while at < datetime(2036, 2, 1, tzinfo=UTC):
        while waiting and waiting[0][0] <= at:
            instant, verb, period = waiting.pop(0)
            assert at - instant < often
            began.append((verb, period))
        at += often
    assert waiting == []
    assert len(began) == len(set(began)) == 240
    for verb in ("open", "freeze"):
        assert [period for name, period in began if name == verb] == list(pay_days)


def test_one_period_follows_the_other() -> None:
    rules = rulebook.programme("bolsa_familia")
    assert next_period(rules, date(2026, 11, 1)) == date(2026, 12, 1)
    assert next_period(rules, date(2026, 12, 1)) == date(2027, 1, 1)
