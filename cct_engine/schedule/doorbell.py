"""The doorbell: APScheduler rings every so often, and that is all it does.

It keeps no jobs and remembers nothing: memory store, one job, missed rings become one. What a ring
means is computed from the calendars each time.
"""

from __future__ import annotations

import threading
from datetime import UTC
from typing import TYPE_CHECKING

import structlog
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from cct_engine.schedule.ring import ClockWentBack, ring

if TYPE_CHECKING:
    from cct_engine.cycle import Desk

__all__ = ["run"]


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
    scheduler.add_job(
        _ring_safely,
        "interval",
        seconds=every_seconds,
        args=[desk],
        id="ring",
    )
    _ring_safely(desk)
    scheduler.start()
    try:
        stop.wait()
    finally:
        scheduler.shutdown(wait=True)


def _ring_safely(desk: Desk) -> None:
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
