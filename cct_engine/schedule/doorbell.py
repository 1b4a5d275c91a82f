"""The doorbell: APScheduler rings every so often, and that is all it does.

It keeps no jobs and remembers nothing: memory store, missed rings become one. What a ring means is
computed from the calendars each time. Beside the rings, on threads of their own, it says that it
lives and posts mails to officers: neither can hold up a ring, nor a long ring them.
"""

from __future__ import annotations

import threading
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

import structlog
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from cct_engine import mail
from cct_engine.schedule.due import due
from cct_engine.schedule.pulse import BEAT_SECONDS, beat, scheduler_name
from cct_engine.schedule.ring import ClockWentBack, ring

if TYPE_CHECKING:
    from cct_engine.cycle import Desk

__all__ = ["run"]

_NEVER_LATE: Final = frozenset({"reconcile", "anchor"})
"""Due from the moment somebody looks, so nothing is known about since when."""


def run(desk: Desk, *, every_seconds: int = 60, stop: threading.Event | None = None) -> None:
    """Ring now, then every so many seconds until ``stop`` is set (or for ever).

    A ring that takes longer than the interval is waited for; the rings missed meanwhile are one.
    """
    stop = stop or threading.Event()
    scheduler = BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        timezone=UTC,
    )
    name = scheduler_name()
    _beat(desk, name)
    scheduler.add_job(_beat, "interval", seconds=BEAT_SECONDS, args=[desk, name], id="beat")
    scheduler.add_job(_post, "interval", seconds=every_seconds, args=[desk], id="post")
    scheduler.start()
    try:
        _ring_safely(desk, name)
        scheduler.add_job(
            _ring_safely, "interval", seconds=every_seconds, args=[desk, name], id="ring"
        )
        stop.wait()
    finally:
        scheduler.shutdown(wait=True)
        _beat(desk, name, stopped=True)


def _beat(desk: Desk, name: str, *, rang: bool = False, stopped: bool = False) -> None:
    with desk.database.transaction() as connection:
        beat(connection, name, at=desk.clock.now(), rang=rang, stopped=stopped)


def _post(desk: Desk) -> None:
    """Tell officers what waits, and which steps of the engine itself are late."""
    if not desk.settings.smtp_host:
        return
    at = desk.clock.now()
    before = at - timedelta(hours=desk.settings.late_hours)
    with desk.database.transaction() as connection:
        late = [
            mail.Overdue(one.verb, one.programme, one.cycle, one.since)
            for one in due(connection, at, home=desk.home)
            if one.verb not in _NEVER_LATE and one.since <= before
        ]
    mail.post(desk, late=late)


def _ring_safely(desk: Desk, name: str) -> None:
    """Ring; a clock that went back is said and waited out, everything else stays an error."""
    log = structlog.get_logger()
    try:
        rung = ring(desk)
    except ClockWentBack as refusal:
        log.error("schedule.clock_went_back", reason=str(refusal))  # noqa: TRY400 - no stack needed
        return
    log.info(
        "schedule.rung",
        done_count=sum(1 for one in rung if not one.refusal),
        refused_count=sum(1 for one in rung if one.refusal),
    )
    _beat(desk, name, rang=True)
