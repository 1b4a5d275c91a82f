"""Booking a release: what the sealed files pay is no longer owed but in transit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import ledger
from cct_engine.cycle.record import CycleError
from cct_engine.cycle.tables import instruction, instruction_part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from cct_engine.cycle.record import Cycle

__all__ = ["book"]


def book(
    connection: sa.Connection,
    cycle: Cycle,
    file_ids: Sequence[int],
    *,
    conduit: str,
    released_by: int,
    value_on: date,
    at: datetime,
) -> dict[str, int]:
    """Post INSTRUCT and REISSUE of the files, per cycle whose lines they pay; return the sums.

    Keys name the paid and the releasing cycle, so a repeat posts nothing. Raises CycleError when
    the books refuse (nothing may be sent that is not owed).
    """
    if cycle.approved_by is None:
        raise ValueError(f"{cycle.code} is not approved; nothing of it can be in transit.")
    booked: dict[str, int] = {}
    for paid_id, paid_code, again in _paid(connection, file_ids):
        event = ledger.Event.REISSUE if again else ledger.Event.INSTRUCT
        name = event.name.lower()
        batch = ledger.Batch(
            event=event,
            programme_id=cycle.programme_id,
            fund_id=cycle.fund_id,
            cycle_id=paid_id,
            value_on=value_on,
            currency=cycle.currency,
            key=f"cycle/{paid_code}/{name}/{cycle.code}",
            prepared_by=cycle.approved_by,
            approved_by=released_by,
            recorded_at=at,
            conduit=conduit,
        )
        try:
            seal = ledger.post_selected(connection, batch, _lines(paid_id, file_ids, again=again))
        except ledger.LedgerError as error:
            raise CycleError(
                f"The books refuse the payments of {paid_code}, so nothing was sent. {error}"
            ) from error
        booked[name] = booked.get(name, 0) + seal.total_minor
    return booked


def _paid(connection: sa.Connection, file_ids: Sequence[int]) -> list[tuple[int, str, bool]]:
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT p.cycle_id, c.code, i.attempt > 1 AS again"
            " FROM cycle.instruction i JOIN cycle.instruction_part p USING (instruction_id)"
            " JOIN cycle.cycle c USING (cycle_id) WHERE i.file_id = ANY(:files) ORDER BY 1, 3"
        ),
        {"files": list(file_ids)},
    )
    return [(row.cycle_id, row.code, row.again) for row in rows]


def _lines(cycle_id: int, file_ids: Sequence[int], *, again: bool) -> sa.Select[Any]:
    attempt = instruction.c.attempt > 1 if again else instruction.c.attempt == 1
    columns: list[sa.ColumnElement[Any]] = [
        instruction_part.c.household_id.label("subject"),
        instruction.c.ordinal.label("seq"),
        sa.cast(sa.func.sum(instruction_part.c.amount_minor), sa.BigInteger).label("amount_minor"),
        instruction.c.instruction_id.label("reference"),
    ]
    return (
        sa.select(*columns)
        .join_from(
            instruction,
            instruction_part,
            instruction_part.c.instruction_id == instruction.c.instruction_id,
        )
        .where(
            instruction_part.c.cycle_id == cycle_id,
            instruction.c.file_id.in_(list(file_ids)),
            attempt,
        )
        .group_by(
            instruction_part.c.household_id,
            instruction.c.ordinal,
            instruction.c.instruction_id,
        )
    )
