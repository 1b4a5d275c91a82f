"""Sealed batches with everything their seals were computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from ledger import schema
from ledger.digest import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.digest import Value

__all__ = ["SealedBatch", "sealed_batches"]

_ROWS_AT_ONCE = 500


class SealedBatch(NamedTuple):
    """A seal with the record it is the digest of."""

    position: int
    batch_id: int
    digest: str
    values: tuple[Value, ...]

    def record(self) -> list[str | int | None]:
        """Return the values as they stand in the hashed JSON array."""
        return [canonical(value) for value in self.values]


def sealed_batches(connection: sa.Connection, *, since: int = 1) -> Iterator[SealedBatch]:
    """Yield the seals from a position on, in the order of the chain."""
    period, header, sealed, rule = (
        schema.fiscal_period.c,
        schema.batch.c,
        schema.seal.c,
        schema.template.c,
    )
    closings: dict[str, list[str]] = {}
    closed = sa.select(period.closed_head, period.closed_digest).where(
        period.closed_head.is_not(None)
    )
    for head, digest in connection.execute(closed.order_by(period.period_id)):
        closings.setdefault(head, []).append(digest)
    query = (
        sa.select(
            schema.seal, schema.batch, rule.debit, rule.credit, period.digest.label("opening")
        )
        .join(schema.batch, header.batch_id == sealed.batch_id)
        .join(schema.template, rule.event == header.event)
        .join(schema.fiscal_period, period.period_id == header.period_id)
        .where(sealed.position >= since)
        .order_by(sealed.position)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    with connection.execute(query) as rows:
        for row in rows.mappings():
            yield _sealed(row, closings.get(row[sealed.previous_digest], []))


def _sealed(row: sa.RowMapping, closings: list[str]) -> SealedBatch:
    header, sealed = schema.batch.c, schema.seal.c
    values: tuple[Any, ...] = (
        row[sealed.position],
        row[sealed.previous_digest],
        row[sealed.batch_id],
        row[header.event],
        row["debit"],
        row["credit"],
        row[header.programme_id],
        row[header.fund_id],
        row[header.cycle_id],
        row[header.conduit],
        row[header.value_on],
        row[header.period_id],
        row["opening"],
        row[header.currency],
        row[header.key],
        row[header.reverses],
        row[header.prepared_by],
        row[header.approved_by],
        row[header.recorded_at],
        row[sealed.line_count],
        row[sealed.total_minor],
        row[sealed.merkle_root],
        *closings,
    )
    return SealedBatch(row[sealed.position], row[sealed.batch_id], row[sealed.digest], values)
