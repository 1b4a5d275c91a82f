"""Fiscal periods, opened and closed by an officer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ledger
from cct_engine.people import Permission, Refused, Role, accountable, authorise

if TYPE_CHECKING:
    from datetime import date, datetime

    from cct_engine.database import Database

__all__ = ["close_period", "open_period"]

_MAY: Final = frozenset({Role.CHECKER})
_OPEN: Final = Permission("period.open", _MAY)
_CLOSE: Final = Permission("period.close", _MAY, ("opened",))


def open_period(
    database: Database, *, opens_on: date, closes_on: date, by: int, at: datetime
) -> ledger.Period:
    """Open a fiscal period, both dates inclusive; one that is there is returned as it is."""
    with accountable(
        database,
        at=at,
        officer_id=by,
        verb=_OPEN.verb,
        subject=f"period/{opens_on}",
        refusals=(Refused, ledger.LedgerError),
    ) as deed:
        authorise(deed.connection, _OPEN, officer_id=by, at=at)
        known = {period.period_id for period in ledger.periods(deed.connection)}
        period = ledger.open_period(
            deed.connection, opens_on=opens_on, closes_on=closes_on, by=by, at=at
        )
        deed.recorded = period.period_id not in known
    return period


def close_period(database: Database, period_id: int, *, by: int, at: datetime) -> ledger.Period:
    """Close a period for ever; whoever opened it leaves that to another officer."""
    with accountable(
        database,
        at=at,
        officer_id=by,
        verb=_CLOSE.verb,
        subject=f"period/{period_id}",
        refusals=(Refused, ledger.LedgerError),
    ) as deed:
        known = {period.period_id: period for period in ledger.periods(deed.connection)}
        opened = [known[period_id].opened_by] if period_id in known else []
        authorise(deed.connection, _CLOSE, officer_id=by, at=at, earlier={"opened": opened})
        period = ledger.close_period(deed.connection, period_id, by=by, at=at)
        deed.detail |= {"closes_on": period.closes_on.isoformat()}
    return period
