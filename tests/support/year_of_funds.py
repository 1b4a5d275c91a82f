"""A fund with money for a year, for tests that are about something else."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ledger

if TYPE_CHECKING:
    from datetime import datetime

    import sqlalchemy as sa

__all__ = ["fund_the_year"]


def fund_the_year(connection: sa.Connection, *, at: datetime) -> None:
    """Open 2026 and let fund 1 have ten million reais from its second day on."""
    ledger.open_period(
        connection, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31), by=4, at=at
    )
    batch = ledger.Batch(
        event=ledger.Event.APPROPRIATE,
        programme_id=1,
        fund_id=1,
        cycle_id=0,
        value_on=date(2026, 1, 2),
        currency="BRL",
        key="fund/1/appropriate",
        prepared_by=3,
        approved_by=4,
        recorded_at=at,
    )
    lines = ledger.Lines.of(subject=[0], seq=[1], amount_minor=[10**9], reference=[0])
    ledger.post(connection, batch, lines)
