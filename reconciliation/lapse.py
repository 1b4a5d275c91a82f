"""Money that came back and that nobody claimed in time: it is the Treasury's.

Which payments that are, the law says by their programme and day; here they end. A payment whose
credit or debit the bank still owes us is not idle, and waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

from ledger import Batch, Event, Seal, post_selected
from reconciliation import locks, schema
from reconciliation.errors import ReconciliationError
from reconciliation.reissue import failed, is_back
from reconciliation.settle import ENGINE
from reconciliation.stage import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

__all__ = ["LAPSE_KEY", "Idle", "idle", "lapse", "left_behind"]

LAPSE_KEY: Final = "recon/lapse/"

_LAPSED = sa.table(
    "recon_lapsed",
    sa.column("instruction_id", sa.BigInteger),
    sa.column("value_on", sa.Date),
    sa.column("ordinal", sa.Integer),
    sa.column("currency", sa.Text),
)
_TABLE = """CREATE TEMP TABLE recon_lapsed (
    instruction_id bigint, value_on date, ordinal integer, currency text) ON COMMIT DROP"""


class Idle(NamedTuple):
    """Failed payments of one cycle's files and one day, whose money is back and not sent again."""

    cycle_id: int
    value_on: date
    currency: str
    number: int
    total_minor: int


def _idle() -> sa.Subquery:
    last = failed().subquery("last")
    paid, file = schema.instruction, schema.file
    return (
        sa.select(
            last.c.instruction_id,
            last.c.value_on,
            last.c.amount_minor,
            last.c.currency,
            paid.c.ordinal,
            file.c.cycle_id,
        )
        .join(
            paid,
            sa.and_(
                paid.c.instruction_id == last.c.instruction_id, paid.c.value_on == last.c.value_on
            ),
        )
        .join(file, file.c.file_id == paid.c.file_id)
        .where(*is_back(last))
        .subquery("idle")
    )


def idle(connection: sa.Connection) -> tuple[Idle, ...]:
    """Return what lies idle, oldest first."""
    rows = _idle().c
    found = connection.execute(
        sa.select(
            rows.cycle_id,
            rows.value_on,
            rows.currency,
            sa.func.count(),
            sa.cast(sa.func.sum(rows.amount_minor), sa.BigInteger),
        )
        .group_by(rows.cycle_id, rows.value_on, rows.currency)
        .order_by(rows.value_on, rows.cycle_id, rows.currency)
    )
    return tuple(Idle(*row) for row in found)


def left_behind() -> sa.Select[Any]:
    """Select the payments that lie idle, or lapsed, by the households they were for.

    Columns: cycle_id (of the file), value_on, household_id, instruction_id.
    """
    last = failed(states=("rejected", "returned", "expired")).subquery("last")
    paid, file, part = schema.instruction, schema.file, schema.instruction_part
    is_it = (paid.c.instruction_id == last.c.instruction_id) & (paid.c.value_on == last.c.value_on)
    return (
        sa.select(file.c.cycle_id, last.c.value_on, part.c.household_id, last.c.instruction_id)
        .distinct()
        .select_from(last)
        .join(paid, is_it)
        .join(file, file.c.file_id == paid.c.file_id)
        .join(part, part.c.instruction_id == last.c.instruction_id)
        .where(sa.or_(last.c.state == "expired", sa.and_(*is_back(last))))
    )


def lapse(
    connection: sa.Connection,
    chosen: Sequence[tuple[int, date]],
    *,
    approved_by: int,
    at: datetime,
) -> tuple[Seal, ...]:
    """End the idle payments of the chosen cycles and days; what they were to pay is the Treasury's.

    The engine prepares it by the law, ``approved_by`` answers for it. It is posted on the day of
    ``at``; a payment lapses once, so repeating it posts nothing. Raises a ``LedgerError`` if the
    money is not there, and nothing is kept.
    """
    if not chosen:
        return ()
    locks.books(connection)
    connection.exec_driver_sql(_TABLE)
    rows = _idle().c
    found = connection.execute(
        sa.insert(_LAPSED).from_select(
            list(_LAPSED.c.keys()),
            sa.select(rows.instruction_id, rows.value_on, rows.ordinal, rows.currency).where(
                sa.tuple_(rows.cycle_id, rows.value_on).in_(chosen)
            ),
        ),
        execution_options={"preserve_rowcount": True},
    ).rowcount
    moved = run(
        connection,
        """UPDATE cycle.instruction i SET state = 'expired', version = i.version + 1
        FROM recon_lapsed l
        WHERE i.instruction_id = l.instruction_id AND i.value_on = l.value_on
          AND i.state IN ('rejected', 'returned')""",
    )
    if moved != found:
        raise ReconciliationError(
            f"{found} payments lie idle, {moved} could be ended: someone else moved the others "
            "meanwhile. Undo this transaction and look again."
        )
    seals = tuple(_posted(connection, approved_by, at))
    connection.exec_driver_sql("DROP TABLE recon_lapsed")
    return seals


def _posted(connection: sa.Connection, approved_by: int, at: datetime) -> Iterator[Seal]:
    part, cycle = schema.instruction_part, schema.cycle
    joined = _LAPSED.join(part, part.c.instruction_id == _LAPSED.c.instruction_id)
    groups = connection.execute(
        sa.select(
            part.c.cycle_id,
            part.c.fund_id,
            cycle.c.programme_id,
            _LAPSED.c.currency,
            sa.func.min(_LAPSED.c.instruction_id),
        )
        .select_from(joined.join(cycle, cycle.c.cycle_id == part.c.cycle_id))
        .group_by(part.c.cycle_id, part.c.fund_id, cycle.c.programme_id, _LAPSED.c.currency)
        .order_by(part.c.cycle_id, part.c.fund_id, _LAPSED.c.currency)
    ).all()
    for cycle_id, fund_id, programme_id, currency, first_id in groups:
        amount = sa.cast(sa.func.sum(part.c.amount_minor), sa.BigInteger)
        lines = (
            sa.select(part.c.household_id, _LAPSED.c.ordinal, amount, _LAPSED.c.instruction_id)
            .select_from(joined)
            .where(
                part.c.cycle_id == cycle_id,
                part.c.fund_id == fund_id,
                _LAPSED.c.currency == currency,
            )
            .group_by(part.c.household_id, _LAPSED.c.ordinal, _LAPSED.c.instruction_id)
            .having(amount > 0)
        )
        batch = Batch(
            event=Event.UNCLAIMED_RETURNED,
            programme_id=programme_id,
            fund_id=fund_id,
            cycle_id=cycle_id,
            value_on=at.date(),
            currency=currency.strip(),
            key=f"{LAPSE_KEY}{first_id}/{cycle_id}/{fund_id}",
            prepared_by=ENGINE,
            approved_by=approved_by,
            recorded_at=at,
        )
        yield post_selected(connection, batch, lines)
