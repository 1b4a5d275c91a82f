"""What an approval writes into the books: one batch per event, selected from the list itself.

Recognition follows IPSAS 42: expense and liability arise with the approval. What is held or
withheld is owed as well, on accounts of its own; what is forfeited is a memo of the list. Every
expense moves the budget with it (8020 → 8030 → 8040).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

import ledger
from cct_engine.cycle.carrying_over import CARRIED, carried_lines, note_carried
from cct_engine.cycle.tables import entitlement_line as line

if TYPE_CHECKING:
    from datetime import date, datetime

    from cct_engine.cycle.record import Cycle

__all__ = ["Posting", "expense_minor", "of_approval", "post_all"]

_OWED = line.c.source.in_(["due", "arrears"])


class Posting(NamedTuple):
    """One batch of an approval and the lines it is made of (subject, seq, amount, reference)."""

    event: ledger.Event
    lines: sa.Select[Any]


def expense_minor(connection: sa.Connection, cycle_id: int) -> int:
    """Return what approving the list would add to expense: all that is owed, whatever its state."""
    total = connection.execute(
        sa.select(sa.cast(sa.func.coalesce(sa.func.sum(line.c.amount_minor), 0), sa.BigInteger))
        .where(line.c.cycle_id == cycle_id)
        .where(_OWED, line.c.money_state != "forfeited")
    )
    return int(total.scalar_one())


def of_approval(cycle_id: int) -> tuple[Posting, ...]:
    """Return the batches of a list in the order in which the accounts allow them."""
    event = ledger.Event
    owed = sa.and_(_OWED, line.c.money_state != "forfeited")
    lapsed = line.c.source == "lapsed"
    held, withheld = line.c.reason_code.like("held:%"), line.c.reason_code.like("withheld:%")
    given = line.c.source == "released"
    return (
        Posting(event.ENCUMBER, _sum(cycle_id, owed)),
        Posting(event.EXPEND, _sum(cycle_id, owed)),
        Posting(event.ENTITLE, _lines(cycle_id, owed, line.c.money_state != "held")),
        Posting(event.HOLD, _lines(cycle_id, owed, line.c.money_state == "held")),
        Posting(event.WITHHOLD_RETAINED, _lines(cycle_id, owed, line.c.money_state == "withheld")),
        Posting(event.RELEASE_HOLD, _lines(cycle_id, given, held)),
        Posting(event.RELEASE_WITHHELD, _lines(cycle_id, given, withheld)),
        *_lapses(cycle_id, sa.and_(lapsed, held), 2105),
        *_lapses(cycle_id, sa.and_(lapsed, withheld), 2110),
        *_overpaid(cycle_id),
        Posting(event.UNEXPEND, _unspent(cycle_id, lapsed)),
        Posting(event.RECOVER_BY_NETTING, _lines(cycle_id, line.c.source == "recovery", sign=-1)),
    )


def post_all(
    connection: sa.Connection, cycle: Cycle, *, approved_by: int, value_on: date, at: datetime
) -> dict[str, int]:
    """Post every batch that has lines; return the money by event in minor units.

    Keys are ``cycle/<code>/<event>``, so a repeat posts nothing. First what the list needs of the
    funds of earlier years is carried over; those keys end with the older fund. Raises
    ``ledger.LedgerError``.
    """
    prepared_by = cycle.prepared_by
    if prepared_by is None:
        raise ValueError(f"{cycle.code} was never submitted; nobody prepared what would be posted.")
    posted: dict[str, int] = {}

    def post(event: ledger.Event, lines: sa.Select[Any], fund_id: int, key: str) -> None:
        batch = ledger.Batch(
            event=event,
            programme_id=cycle.programme_id,
            fund_id=fund_id,
            cycle_id=cycle.cycle_id,
            value_on=value_on,
            currency=cycle.currency,
            key=f"cycle/{cycle.code}/{key}",
            prepared_by=prepared_by,
            approved_by=approved_by,
            recorded_at=at,
        )
        name = event.name.lower()
        total = ledger.post_selected(connection, batch, lines).total_minor
        posted[name] = posted.get(name, 0) + total

    note_carried(connection, cycle)
    for event, fund_id, older, lines in carried_lines(connection, cycle.fund_id):
        post(event, lines, fund_id, f"{event.name.lower()}/{older}")
    for posting in of_approval(cycle.cycle_id):
        if connection.execute(posting.lines.limit(1)).first() is not None:
            post(posting.event, posting.lines, cycle.fund_id, posting.event.name.lower())
    return posted


def _sum(cycle_id: int, which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """One line for the fund itself, numbered by the fund: the sum of the lines."""
    total = sa.cast(sa.func.sum(line.c.amount_minor), sa.BigInteger)
    zero = sa.cast(0, sa.BigInteger)
    columns: list[sa.ColumnElement[Any]] = [
        zero.label("subject"),
        sa.func.max(line.c.fund_id).label("seq"),
        total.label("amount_minor"),
        zero.label("reference"),
    ]
    return sa.select(*columns).where(line.c.cycle_id == cycle_id, which).having(total > 0)


def _overpaid(cycle_id: int) -> tuple[Posting, Posting]:
    """What a correction found to be taken back, by household; the reference is the cycle it is of.

    An overpayment of an earlier fund year is revenue, not less expense.
    """
    event = ledger.Event
    return (
        Posting(event.OVERPAYMENT, _recoverable(cycle_id, "=")),
        Posting(event.OVERPAYMENT_PRIOR_YEAR, _recoverable(cycle_id, "<>")),
    )


def _lapses(cycle_id: int, lapsed: sa.ColumnElement[bool], account: int) -> tuple[Posting, Posting]:
    """What lapses, by line; of a family that carried money over, the sum of each year.

    An expense of an earlier fund year that lapses is revenue, not less expense.
    """
    event = ledger.Event
    same, prior = {
        2105: (event.FORFEIT_HOLD, event.FORFEIT_HOLD_PRIOR_YEAR),
        2110: (event.FORFEIT_WITHHELD, event.FORFEIT_WITHHELD_PRIOR_YEAR),
    }[account]
    carried = (
        sa.select(CARRIED.c.household_id, sa.func.sum(CARRIED.c.amount_minor).label("amount"))
        .where(CARRIED.c.account == account)
        .group_by(CARRIED.c.household_id)
        .subquery("carried")
    )
    sums = (
        sa.select(
            line.c.household_id.label("subject"),
            sa.func.min(line.c.line_seq).label("seq"),
            sa.func.sum(line.c.amount_minor).label("gone"),
            sa.func.least(sa.func.sum(line.c.amount_minor), sa.func.min(carried.c.amount)).label(
                "prior"
            ),
        )
        .join(carried, carried.c.household_id == line.c.household_id)
        .where(line.c.cycle_id == cycle_id, lapsed)
        .group_by(line.c.household_id)
        .subquery("sums")
    )

    def of(amount: sa.ColumnElement[Any]) -> sa.Select[Any]:
        return sa.select(
            sums.c.subject,
            sums.c.seq,
            sa.cast(amount, sa.BigInteger).label("amount_minor"),
            sa.cast(0, sa.BigInteger).label("reference"),
        ).where(amount > 0)

    here = line.c.household_id.not_in(sa.select(carried.c.household_id))
    this_year = sa.union_all(_lines(cycle_id, lapsed, here), of(sums.c.gone - sums.c.prior))
    rows = this_year.subquery("rows")
    return Posting(same, sa.select(*rows.c)), Posting(prior, of(sums.c.prior))


def _prior_lapses(cycle_id: int, lapsed: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """What of the lapsed money was expense of an earlier fund year."""
    sums = []
    for account, kind in ((2105, "held:%"), (2110, "withheld:%")):
        _, prior = _lapses(cycle_id, sa.and_(lapsed, line.c.reason_code.like(kind)), account)
        rows = prior.lines.subquery(f"prior_{account}")
        sums.append(sa.select(sa.func.coalesce(sa.func.sum(rows.c.amount_minor), 0)))
    return sa.select(sums[0].scalar_subquery() + sums[1].scalar_subquery()).scalar_subquery()


_SAME_YEAR = """
    FROM cycle.correction_line AS l
    JOIN cycle.cycle AS late ON late.cycle_id = l.cycle_id
    JOIN registry.fund AS pays ON pays.fund_id = late.fund_id
    JOIN cycle.cycle AS past ON past.cycle_id = l.corrected_cycle_id
    JOIN registry.fund AS paid ON paid.fund_id = past.fund_id
    WHERE l.cycle_id = {cycle_id} AND l.recoverable_minor > 0 AND pays.year {same} paid.year"""


def _recoverable(cycle_id: int, same: str) -> sa.Select[Any]:
    rows = (
        sa.text(
            "SELECT household_id AS subject, CAST(row_number() OVER (PARTITION BY household_id"
            " ORDER BY corrected_cycle_id) AS integer) AS seq, amount_minor,"
            " CAST(corrected_cycle_id AS bigint) AS reference FROM (SELECT l.household_id,"
            " l.corrected_cycle_id, CAST(sum(l.recoverable_minor) AS bigint) AS amount_minor"
            f"{_SAME_YEAR.format(cycle_id=int(cycle_id), same=same)}"
            " GROUP BY l.household_id, l.corrected_cycle_id) AS owed"
        )
        .columns(
            subject=sa.BigInteger,
            seq=sa.Integer,
            amount_minor=sa.BigInteger,
            reference=sa.BigInteger,
        )
        .subquery("overpaid")
    )
    return sa.select(rows.c.subject, rows.c.seq, rows.c.amount_minor, rows.c.reference)


def _unspent(cycle_id: int, lapsed: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """One line for the fund: expense of this year that is taken back, lapsed or overpaid."""
    overpaid = sa.text(
        "SELECT CAST(coalesce(sum(l.recoverable_minor), 0) AS bigint) AS amount"
        f"{_SAME_YEAR.format(cycle_id=int(cycle_id), same='=')}"
    ).columns(amount=sa.BigInteger)
    gone = sa.select(sa.func.coalesce(sa.func.sum(line.c.amount_minor), 0)).where(
        line.c.cycle_id == cycle_id, lapsed
    )
    total = gone.scalar_subquery() + sa.select(overpaid.subquery("o").c.amount).scalar_subquery()
    total -= _prior_lapses(cycle_id, lapsed)
    fund = sa.text(f"SELECT fund_id FROM cycle.cycle WHERE cycle_id = {int(cycle_id)}").columns(
        fund_id=sa.Integer
    )
    of_fund = fund.subquery("f")
    zero = sa.cast(0, sa.BigInteger)
    amount = sa.cast(total, sa.BigInteger)
    return sa.select(
        zero.label("subject"),
        of_fund.c.fund_id.label("seq"),
        amount.label("amount_minor"),
        zero.label("reference"),
    ).where(amount > 0)


def _lines(cycle_id: int, *which: sa.ColumnElement[bool], sign: int = 1) -> sa.Select[Any]:
    """One line of the books per line of the list.

    A deduction is a negative line. It lessens what the household is owed, so the lines of such a
    household are netted into its first: an amount in the books is never below zero.
    """
    chosen = (
        sa.select(
            line.c.household_id,
            line.c.line_seq,
            (sign * line.c.amount_minor).label("amount"),
            sa.func.bool_or(sign * line.c.amount_minor < 0)
            .over(partition_by=line.c.household_id)
            .label("netted"),
        )
        .where(line.c.cycle_id == cycle_id, *which)
        .subquery("chosen")
    )
    reference = sa.cast(0, sa.BigInteger).label("reference")
    seq = sa.func.min(chosen.c.line_seq).label("seq")
    amount = sa.cast(sa.func.sum(chosen.c.amount), sa.BigInteger).label("amount_minor")
    key = sa.case((chosen.c.netted, 0), else_=chosen.c.line_seq)
    columns: list[sa.ColumnElement[Any]] = [
        chosen.c.household_id.label("subject"),
        seq,
        amount,
        reference,
    ]
    return (
        sa.select(*columns)
        .group_by(chosen.c.household_id, key)
        .having(sa.func.sum(chosen.c.amount) > 0)
    )
