"""What accounts hold: control accounts from the seals, subjects from their balances.

All amounts are minor units, debit positive: a payable is negative while money is owed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from ledger import schema
from ledger.chart import CHART
from ledger.errors import LedgerError
from ledger.events import MIRROR_OFFSET, Event

if TYPE_CHECKING:
    from datetime import date

__all__ = [
    "InTransit",
    "SubjectBalance",
    "Total",
    "TrialBalanceLine",
    "balance",
    "balances_of",
    "in_transit",
    "totals_by_event",
    "trial_balance",
]


class TrialBalanceLine(NamedTuple):
    """One account of one programme and fund; ``balance_minor`` is debits less credits."""

    programme_id: int
    fund_id: int
    currency: str
    book: str
    account: int
    name: str
    debit_minor: int
    credit_minor: int
    balance_minor: int


class SubjectBalance(NamedTuple):
    """What one account holds for one subject."""

    account: int
    name: str
    fund_id: int
    amount_minor: int


class Total(NamedTuple):
    """Lines of an event and their sum, corrections taken off."""

    line_count: int
    total_minor: int


class InTransit(NamedTuple):
    """What was sent through a conduit for a cycle and has no answer yet."""

    programme_id: int
    fund_id: int
    currency: str
    conduit: str | None
    cycle_id: int
    first_sent_on: date
    line_count: int
    amount_minor: int


def trial_balance(
    connection: sa.Connection,
    *,
    programme_id: int | None = None,
    fund_id: int | None = None,
    as_of: date | None = None,
) -> tuple[TrialBalanceLine, ...]:
    """Return the trial balance, per programme, fund and account, in this order.

    Read from the seals, so it costs the same at any number of lines. ``as_of`` includes batches
    with a value date up to and including that day.
    """
    moved, chart = schema.movement.c, schema.account.c
    keys = (moved.programme_id, moved.fund_id, moved.currency)
    query = (
        sa.select(
            *keys,
            chart.book,
            chart.account,
            chart.name,
            _sum(moved.debit_minor),
            _sum(moved.credit_minor),
            _sum(moved.debit_minor - moved.credit_minor),
        )
        .join(schema.account, chart.account == moved.account)
        .group_by(*keys, chart.book, chart.account, chart.name)
        .order_by(*keys, chart.account)
    )
    if programme_id is not None:
        query = query.where(moved.programme_id == programme_id)
    if fund_id is not None:
        query = query.where(moved.fund_id == fund_id)
    if as_of is not None:
        query = query.where(moved.value_on <= as_of)
    return tuple(TrialBalanceLine(*row) for row in connection.execute(query))


def balance(
    connection: sa.Connection, account: int, *, fund_id: int, subject: int | None = None
) -> int:
    """Return what an account of a fund holds now, or what it holds for one subject.

    Raises ``LedgerError`` for a subject of an account that is not kept by subject.
    """
    if subject is None:
        moved = schema.movement.c
        query = sa.select(_sum(moved.debit_minor - moved.credit_minor)).where(
            moved.account == account, moved.fund_id == fund_id
        )
    else:
        if not CHART[account].subsidiary:
            raise LedgerError(
                f"Account {account} ({CHART[account].name}) is not kept by subject: ask for its "
                "balance without one."
            )
        held = schema.balance_block.c
        query = sa.select(_amount_of(subject)).where(
            held.account == account, held.fund_id == fund_id, held.block == subject >> 6
        )
    return connection.execute(query).scalar() or 0


def balances_of(connection: sa.Connection, subject: int) -> tuple[SubjectBalance, ...]:
    """Return what every account kept by subject holds for this one, in any fund, zeros left out."""
    held = schema.balance_block.c
    amount = _amount_of(subject)
    kept = [account.account for account in CHART.values() if account.subsidiary]
    funds = sa.select(schema.batch.c.fund_id).distinct()
    query = (
        sa.select(held.account, held.fund_id, amount.label("amount_minor"))
        .where(
            held.account.in_(kept),
            held.fund_id.in_(funds),
            held.block == subject >> 6,
            amount != 0,
        )
        .order_by(held.account, held.fund_id)
    )
    return tuple(
        SubjectBalance(row.account, CHART[row.account].name, row.fund_id, row.amount_minor)
        for row in connection.execute(query)
    )


def totals_by_event(
    connection: sa.Connection, cycle_id: int, *, fund_id: int | None = None
) -> dict[Event, Total]:
    """Return count and sum of each event of a cycle, corrections taken off, for the proof."""
    header, sealed = schema.batch.c, schema.seal.c
    query = (
        sa.select(header.event, _sum(sealed.line_count), _sum(sealed.total_minor))
        .join(schema.seal, sealed.batch_id == header.batch_id)
        .where(header.cycle_id == cycle_id)
        .group_by(header.event)
        .order_by(header.event)
    )
    if fund_id is not None:
        query = query.where(header.fund_id == fund_id)
    totals: dict[Event, Total] = {}
    for code, count, total in connection.execute(query):
        sign = -1 if code > MIRROR_OFFSET else 1
        event = Event(code % MIRROR_OFFSET)
        before = totals.get(event, Total(0, 0))
        totals[event] = Total(before.line_count + sign * count, before.total_minor + sign * total)
    return totals


def in_transit(connection: sa.Connection) -> tuple[InTransit, ...]:
    """Return what conduits have not answered for, oldest first."""
    view = schema.in_transit.c
    query = (
        sa.select(
            view.programme_id,
            view.fund_id,
            view.currency,
            view.conduit,
            view.cycle_id,
            view.first_sent_on,
            view.in_transit_count,
            view.in_transit_minor,
        )
        .where(view.in_transit_minor != 0)
        .order_by(view.first_sent_on, view.cycle_id, view.fund_id, view.conduit)
    )
    return tuple(InTransit(*row) for row in connection.execute(query))


def _amount_of(subject: int) -> sa.ColumnElement[int]:
    """A subject's amount within its block."""
    return schema.balance_block.c.amounts[(subject & 63) + 1]


def _sum(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)
