"""The lines of all batches, read once, in the order they stand in."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import sqlalchemy as sa

from ledger.digest import LEAF_LINES, leaf_digest, merkle_root
from ledger.lines import INT64_MAX, LINE
from ledger.rows import PACKED_LINE, driver_of
from ledger.seals import head_position
from ledger.verify.pages import stretches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ledger.verify.pages import Stretch
    from ledger.verify.sums import Sums

__all__ = ["BatchLines", "Stored", "stored_contents"]

_PARTITIONS = sa.text("""
    SELECT i.inhrelid::regclass::text AS name FROM pg_inherits i
    WHERE i.inhparent = 'ledger.journal'::regclass ORDER BY i.inhrelid::regclass::text
""")
_COLUMNS = {
    "batch_id": "integer",
    "cycle_id": "integer",
    "event": "smallint",
    "slot": "smallint",
    "subject_id": "bigint",
    "seq": "integer",
    "amount_minor": "bigint",
    "reference": "bigint",
}
_HEADER = ("batch_id", "cycle_id", "event", "slot")
_LEAVES = f"""
    SELECT string_agg({PACKED_LINE}, ''::bytea ORDER BY subject_id, seq)
    FROM (SELECT subject_id, seq, amount_minor, reference,
                 (row_number() OVER (ORDER BY subject_id, seq) - 1) / {LEAF_LINES} AS leaf
          FROM ledger.journal WHERE batch_id = %s) line
    GROUP BY leaf ORDER BY leaf
"""
_LEAVES_AT_ONCE = 64


@dataclass(slots=True)
class BatchLines:
    """What the journal holds under one batch number."""

    line_count: int = 0
    total_minor: int = 0
    cycles: set[int] = field(default_factory=set)
    events: set[int] = field(default_factory=set)
    slots: set[int] = field(default_factory=set)
    merkle_root: str = ""
    in_order: bool = True
    _last: tuple[int, int] | None = None
    _leaves: list[bytes] = field(default_factory=list)
    _begun: bytes = b""

    def take(self, lines: Stretch) -> None:
        """Add lines that stand one after another."""
        records = _packed(lines)
        amounts = records["amount_minor"].astype(np.int64)
        self.line_count += len(records)
        self.total_minor += _sum(amounts)
        self.in_order = self.in_order and self._continues(records)
        if not self.in_order:
            self._leaves.clear()
            self._begun = b""
            return
        self._hash(records)

    def finish(self) -> None:
        """Compute the root; nothing is added after."""
        if self._begun:
            self._leaves.append(leaf_digest(self._begun))
        self.merkle_root = merkle_root(self._leaves)
        self._leaves.clear()
        self._begun = b""

    def finish_from(self, leaves: Iterator[bytes]) -> None:
        """Compute the root from packed leaves that were sorted elsewhere."""
        self.merkle_root = merkle_root(leaf_digest(leaf) for leaf in leaves)

    def _continues(self, records: NDArray[np.void]) -> bool:
        subject, seq = records["subject"], records["seq"]
        first, last = self._last, (int(subject[-1]), int(seq[-1]))
        self._last = last
        if first is not None and (int(subject[0]), int(seq[0])) <= first:
            return False
        later = subject[1:] > subject[:-1]
        if bool(later.all()):
            return True
        return bool((later | ((subject[1:] == subject[:-1]) & (seq[1:] > seq[:-1]))).all())

    def _hash(self, records: NDArray[np.void]) -> None:
        """Hash what fills a leaf, keep the rest until more comes."""
        size = LEAF_LINES * LINE.itemsize
        packed = records.view(np.uint8).data
        start = 0
        if self._begun:
            start = min(size - len(self._begun), len(packed))
            self._begun += bytes(packed[:start])
            if len(self._begun) < size:
                return
            self._leaves.append(leaf_digest(self._begun))
        whole = start + (len(packed) - start) // size * size
        self._leaves += [leaf_digest(packed[at : at + size]) for at in range(start, whole, size)]
        self._begun = bytes(packed[whole:])


class Stored(NamedTuple):
    """All lines by batch, and how far the chain reached before they were read."""

    head_position: int
    batches: dict[int, BatchLines]


def stored_contents(connection: sa.Connection, sums: Sums) -> Stored:
    """Count, sum and hash every line in the journal, and add it to the sums of its accounts.

    Memory: a few hundred bytes per batch, 32 bytes per 1,024 lines of a cycle, and some pages.
    """
    position = head_position(connection)
    batches: dict[int, BatchLines] = {}
    for partition in list(connection.execute(_PARTITIONS).scalars()):
        seen: dict[int, BatchLines] = {}
        for stretch in stretches(
            connection, partition, _COLUMNS, varying=("subject_id", "amount_minor")
        ):
            for (batch_id, cycle_id, event, slot), lines in stretch.runs(_HEADER):
                found = seen[batch_id] = batches.setdefault(batch_id, BatchLines())
                found.cycles.add(cycle_id)
                found.events.add(event)
                found.slots.add(slot)
                found.take(lines)
                sums.add(batch_id, lines)
        for batch_id, found in seen.items():
            if found.in_order:
                found.finish()
            else:
                found.finish_from(_sorted_leaves(connection, batch_id))
    return Stored(position, batches)


def _packed(lines: Stretch) -> NDArray[np.void]:
    records = np.empty(lines.count, LINE)
    records["subject"] = lines.columns["subject_id"]
    for name in ("seq", "amount_minor", "reference"):
        records[name] = lines.columns[name]
    return records


def _sum(amounts: NDArray[np.int64]) -> int:
    largest = max(abs(int(amounts.max())), abs(int(amounts.min())))
    if largest * len(amounts) > INT64_MAX:
        return sum(amounts.tolist())
    return int(amounts.sum())


def _sorted_leaves(connection: sa.Connection, batch_id: int) -> Iterator[bytes]:
    """The leaves of a batch whose rows do not stand in the order they are hashed in."""
    cursor = driver_of(connection).cursor(name="ledger_verify", binary=True)
    with closing(cursor):
        cursor.itersize = _LEAVES_AT_ONCE
        cursor.execute(_LEAVES, (batch_id,))
        for (packed,) in cursor:
            yield packed
