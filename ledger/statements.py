"""Everything that happened to one subject's money, in the order it was posted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from ledger import schema
from ledger.events import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

__all__ = ["StatementLine", "statement"]

# The slot leads the journal's index; naming all of them lets PostgreSQL before 18 use it too.
_SLOTS = sa.literal(
    sorted({template.slot for template in TEMPLATES.values()}), ARRAY(sa.SmallInteger)
)


class StatementLine(NamedTuple):
    """One line: ``amount_minor`` moved from ``credit`` to ``debit``.

    ``event`` is the event's number, of a correction the mirrored one plus 100; ``name`` says it.
    """

    position: int
    value_on: date
    cycle_id: int
    programme_id: int
    fund_id: int
    batch_id: int
    seq: int
    event: int
    name: str
    debit: int
    credit: int
    amount_minor: int
    currency: str
    reference: int


def statement(
    connection: sa.Connection,
    subject: int,
    *,
    cycle_id: int | None = None,
    cycle_ids: Collection[int] | None = None,
    fund_id: int | None = None,
) -> tuple[StatementLine, ...]:
    """Return a subject's lines in order of posting, of all cycles and funds unless some are named.

    Naming one cycle or several costs what these cost, however many there are; 0 is what was posted
    outside of every cycle.
    """
    view = schema.statement.c
    query = (
        sa.select(*(view[name] for name in StatementLine._fields))
        .where(view.subject_id == subject, view.slot == sa.any_(_SLOTS))
        .order_by(view.position, view.seq)
    )
    if cycle_id is not None:
        query = query.where(view.cycle_id == cycle_id)
    if cycle_ids is not None:
        named = sa.bindparam("cycle_ids", sorted(cycle_ids), ARRAY(sa.Integer))
        query = query.where(view.cycle_id == sa.any_(named))
    if fund_id is not None:
        query = query.where(view.fund_id == fund_id)
    return tuple(StatementLine(*row) for row in connection.execute(query))
