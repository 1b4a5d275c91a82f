"""Days and instants of a cycle: the programme's own date, and the day its money is to arrive."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from cct_engine.clock import local_date

if TYPE_CHECKING:
    from datetime import date

    from cct_engine.cycle.record import Cycle

__all__ = ["ALL_KNOWN", "today_of", "value_day"]

ALL_KNOWN: Final = datetime(9999, 12, 30, tzinfo=UTC)
"""Known time of 'everything known by now': rows that are known still have no end."""


def today_of(connection: sa.Connection, cycle: Cycle, at: datetime) -> date:
    """Return the date of an instant where the programme is."""
    zone = connection.execute(
        sa.text("SELECT time_zone FROM registry.programme WHERE programme_id = :programme_id"),
        {"programme_id": cycle.programme_id},
    ).scalar_one()
    return local_date(at, ZoneInfo(zone))


def value_day(connection: sa.Connection, cycle: Cycle, at: datetime) -> date:
    """Return the day the money is to be in the accounts: as planned, and never in the past."""
    today = today_of(connection, cycle, at)
    return max(cycle.value_on or today, today)
