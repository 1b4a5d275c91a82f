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


def test_one_period_follows_the_other() -> None:
    rules = rulebook.programme("bolsa_familia")
    assert next_period(rules, date(2026, 11, 1)) == date(2026, 12, 1)
    assert next_period(rules, date(2026, 12, 1)) == date(2027, 1, 1)
