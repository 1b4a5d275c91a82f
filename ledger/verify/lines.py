"""The lines of all batches, read once, leaf by leaf."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from ledger.digest import LEAF_LINES, leaf_digest, merkle_root
from ledger.rows import PACKED_LINE, driver_of
from ledger.seals import head_position

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BatchLines", "Stored", "stored_contents"]

_CYCLES = sa.text(r"""
    SELECT DISTINCT bound[1]::integer AS cycle_id
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    CROSS JOIN regexp_matches(pg_get_expr(c.relpartbound, c.oid), '\d+', 'g') AS bound
    WHERE i.inhparent = 'ledger.journal'::regclass
    ORDER BY 1
""")
_LEAVES = f"""
    SELECT batch_id, string_agg({PACKED_LINE}, ''::bytea ORDER BY subject_id, seq),
           count(*), sum(amount_minor), min(event), max(event), min(slot), max(slot)
    FROM (SELECT batch_id, subject_id, seq, amount_minor, reference, event, slot,
                 (row_number() OVER (PARTITION BY batch_id ORDER BY subject_id, seq) - 1)
                     / {LEAF_LINES} AS leaf
          FROM ledger.journal WHERE cycle_id = %s) line
    GROUP BY batch_id, leaf ORDER BY batch_id, leaf
"""
_LEAVES_AT_ONCE = 64


class _Leaf(NamedTuple):
    batch_id: int
    packed: bytes
    line_count: int
    total_minor: int
    first_event: int
    last_event: int
    first_slot: int
    last_slot: int


@dataclass(slots=True)
class BatchLines:
    """What the journal holds under one batch number."""

    line_count: int = 0
    total_minor: int = 0
    cycles: set[int] = field(default_factory=set)
    events: set[int] = field(default_factory=set)
    slots: set[int] = field(default_factory=set)
    leaves: list[bytes] = field(default_factory=list)
    merkle_root: str = ""


class Stored(NamedTuple):
    """All lines by batch, and how far the chain reached before they were read."""

    head_position: int
    batches: dict[int, BatchLines]


def stored_contents(connection: sa.Connection) -> Stored:
    """Count, sum and hash every line in the journal, cycle by cycle.

    Memory: a few hundred bytes per batch and one cycle's leaves of one batch at a time.
    """
    position = head_position(connection)
    batches: dict[int, BatchLines] = {}
    for cycle_id in list(connection.execute(_CYCLES).scalars()):
        _read_cycle(connection, cycle_id, batches)
    return Stored(position, batches)


def _read_cycle(connection: sa.Connection, cycle_id: int, batches: dict[int, BatchLines]) -> None:
    open_batch: BatchLines | None = None
    for leaf in _leaves(connection, cycle_id):
        found = batches.setdefault(leaf.batch_id, BatchLines())
        if open_batch is not None and open_batch is not found:
            _fold(open_batch)
        open_batch = found
        found.line_count += leaf.line_count
        found.total_minor += int(leaf.total_minor)
        found.cycles.add(cycle_id)
        found.events |= {leaf.first_event, leaf.last_event}
        found.slots |= {leaf.first_slot, leaf.last_slot}
        found.leaves.append(leaf_digest(leaf.packed))
    if open_batch is not None:
        _fold(open_batch)


def _fold(lines: BatchLines) -> None:
    lines.merkle_root = merkle_root(lines.leaves)
    lines.leaves.clear()


def _leaves(connection: sa.Connection, cycle_id: int) -> Iterator[_Leaf]:
    cursor = driver_of(connection).cursor(name="ledger_verify", binary=True)
    with closing(cursor):
        cursor.itersize = _LEAVES_AT_ONCE
        cursor.execute(_LEAVES, (cycle_id,))
        for row in cursor:
            yield _Leaf(*row)
