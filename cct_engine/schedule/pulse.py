"""The pulse: each scheduler says every few seconds that it lives, so that a stopped one is seen.

It is kept in the database, because who looks (the console, a collector of metrics, an officer) is
another process, often on another machine. It decides nothing: what is due is computed without it.
"""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["BEAT_SECONDS", "STALE_SECONDS", "Pulse", "beat", "lives", "pulses", "scheduler_name"]

BEAT_SECONDS: Final = 15
STALE_SECONDS: Final = 45
"""Three beats missed: seen within a minute by whoever looks once in a quarter of it."""

_KEPT_FOR: Final = timedelta(days=7)


class Pulse(NamedTuple):
    """One scheduler: when it began, last beat, last rang through, and stopped in order (UTC)."""

    scheduler: str
    began_at: datetime
    beat_at: datetime
    rang_at: datetime | None
    stopped_at: datetime | None


def scheduler_name() -> str:
    """Return what this process is called among schedulers: machine and process."""
    return f"{socket.gethostname()[:100]}/{os.getpid()}"


def beat(
    connection: sa.Connection,
    scheduler: str,
    *,
    at: datetime,
    rang: bool = False,
    stopped: bool = False,
) -> None:
    """Say that a scheduler lives; ``rang``: it came through a ring; ``stopped``: it ends now."""
    connection.execute(
        _BEAT,
        {
            "scheduler": scheduler,
            "at": at,
            "rang_at": at if rang else None,
            "stopped_at": at if stopped else None,
        },
    )
    connection.execute(_FORGET, {"before": at - _KEPT_FOR})


def pulses(connection: sa.Connection) -> list[Pulse]:
    """Return every scheduler of the last days, the newest beat first."""
    return [Pulse(*row) for row in connection.execute(_ALL)]


def lives(found: list[Pulse], *, at: datetime) -> bool:
    """Tell whether a scheduler lives, or none was ever started on this database."""
    fresh = at - timedelta(seconds=STALE_SECONDS)
    return not found or any(one.stopped_at is None and one.beat_at >= fresh for one in found)


_BEAT: Final = sa.text("""
    INSERT INTO schedule.pulse (scheduler, began_at, beat_at, rang_at, stopped_at)
    VALUES (:scheduler, :at, :at, :rang_at, :stopped_at)
    ON CONFLICT (scheduler) DO UPDATE SET
        beat_at = excluded.beat_at, stopped_at = excluded.stopped_at,
        began_at = CASE WHEN pulse.stopped_at IS NULL THEN pulse.began_at
                        ELSE excluded.began_at END,
        rang_at = coalesce(excluded.rang_at, pulse.rang_at)
""")
_FORGET: Final = sa.text("DELETE FROM schedule.pulse WHERE beat_at < :before")
_ALL: Final = sa.text(
    "SELECT scheduler, began_at, beat_at, rang_at, stopped_at FROM schedule.pulse"
    " ORDER BY beat_at DESC, scheduler"
)
