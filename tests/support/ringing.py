"""Rings of the schedule, for processes of their own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cct_engine.clock import FixedClock
from cct_engine.cycle import Desk
from cct_engine.database import Database
from cct_engine.schedule import due, ring
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

__all__ = ["ring_once", "ring_until_done"]


def ring_once(url: str, home: Path, at: datetime) -> None:
    """Ring as the engine's own officer."""
    with Database(url) as database:
        ring(Desk(database, Settings(home=home), FixedClock(at), 1))


def ring_until_done(url: str, home: Path, at: datetime) -> None:
    """Ring again and again, as a scheduler does, until nothing is due any more."""
    with Database(url) as database:
        desk = Desk(database, Settings(home=home), FixedClock(at), 1)
        for _ in range(6_000):
            ring(desk)
            with database.transaction() as connection:
                if not due(connection, at, home=home):
                    return
            time.sleep(0.01)
    raise RuntimeError("Something is due for ever; look at what the schedule refuses.")
