"""The one module that knows both sides: what moved at the bank becomes lines in the ledger.

A line is per cycle, fund and household of the instruction's parts; seq is the instruction's
ordinal, so the ledger itself refuses to settle or return an attempt twice. Batches are keyed by the
bank's message, and evidence from a bank is prepared by the engine and approved by the bank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from ledger import Batch, Event, Lines, PeriodClosed, Seal, post_selected
from reconciliation import schema
from reconciliation.stage import Message, learn, run

if TYPE_CHECKING:
    from datetime import date

__all__ = ["BANK", "ENGINE", "draw_lines", "lines_of", "post_all"]

ENGINE: Final = 1
BANK: Final = 2
# Money must have come in before it goes out of a guarded account.
_ORDER: Final = (
    Event.RETURN_BEFORE,
    Event.SETTLE,
    Event.RETURN_AFTER,
    Event.BANK_CHARGE,
    Event.SUSPENSE_IN,
    Event.ADVANCE,
    Event.SUSPENSE_OUT,
    Event.ADVANCE_RETURNED,
)
_POSTING = sa.table(
    "recon_posting",
    *(
        sa.column(name, sa.Integer)
        for name in ("event", "programme_id", "fund_id", "cycle_id", "seq")
    ),
    *(sa.column(name, sa.BigInteger) for name in ("subject_id", "amount_minor", "reference")),
    *(sa.column(name, sa.Text) for name in ("conduit", "currency")),
    sa.column("value_on", sa.Date),
)
_GROUP = ("event", "programme_id", "fund_id", "cycle_id", "conduit", "value_on", "currency")


def _cycles(connection: sa.Connection, message: Message) -> list[int]:
    """Return the cycles whose lines the touched files pay: only their partitions are read."""
    found = connection.exec_driver_sql(
        "SELECT DISTINCT cycle_id FROM bank.file_part WHERE file_id IN (SELECT file_id FROM "
        "recon_moved UNION SELECT file_id FROM recon.suspense_item WHERE closed_in = %s)",
        (message.inbox_file_id,),
    )
    return sorted(found.scalars())


def draw_lines(connection: sa.Connection, message: Message, moved: int) -> None:
    """Draw the ledger lines of the ``moved`` instructions, and free the lines they paid.

    An entitlement line can be paid again when its money never left, or is back on the account.
    """
    learn(connection, "recon_moved", moved)
    cycles = _cycles(connection, message)
    if not cycles:
        return
    run(
        connection,
        f"""WITH part AS MATERIALIZED (
            SELECT m.event, m.rail, m.posted_on, m.currency, m.ordinal, p.instruction_id,
                   p.cycle_id, p.fund_id, p.household_id, p.line_seq, p.amount_minor,
                   m.evidence = 'credit'
                   OR (m.evidence = 'refusal' AND m.event = {Event.RETURN_BEFORE:d}) AS is_back
            FROM recon_moved m JOIN cycle.instruction_part p USING (instruction_id)
            WHERE p.cycle_id = ANY (:cycles)),
        freed AS (
            DELETE FROM cycle.living_part l USING part p
            WHERE p.is_back AND l.cycle_id = ANY (:cycles)
              AND l.cycle_id = p.cycle_id AND l.household_id = p.household_id
              AND l.line_seq = p.line_seq AND l.instruction_id = p.instruction_id)
        INSERT INTO recon_posting
        SELECT p.event, min(c.programme_id), p.fund_id, p.cycle_id, min(p.rail), min(p.posted_on),
               min(p.currency), p.household_id, min(p.ordinal), sum(p.amount_minor),
               p.instruction_id
        FROM part p JOIN cycle.cycle c USING (cycle_id)
        WHERE p.event > 0
        GROUP BY p.instruction_id, p.event, p.cycle_id, p.fund_id, p.household_id
        HAVING sum(p.amount_minor) > 0""",
        cycles=cycles,
    )
    run(
        connection,
        """DELETE FROM cycle.living_part l
        USING recon.suspense_item s JOIN cycle.instruction_part p USING (instruction_id)
        WHERE s.closed_in = :inbox AND s.reason = 'credit_awaited' AND p.cycle_id = ANY (:cycles)
          AND l.cycle_id = p.cycle_id AND l.household_id = p.household_id
          AND l.line_seq = p.line_seq AND l.instruction_id = p.instruction_id""",
        cycles=cycles,
        inbox=message.inbox_file_id,
    )


def post_all(connection: sa.Connection, message: Message) -> tuple[Seal, ...]:
    """Post every line drawn, in one batch per event, fund, cycle, conduit and day."""
    columns = [_POSTING.c[name] for name in _GROUP]
    groups = connection.execute(sa.select(*columns).distinct()).all()
    place = {int(event): number for number, event in enumerate(_ORDER)}
    ordered = sorted(groups, key=lambda g: (place[g.event], *(str(part) for part in g)))
    return tuple(_post(connection, message, group) for group in ordered)


def _post(connection: sa.Connection, message: Message, group: sa.Row[Any]) -> Seal:
    event = Event(group.event)
    lines = sa.select(
        _POSTING.c.subject_id, _POSTING.c.seq, _POSTING.c.amount_minor, _POSTING.c.reference
    ).where(*(_POSTING.c[name].is_not_distinct_from(getattr(group, name)) for name in _GROUP))
    whose = f"{group.cycle_id}/{group.fund_id}/{group.conduit or '-'}/{group.value_on}"

    def batch(value_on: date) -> Batch:
        return Batch(
            event=event,
            programme_id=group.programme_id,
            fund_id=group.fund_id,
            cycle_id=group.cycle_id,
            value_on=value_on,
            currency=group.currency,
            key=f"recon/{message.sha256[:16]}/{event.name.lower()}/{whose}",
            prepared_by=ENGINE,
            approved_by=BANK,
            recorded_at=message.at,
            conduit=group.conduit,
        )

    try:
        return post_selected(connection, batch(group.value_on), lines)
    except PeriodClosed:
        # Told late: the books of that day are closed, so it is booked on the day it became known.
        return post_selected(connection, batch(message.on), lines)


def lines_of(connection: sa.Connection, instruction_id: int) -> list[tuple[tuple[int, int], Lines]]:
    """Return the ledger lines of one instruction, by cycle and fund."""
    part, paid = schema.instruction_part, schema.instruction
    rows = connection.execute(
        sa.select(
            part.c.cycle_id,
            part.c.fund_id,
            part.c.household_id,
            paid.c.ordinal,
            sa.cast(sa.func.sum(part.c.amount_minor), sa.BigInteger).label("amount_minor"),
        )
        .join(paid, paid.c.instruction_id == part.c.instruction_id)
        .where(part.c.instruction_id == instruction_id)
        .group_by(part.c.cycle_id, part.c.fund_id, part.c.household_id, paid.c.ordinal)
        .having(sa.func.sum(part.c.amount_minor) > 0)
        .order_by(part.c.cycle_id, part.c.fund_id, part.c.household_id)
    ).all()
    found = []
    for key in sorted({(row.cycle_id, row.fund_id) for row in rows}):
        mine = [row for row in rows if (row.cycle_id, row.fund_id) == key]
        lines = Lines.of(
            subject=[row.household_id for row in mine],
            seq=[row.ordinal for row in mine],
            amount_minor=[row.amount_minor for row in mine],
            reference=[instruction_id] * len(mine),
        )
        found.append((key, lines))
    return found
