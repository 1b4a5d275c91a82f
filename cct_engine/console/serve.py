"""One process: the console, its workers, and the schedule that rings beside it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
import uvicorn

from cct_engine import schedule
from cct_engine.console.app import application
from cct_engine.console.keeper import Keeper
from cct_engine.people import ENGINE

if TYPE_CHECKING:
    from collections.abc import Collection

    from cct_engine.cycle import Desk

__all__ = ["serve"]


def serve(
    desk: Desk,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    hosts: Collection[str] = (),
    trusted_proxies: str = "127.0.0.1",
    ring_every_seconds: int = 60,
) -> None:
    """Serve until stopped. ``ring_every_seconds`` 0: without the schedule.

    ``trusted_proxies`` are the addresses whose word about HTTPS and the visitor's address counts.
    """
    stop = threading.Event()
    bell = threading.Thread(
        target=_ring,
        args=(replace(desk, officer_id=ENGINE), stop, ring_every_seconds),
        name="schedule",
        daemon=True,
    )
    app = application(
        desk.database,
        desk.settings,
        desk.clock,
        hosts=hosts,
        healthy=lambda: _rings(desk, bell if ring_every_seconds else None),
    )
    keeper = Keeper(desk.database)
    keeper.begin()
    if ring_every_seconds:
        bell.start()
    try:
        uvicorn.run(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=trusted_proxies,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=20,
        )
    finally:
        stop.set()
        keeper.close()
        if ring_every_seconds:
            bell.join(timeout=30)


def _rings(desk: Desk, bell: threading.Thread | None) -> bool:
    """Tell whether our own bell is there, and some scheduler of this database gives signs of life.

    A hung or killed one is missed within a minute; without a bell of ours another process may ring.
    """
    if bell is not None and not bell.is_alive():
        return False
    try:
        with desk.database.transaction() as connection:
            return schedule.lives(schedule.pulses(connection), at=desk.clock.now())
    except sa.exc.OperationalError:
        return False


def _ring(desk: Desk, stop: threading.Event, every_seconds: int) -> None:
    try:
        schedule.run(desk, every_seconds=every_seconds, stop=stop)
    except Exception:
        structlog.get_logger().exception("schedule.stopped")
        raise
