"""One writer of the registry at a time: its lock, its clock, its numbers."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine.registry.intake.stage import scalar

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["known_instant", "next_id", "stand_still"]

_WRITER: Final = 0x63_63_74_72_65_67  # "cctreg"


def stand_still(connection: sa.Connection) -> None:
    """Let running intakes end and keep new ones out until this transaction ends.

    Whoever pins a cut-off calls it first, so that no file is known in part.
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITER)))


def known_instant(connection: sa.Connection, at: datetime) -> datetime:
    """Return the instant from which rows written now are known.

    It is ``at``, but always after the newest cut-off of any cycle: what comes after a cut-off is
    known after it, whatever the clock says. Raises ValueError if the clock went back.
    """
    if at.tzinfo is None:
        raise ValueError("An intake needs an instant with a time zone; ask the clock for one.")
    newest = connection.execute(
        sa.text(
            "SELECT (SELECT max(taken_in_at) FROM registry.feed_file),"
            " (SELECT max(as_of_known) FROM cycle.cycle)"
        )
    ).one()
    last_intake, last_cut_off = newest
    known_at = at.astimezone(UTC)
    if last_cut_off is not None and known_at <= last_cut_off:
        known_at = last_cut_off + timedelta(microseconds=1)
    if last_intake is not None and known_at < last_intake:
        raise ValueError(
            f"The clock says {at.isoformat()}, but a file was taken in at "
            f"{last_intake.isoformat()}. "
            "Rows known before they came would change closed cycles; set the clock right."
        )
    return known_at


def next_id(connection: sa.Connection, table: str, column: str) -> int:
    """Return the next id of a table; only under the registry's writer lock."""
    return scalar(connection, f"SELECT coalesce(max({column}), 0) + 1 FROM {table}")
