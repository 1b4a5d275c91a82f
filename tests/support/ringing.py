"""One ring of the schedule, for a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.clock import FixedClock
from cct_engine.cycle import Desk
from cct_engine.database import Database
from cct_engine.schedule import ring
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

__all__ = ["ring_once"]


def ring_once(url: str, home: Path, at: datetime) -> None:
    """Ring as the engine's own officer."""
    with Database(url) as database:
        ring(Desk(database, Settings(home=home), FixedClock(at), 1))
