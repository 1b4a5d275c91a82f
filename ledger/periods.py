"""Fiscal periods: a batch belongs to the open one that holds its value date."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from ledger import schema
from ledger.digest import GENESIS, canonical_digest
from ledger.errors import LedgerError, PeriodClosed
from ledger.seals import locked_head

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["Period", "close_period", "closing_digest", "open_period", "opening_digest", "periods"]


class Period(NamedTuple):
    """A fiscal period; both dates are inclusive."""

    period_id: int
    opens_on: date
    closes_on: date
    closed_at: datetime | None
    opened_by: int


def open_period(
    connection: sa.Connection, *, opens_on: date, closes_on: date, by: int, at: datetime
) -> Period:
    """Open a fiscal period, both dates inclusive; one that is there is returned as it is.

    Raises ``LedgerError`` if it overlaps another or ends before it begins.
    """
    locked_head(connection)
    table = schema.fiscal_period
    known = list(connection.execute(sa.select(table).order_by(table.c.period_id)))
    for row in known:
        if (row.opens_on, row.closes_on) == (opens_on, closes_on):
            return Period(row.period_id, opens_on, closes_on, row.closed_at, row.opened_by)
    overlapped = [row for row in known if row.opens_on <= closes_on and opens_on <= row.closes_on]
    if overlapped or closes_on < opens_on:
        other = f"overlaps period {overlapped[0].period_id}" if overlapped else "ends too early"
        raise LedgerError(
            f"A fiscal period from {opens_on} to {closes_on} {other}. Periods follow one another "
            "without overlap, so that each value date has one."
        )
    period_id = len(known) + 1
    previous = known[-1].digest if known else GENESIS
    digest = opening_digest(
        previous,
        period_id=period_id,
        opens_on=opens_on,
        closes_on=closes_on,
        opened_by=by,
        opened_at=at,
    )
    connection.execute(
        sa.insert(table).values(
            period_id=period_id,
            opens_on=opens_on,
            closes_on=closes_on,
            opened_by=by,
            opened_at=at,
            digest=digest,
        )
    )
    return Period(period_id, opens_on, closes_on, None, by)


def close_period(connection: sa.Connection, period_id: int, *, by: int, at: datetime) -> Period:
    """Close a period for ever: no batch enters it any more. Raises ``PeriodClosed`` if it is."""
    table = schema.fiscal_period
    # First the period, as a posting does, then the head: the other way round the two could wait
    # for one another.
    row = connection.execute(
        sa.select(table).where(table.c.period_id == period_id).with_for_update()
    ).first()
    if row is None:
        raise LedgerError(f"There is no fiscal period {period_id} to close.")
    _, head = locked_head(connection)
    digest = closing_digest(row.digest, closed_by=by, closed_at=at, closed_head=head)
    closed = connection.execute(
        sa.update(table)
        .where(table.c.period_id == period_id, table.c.closed_at.is_(None))
        .values(closed_by=by, closed_at=at, closed_head=head, closed_digest=digest)
    )
    if closed.rowcount == 0:
        raise PeriodClosed(f"Fiscal period {period_id} was closed on {row.closed_at:%Y-%m-%d}.")
    return Period(period_id, row.opens_on, row.closes_on, at, row.opened_by)


def periods(connection: sa.Connection) -> tuple[Period, ...]:
    """Return all fiscal periods in order of opening."""
    table = schema.fiscal_period
    rows = connection.execute(sa.select(table).order_by(table.c.period_id))
    return tuple(
        Period(r.period_id, r.opens_on, r.closes_on, r.closed_at, r.opened_by) for r in rows
    )


def opening_digest(
    previous: str,
    *,
    period_id: int,
    opens_on: date,
    closes_on: date,
    opened_by: int,
    opened_at: datetime,
) -> str:
    """Return the digest of an opening; it covers the openings before it."""
    return canonical_digest(
        "cct-ledger-period-1", [previous, period_id, opens_on, closes_on, opened_by, opened_at]
    )


def closing_digest(opened: str, *, closed_by: int, closed_at: datetime, closed_head: str) -> str:
    """Return the digest of a closing; it names the head of the chain at that moment."""
    return canonical_digest("cct-ledger-closing-1", [opened, closed_by, closed_at, closed_head])
