"""The chain of seals, walked from its first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ledger import schema
from ledger.batch import Batch, Contents, seal_digest
from ledger.digest import GENESIS
from ledger.errors import LedgerError
from ledger.events import MIRROR_OFFSET, TEMPLATES, Event
from ledger.findings import Finding
from ledger.verify.lines import BatchLines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ledger.verify.lines import Stored

__all__ = ["broken_links"]

_ROWS_AT_ONCE = 500
_NO_LINES = BatchLines(merkle_root="")
_EMPTY_ROOT = Contents(0, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


def broken_links(
    connection: sa.Connection, stored: Stored, *, expected_head: str | None
) -> Iterator[Finding]:
    """Compare each seal with its predecessor, its header and its lines."""
    position, previous = 0, GENESIS
    known: set[int] = set()
    head_found = expected_head is None
    periods = _period_digests(connection)
    closings = _closings(connection)
    for row in _seals(connection):
        if row[schema.seal.c.position] > stored.head_position:
            known.add(row[schema.seal.c.batch_id])
            continue
        position += 1
        known.add(row[schema.seal.c.batch_id])
        yield from _link(row, position, previous)
        lines = stored.batches.get(row[schema.seal.c.batch_id], _NO_LINES)
        yield from _header(row, previous, periods, closings)
        yield from _lines(row, lines)
        previous = row[schema.seal.c.digest]
        head_found = head_found or previous == expected_head
    if not head_found:
        yield Finding(
            "chain.head",
            f"seal, position {position}",
            f"No seal has the digest {expected_head} known from outside: the chain was rewritten, "
            "or rolled back to before it.",
        )
    yield from _strays(connection, stored, known)


def _seals(connection: sa.Connection) -> Iterator[sa.RowMapping]:
    query = (
        sa.select(schema.seal, schema.batch)
        .outerjoin(schema.batch, schema.batch.c.batch_id == schema.seal.c.batch_id)
        .order_by(schema.seal.c.position, schema.seal.c.batch_id)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    with connection.execute(query) as rows:
        yield from rows.mappings()


def _link(row: Mapping[Any, Any], position: int, previous: str) -> Iterator[Finding]:
    sealed = schema.seal.c
    place = f"seal of batch {row[sealed.batch_id]}"
    if row[sealed.position] != position:
        yield Finding(
            "chain.position",
            place,
            f"It stands at position {row[sealed.position]} where {position} is next: a seal before "
            "it was removed, inserted or moved.",
        )
    if row[sealed.previous_digest] != previous:
        yield Finding(
            "chain.previous",
            place,
            f"Its predecessor's digest is {row[sealed.previous_digest]}, but the seal before it "
            f"has {previous}.",
        )


def _header(
    row: Mapping[Any, Any],
    previous: str,
    periods: Mapping[int, str],
    closings: Mapping[str, list[str]],
) -> Iterator[Finding]:
    sealed, header = schema.seal.c, schema.batch.c
    batch_id = row[sealed.batch_id]
    place = f"batch {batch_id}"
    if row[header.batch_id] is None:
        yield Finding("batch.missing", place, "It is sealed, but its header is gone.")
        return
    try:
        digest = seal_digest(
            _batch_of(row),
            Contents(row[sealed.line_count], row[sealed.total_minor], row[sealed.merkle_root]),
            batch_id=batch_id,
            period_id=row[header.period_id],
            period_digest=periods.get(row[header.period_id], "none"),
            position=row[sealed.position],
            previous_digest=row[sealed.previous_digest],
            closings=closings.get(previous, []),
        )
    except (LedgerError, ValueError) as error:
        yield Finding("batch.header", place, f"Its header breaks a rule: {error}")
        return
    if digest != row[sealed.digest]:
        yield Finding(
            "batch.digest",
            place,
            "Header, fiscal period and seal do not give the seal's digest: a column of batch "
            f"{batch_id}, of its seal or of its period was changed, or a closing undone. "
            f"Computed {digest}, stored {row[sealed.digest]}.",
        )


def _batch_of(row: Mapping[Any, Any]) -> Batch:
    """Rebuild the header. Raises ``ValueError`` for an event there is not."""
    header = schema.batch.c
    event = row[header.event]
    correction = event > MIRROR_OFFSET
    if correction != (row[header.reverses] is not None):
        raise ValueError(f"event {event} and reverses {row[header.reverses]} do not fit together.")
    return Batch(
        event=Event(event - MIRROR_OFFSET if correction else event),
        programme_id=row[header.programme_id],
        fund_id=row[header.fund_id],
        cycle_id=row[header.cycle_id],
        value_on=row[header.value_on],
        currency=row[header.currency],
        key=row[header.key],
        prepared_by=row[header.prepared_by],
        approved_by=row[header.approved_by],
        recorded_at=row[header.recorded_at],
        conduit=row[header.conduit],
        reverses=row[header.reverses],
    )


def _lines(row: Mapping[Any, Any], lines: BatchLines) -> Iterator[Finding]:
    sealed, header = schema.seal.c, schema.batch.c
    said = Contents(row[sealed.line_count], row[sealed.total_minor], row[sealed.merkle_root])
    found = (
        Contents(lines.line_count, lines.total_minor, lines.merkle_root)
        if lines.line_count
        else _EMPTY_ROOT
    )
    place = f"journal, batch {row[sealed.batch_id]}"
    if found != said:
        yield Finding(
            "journal.lines",
            place,
            f"Sealed were {said.line_count} lines of {said.total_minor} with root "
            f"{said.merkle_root}; there are {found.line_count} of {found.total_minor} with root "
            f"{found.merkle_root}.",
        )
    template = TEMPLATES.get(row[header.event] or 0)
    if lines.line_count == 0 or template is None:
        return
    for name, expected, values in (
        ("cycle_id", row[header.cycle_id], lines.cycles),
        ("event", template.event, lines.events),
        ("slot", template.slot, lines.slots),
    ):
        if values != {expected}:
            yield Finding(
                f"journal.{name}",
                place,
                f"All its lines have {name} {expected}; there are {sorted(values)}.",
            )


def _strays(connection: sa.Connection, stored: Stored, sealed: set[int]) -> Iterator[Finding]:
    for batch_id in sorted(set(stored.batches) - sealed):
        count = stored.batches[batch_id].line_count
        yield Finding(
            "journal.unsealed", f"journal, batch {batch_id}", f"{count} lines have no seal."
        )
    unsealed = sa.select(schema.batch.c.batch_id).where(
        ~sa.exists().where(schema.seal.c.batch_id == schema.batch.c.batch_id)
    )
    for batch_id in connection.execute(unsealed.order_by(schema.batch.c.batch_id)).scalars():
        yield Finding("batch.unsealed", f"batch {batch_id}", "It has no seal.")


def _period_digests(connection: sa.Connection) -> dict[int, str]:
    period = schema.fiscal_period.c
    rows = connection.execute(sa.select(period.period_id, period.digest))
    return {row.period_id: row.digest for row in rows}


def _closings(connection: sa.Connection) -> dict[str, list[str]]:
    """The closings since each head, as the seal after it covers them."""
    period = schema.fiscal_period.c
    rows = connection.execute(
        sa.select(period.closed_head, period.closed_digest)
        .where(period.closed_head.is_not(None))
        .order_by(period.period_id)
    )
    found: dict[str, list[str]] = {}
    for head, digest in rows:
        found.setdefault(head, []).append(digest)
    return found
