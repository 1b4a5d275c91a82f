"""The ledger: trial balance, account, batch."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Query

import ledger
from cct_engine.api.caller import Asking, Caller
from cct_engine.api.problems import Trouble
from cct_engine.api.routes import Router, letters
from cct_engine.api.values.base import Number
from cct_engine.api.values.books import (
    AccountFilter,
    AccountPage,
    BatchFilter,
    BatchValue,
    Span,
    TrialBalance,
)
from cct_engine.console.reading import books as reading
from ledger import CHART

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["router"]

router = Router()

_MAY: Final = letters("MCBA")
_PAGE: Final = 50


@router.reads("/ledger/trial-balance", _MAY)
def read_trial_balance(caller: Asking, query: Annotated[Span, Query()]) -> TrialBalance:
    """What is in the books: every account of a fund. Without a fund, the first in scope."""
    with caller.reading() as connection:
        fund, days = _fund(caller, connection, query.fund), _days(caller, query)
        return TrialBalance.model_validate(
            days
            | {
                "fund": fund["code"],
                "currency": fund["currency"],
                "head": ledger.head(connection),
                "rows": reading.trial(connection, fund["fund_id"], **days),
            }
        )


@router.reads("/ledger/accounts/{account}", _MAY)
def read_account(
    caller: Asking, account: Number, query: Annotated[AccountFilter, Query()]
) -> AccountPage:
    """One account of a fund: the batches that moved it, newest first."""
    if account not in CHART:
        raise Trouble("not_there", f"The chart has no account {account}.")
    with caller.reading() as connection:
        fund, days = _fund(caller, connection, query.fund), _days(caller, query)
        rows = reading.batches_of(
            connection,
            account,
            fund["fund_id"],
            since=days["since"],
            until=days["until"],
            before=query.before,
        )
        return AccountPage.model_validate(
            {
                "account": account,
                "name": CHART[account].name,
                "fund": fund["code"],
                "currency": fund["currency"],
                "balance_minor": ledger.balance(connection, account, fund_id=fund["fund_id"]),
                "items": rows[:_PAGE],
                "next": rows[_PAGE - 1]["batch_id"] if len(rows) > _PAGE else None,
            }
        )


@router.reads("/ledger/batches/{batch}", _MAY)
def read_batch(caller: Asking, batch: Number, query: Annotated[BatchFilter, Query()]) -> BatchValue:
    """One batch: its seal and fifty of its lines."""
    with caller.reading() as connection:
        found = reading.batch(connection, batch)
        if found is None or (found["programme"] and not caller.sees(found["programme"])):
            raise Trouble("not_there", f"There is no batch {batch}.")
        rows = reading.lines_of(connection, found, after=(query.after_subject, query.after_seq))
        last = rows[_PAGE - 1] if len(rows) > _PAGE else None
        return BatchValue.model_validate(
            found
            | {
                "lines": rows[:_PAGE],
                "next": last and {"after_subject": last["subject_id"], "after_seq": last["seq"]},
            }
        )


def _fund(caller: Caller, connection: sa.Connection, code: str) -> dict[str, Any]:
    known = reading.funds(connection, caller.scope)
    found = next((one for one in known if not code or one["code"] == code), None)
    if found is None:
        raise Trouble("not_there", "There is no such fund in this officer's scope.")
    return found


def _days(caller: Caller, query: Span) -> dict[str, date]:
    today = caller.at.date()
    return {
        "since": query.since or today.replace(month=1, day=1),
        "until": query.until or today,
        "known_on": query.known_on or today,
    }
