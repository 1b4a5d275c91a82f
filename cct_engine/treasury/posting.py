"""The batches of a confirmed voucher."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import ledger
from cct_engine.treasury.acts import ACTS, CORRECT, YEAR_END

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cct_engine.treasury.vouchers import Voucher

__all__ = ["lapsing", "post_voucher"]

_ENCUMBERED, _ALLOTTED, _NOT_ALLOTTED = 8030, 8020, 8015


def lapsing(connection: sa.Connection, fund_id: int) -> tuple[tuple[ledger.Event, int], ...]:
    """Return what lapses from each budget account of a fund at year end, in minor units."""
    encumbered, allotted, waiting = (
        -ledger.balance(connection, account, fund_id=fund_id)
        for account in (_ENCUMBERED, _ALLOTTED, _NOT_ALLOTTED)
    )
    return (
        (ledger.Event.UNENCUMBER, encumbered),
        (ledger.Event.LAPSE, allotted),
        (ledger.Event.LAPSE_NOT_ALLOTTED, waiting),
    )


def post_voucher(
    connection: sa.Connection, voucher: Voucher, *, approved_by: int, at: datetime
) -> tuple[ledger.Seal, ...]:
    """Post what a voucher says; a repeat posts nothing. Raises ``ledger.LedgerError``."""

    def batch(event: ledger.Event, reverses: int | None = None) -> ledger.Batch:
        return ledger.Batch(
            event=event,
            programme_id=voucher.programme_id,
            fund_id=voucher.fund_id,
            cycle_id=voucher.cycle_id,
            value_on=voucher.value_on,
            currency=voucher.currency,
            key=f"voucher/{voucher.voucher_id}/{event.name.lower()}",
            prepared_by=voucher.proposed_by,
            approved_by=approved_by,
            recorded_at=at,
            conduit=voucher.conduit,
            reverses=reverses,
        )

    if voucher.act == CORRECT and voucher.reverses is not None:
        event, lines = _mirrored(connection, voucher.reverses)
        return (ledger.post_selected(connection, batch(event, voucher.reverses), lines),)
    return tuple(
        ledger.post(connection, batch(event), lines) for event, lines in _of(connection, voucher)
    )


def _of(connection: sa.Connection, voucher: Voucher) -> Iterator[tuple[ledger.Event, ledger.Lines]]:
    if voucher.act == YEAR_END:
        freed = 0
        for event, left in lapsing(connection, voucher.fund_id):
            amount = left + freed if event is ledger.Event.LAPSE else left
            freed = left if event is ledger.Event.UNENCUMBER else 0
            if amount:
                yield event, _one(voucher, subject=0, amount_minor=amount)
        return
    act = ACTS[voucher.act]
    for event in act.events:
        kept = ledger.CHART[ledger.TEMPLATES[event].debit].book == "financial"
        subject = voucher.subject_id if kept else 0
        yield event, _one(voucher, subject=subject, amount_minor=voucher.amount_minor)


def _one(voucher: Voucher, *, subject: int, amount_minor: int) -> ledger.Lines:
    return ledger.Lines.of(
        subject=[subject],
        seq=[voucher.voucher_id],
        amount_minor=[amount_minor],
        reference=[voucher.reference],
    )


def _mirrored(connection: sa.Connection, batch_id: int) -> tuple[ledger.Event, sa.Select[Any]]:
    event, cycle_id, slot = connection.execute(
        sa.text(
            "SELECT b.event, b.cycle_id, t.slot FROM ledger.batch b"
            " JOIN ledger.template t USING (event) WHERE b.batch_id = :batch_id"
        ),
        {"batch_id": batch_id},
    ).one()
    line = sa.table(
        "journal",
        *(
            sa.column(name, kind)
            for name, kind in (
                ("subject_id", sa.BigInteger),
                ("seq", sa.Integer),
                ("amount_minor", sa.BigInteger),
                ("reference", sa.BigInteger),
                ("cycle_id", sa.Integer),
                ("slot", sa.SmallInteger),
                ("batch_id", sa.Integer),
            )
        ),
        schema="ledger",
    )
    lines = sa.select(line.c.subject_id, line.c.seq, line.c.amount_minor, line.c.reference).where(
        line.c.cycle_id == cycle_id, line.c.slot == slot, line.c.batch_id == batch_id
    )
    return ledger.Event(event), lines
