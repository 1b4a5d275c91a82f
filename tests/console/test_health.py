"""/health: it says within a minute that the schedule stopped, whichever process it ran in."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cct_engine import schedule
from cct_engine.clock import FixedClock
from cct_engine.console.serve import _rings
from cct_engine.cycle import Desk
from cct_engine.database import Database
from cct_engine.people import ENGINE
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 9, 5, 12, tzinfo=UTC)


def _desk(database: Database, home: Path, *, later: int) -> Desk:
    at = NOON + timedelta(seconds=later)
    return Desk(database, Settings(home=home), FixedClock(at), ENGINE)


def test_a_schedule_of_another_process_that_was_killed_is_missed_within_a_minute(
    database: Database, tmp_path: Path
) -> None:
    assert _rings(_desk(database, tmp_path, later=0), None)
    with database.transaction() as connection:
        schedule.beat(connection, "elsewhere/1", at=NOON)
    assert _rings(_desk(database, tmp_path, later=40), None)
    assert not _rings(_desk(database, tmp_path, later=60), None)


def test_a_bell_of_our_own_that_died_is_missed_at_once(database: Database, tmp_path: Path) -> None:
    assert not _rings(_desk(database, tmp_path, later=0), threading.Thread())


def test_without_a_database_nothing_is_well(tmp_path: Path) -> None:
    with Database(f"postgresql+psycopg://cct_app@/cct?host={tmp_path}") as away:
        assert not _rings(_desk(away, tmp_path, later=0), None)
