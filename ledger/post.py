"""The only writer of the ledger.

A batch is posted in the caller's transaction, all or nothing: header, lines, seal. The database
does the rest when the seal is inserted: it counts and sums the lines, finds what they must follow,
moves the balances, refuses what would overdraw one, and joins the chain. Lines of two connections
are written side by side; from balances to commit they take turns, and so do slices from joining the
chain to commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from ledger import schema
from ledger.batch import Batch, Contents, Seal, seal_digest
from ledger.digest import leaves_of, merkle_root
from ledger.errors import BadLines, KeyConflict, LedgerError, PeriodClosed, refusals_named
from ledger.rows import copy_lines, lines_of_select

if TYPE_CHECKING:
    from ledger.lines import Lines

__all__ = ["open_cycle", "post", "post_selected"]

_LINE_NAMES = ("subject", "seq", "amount_minor", "reference")
_HEADER = [column for column in schema.batch.c if column.name not in {"batch_id", "period_id"}]


class _Place(NamedTuple):
    """What the ledger adds to a header: its number and its fiscal period."""

    batch_id: int
    period_id: int
    period_digest: str


def open_cycle(connection: sa.Connection, cycle_id: int) -> None:
    """Make room for a cycle's lines, so that its first batch finds it. Repeating does nothing."""
    connection.execute(sa.select(sa.func.ledger.open_partition(cycle_id)))


def post(connection: sa.Connection, batch: Batch, lines: Lines, *, as_slice: bool = False) -> Seal:
    """Post lines held in memory and return their seal; on a repeat, the first seal.

    ``as_slice``: the batch is one of several of other subjects, posted side by side on connections
    of their own; it must be the only one of its transaction. Their order in the chain is then the
    order in which they were ready. Slices cut at multiples of 64 share no block of balances, and so
    do not wait for one another there.

    Raises a ``LedgerError``: ``KeyConflict``, ``AlreadyPosted``, ``Overdrawn``, ``Unpreceded``,
    ``PeriodClosed``, ``CurrencyMix``, ``CorrectionMismatch`` or ``PostingInterrupted``. Nothing of
    a refused batch is kept; the transaction may go on.
    """
    if as_slice:
        connection.execute(sa.select(sa.func.set_config("ledger.beside", "on", True)))
    contents = Contents(len(lines), lines.total_minor, merkle_root(leaves_of(lines)))
    seal = _first_seal(connection, batch, contents)
    if seal is not None:
        return seal
    try:
        with refusals_named(batch.key), connection.begin_nested():
            open_cycle(connection, batch.cycle_id)
            place = _insert_header(connection, batch)
            copy_lines(
                connection,
                lines,
                batch_id=place.batch_id,
                cycle_id=batch.cycle_id,
                event=batch.template.event,
                slot=batch.template.slot,
            )
            return _insert_seal(connection, batch, place, contents)
    except KeyConflict:  # another connection used the key first
        seal = _first_seal(connection, batch, contents)
        if seal is None:
            raise
        return seal


def post_selected(connection: sa.Connection, batch: Batch, select: sa.Select[Any]) -> Seal:
    """Post the lines a select yields; as columns, with no Python object for each line.

    ``select`` yields subject, seq, amount in minor units and reference, all whole numbers, in this
    order of columns; the order of rows does not matter. A repeat must yield the same rows, so it
    must read what no longer changes. Raises as ``post`` does, and ``BadLines``.
    """
    _refuse_fractions(batch, select)
    return post(connection, batch, lines_of_select(connection, select))


def _first_seal(connection: sa.Connection, batch: Batch, contents: Contents) -> Seal | None:
    """Return the seal this key has, if any; refuse it for another content."""
    found = connection.execute(
        sa.select(schema.batch, schema.seal)
        .join(schema.seal, schema.seal.c.batch_id == schema.batch.c.batch_id)
        .where(schema.batch.c.key == batch.key)
    )
    stored = found.mappings().first()
    if stored is None:
        return None
    given = _header_values(batch)
    differing = [
        column.name
        for column in _HEADER
        if column.name != "recorded_at" and stored[column] != given[column.name]
    ]
    if not differing and contents != Contents(
        stored[schema.seal.c.line_count],
        stored[schema.seal.c.total_minor],
        stored[schema.seal.c.merkle_root],
    ):
        differing = ["lines"]
    if differing:
        raise KeyConflict(
            f"Key {batch.key!r} was posted before, as batch {stored[schema.batch.c.batch_id]}, "
            f"with another content: {', '.join(differing)} differ. A repeat must bring the same; "
            "what is new needs a key of its own."
        )
    return _seal_of(stored)


