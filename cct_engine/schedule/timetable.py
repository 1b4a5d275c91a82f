"""When a cycle opens and freezes by itself: instants made of the law's pay days and a local time.

Pure: no clock, no database. A local time that a change of clocks skips is as much later as the
clocks were moved; one that happens twice is the first of the two. So each cycle has one opening and
one freezing instant in every zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from ruamel.yaml import YAML

from cct_engine.rulebook import Month, Rulebook, pay_calendar

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["Timetable", "instant_of", "next_period", "timetable"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Timetable(NamedTuple):
    """Days before the first pay day on which a cycle is opened and frozen, and the local time."""

    opens_days: int
    freezes_days: int
    local_time: time

    def opens_at(self, rules: Rulebook, period: date, zone: ZoneInfo) -> datetime:
        """Return the instant from which the cycle of a period may be opened (UTC)."""
        return self._before_pay_day(rules, period, zone, self.opens_days)

    def freezes_at(self, rules: Rulebook, period: date, zone: ZoneInfo) -> datetime:
        """Return the instant of the cut-off (UTC)."""
        return self._before_pay_day(rules, period, zone, self.freezes_days)

    def _before_pay_day(self, rules: Rulebook, period: date, zone: ZoneInfo, days: int) -> datetime:
        first = pay_calendar(rules, Month.of(period)).first
        return instant_of(first - timedelta(days=days), self.local_time, zone)


def timetable(programme: str) -> Timetable:
    """Return a programme's timetable; raises ValueError for a key that is none."""
    return _read(programme)


@cache
def _read(programme: str) -> Timetable:
    text = files(__package__).joinpath("timetable.yaml").read_text(encoding="utf-8")
    tree: dict[str, Any] = YAML(typ="safe").load(text)
    entry = tree["default"] | (tree["programmes"] or {}).get(programme, {})
    unknown = sorted(entry.keys() - {"opens", "freezes", "at"})
    if unknown or entry["freezes"] > entry["opens"]:
        raise ValueError(
            f"timetable.yaml, {programme}: {', '.join(unknown) or 'it freezes before it opens'}. "
            "Write opens, freezes (days before the first pay day, opens the larger) and at."
        )
    return Timetable(entry["opens"], entry["freezes"], time.fromisoformat(entry["at"]))


def instant_of(on: date, local_time: time, zone: ZoneInfo) -> datetime:
    """Return the instant at which it is this time on this day in a zone (UTC).

    ``fold`` 0 means the first of two equal times, and for a skipped time the offset of before.
    """
    return datetime.combine(on, local_time, tzinfo=zone).astimezone(UTC)


def next_period(rules: Rulebook, last: date) -> date:
    """Return the first day of the cycle after the one that starts in the month of ``last``."""
    starts = {_MONTHS.index(name) + 1 for name in rules.law.cycle.starts}
    month = Month.of(last).plus(rules.cycle_months)
    while month.of_year not in starts:
        month = month.plus(1)
    return month.first_day
