"""What the calendar does next by itself, computed from each programme's law."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from cct_engine.console.reading import cycles as reading
from cct_engine.cycle import law
from cct_engine.schedule import next_period, timetable

if TYPE_CHECKING:
    from datetime import date, datetime

    from cct_engine.console.visit import Visit

__all__ = ["Coming", "coming"]


class Coming(NamedTuple):
    """A step that rings at an instant, in the programme's own zone."""

    at: datetime
    verb: str
    programme: str
    period: date
    zone: ZoneInfo


def coming(visit: Visit) -> list[Coming]:
    """Return the next opening and cut-off of each programme in scope, the soonest first.

    What should have rung already is due now, and no longer coming.
    """
    connection, home = visit.connection, visit.place.home
    newest = {one.programme: one for one in reversed(reading.in_scope(connection, visit.scope()))}
    zones = reading.zones(connection)
    found = []
    for programme, last in newest.items():
        rules, zone = law.in_force(programme, home), ZoneInfo(zones[programme])
        period, table = next_period(rules, last.period), timetable(programme)
        for verb, at in (
            ("open", table.opens_at(rules, period, zone)),
            ("freeze", table.freezes_at(rules, period, zone)),
        ):
            if at > visit.at:
                found.append(Coming(at, verb, programme, period, zone))
    return sorted(found, key=lambda one: (one.at, one.programme, one.verb))