def _insert_header(connection: sa.Connection, batch: Batch) -> _Place:
    period = connection.execute(
        sa.select(schema.fiscal_period.c.period_id, schema.fiscal_period.c.digest).where(
            sa.literal(batch.value_on).between(
                schema.fiscal_period.c.opens_on, schema.fiscal_period.c.closes_on
            ),
            schema.fiscal_period.c.closed_at.is_(None),
        )
    ).first()
    if period is None:
        raise PeriodClosed(
            f"Batch {batch.key!r}: no open fiscal period holds {batch.value_on}. What belongs to a "
            "closed year is booked in the open one, by the events for prior years."
        )
    batch_id = connection.execute(sa.select(sa.func.ledger.next_batch_id())).scalar_one()
    place = _Place(batch_id, period.period_id, period.digest)
    connection.execute(
        sa.insert(schema.batch).values(
            batch_id=batch_id, period_id=period.period_id, **_header_values(batch)
        )
    )
    return place


def _header_values(batch: Batch) -> dict[str, Any]:
    return {
        "event": batch.template.event,
        "programme_id": batch.programme_id,
        "fund_id": batch.fund_id,
        "cycle_id": batch.cycle_id,
        "conduit": batch.conduit,
        "value_on": batch.value_on,
        "currency": batch.currency,
        "key": batch.key,
        "reverses": batch.reverses,
        "prepared_by": batch.prepared_by,
        "approved_by": batch.approved_by,
        "recorded_at": batch.recorded_at,
    }


def _insert_seal(
    connection: sa.Connection, batch: Batch, place: _Place, contents: Contents
) -> Seal:
    """Join the chain. The head stays locked until the transaction ends.

    The database computes the seal; that it comes out as computed here, too, is checked each time.
    """
    sealed = schema.seal
    joining = (
        sa.insert(sealed)
        .values(batch_id=place.batch_id, **contents._asdict())
        .returning(sealed.c.position, sealed.c.previous_digest, sealed.c.digest)
    )
    position, previous, stored_digest = connection.execute(joining).one()
    period = schema.fiscal_period.c
    closings = connection.execute(
        sa.select(period.closed_digest)
        .where(period.closed_head == previous)
        .order_by(period.period_id)
    ).scalars()
    digest = seal_digest(
        batch,
        contents,
        batch_id=place.batch_id,
        period_id=place.period_id,
        period_digest=place.period_digest,
        position=position,
        previous_digest=previous,
        closings=list(closings),
    )
    if digest != stored_digest:
        raise LedgerError(
            f"Batch {batch.key!r}: the database sealed it as {stored_digest}, its content gives "
            f"{digest}. Nothing was posted: the two do not agree on what was written."
        )
    return Seal(
        batch_id=place.batch_id,
        position=position,
        count=contents.line_count,
        total_minor=contents.total_minor,
        merkle_root=contents.merkle_root,
        previous_digest=previous,
        digest=digest,
        sealed_at=batch.recorded_at,
    )


def _seal_of(stored: sa.RowMapping) -> Seal:
    sealed = schema.seal.c
    return Seal(
        batch_id=stored[sealed.batch_id],
        position=stored[sealed.position],
        count=stored[sealed.line_count],
        total_minor=stored[sealed.total_minor],
        merkle_root=stored[sealed.merkle_root],
        previous_digest=stored[sealed.previous_digest],
        digest=stored[sealed.digest],
        sealed_at=stored[schema.batch.c.recorded_at],
    )


def _refuse_fractions(batch: Batch, select: sa.Select[Any]) -> None:
    columns = list(select.selected_columns)
    if len(columns) != len(_LINE_NAMES):
        raise BadLines(
            f"Batch {batch.key!r}: the select yields {len(columns)} columns; lines are subject, "
            "seq, amount_minor, reference."
        )
    for name, column in zip(_LINE_NAMES, columns, strict=True):
        if isinstance(column.type, sa.Numeric | sa.Float):
            raise BadLines(
                f"Batch {batch.key!r}: {name} is {column.type!r}. Money is whole "
                "minor units: cast it to BIGINT where it is computed."
            )
