"""What the lines come to on each account, as fingerprints that balances must have too.

Adding up every subject's lines again needs the memory of all balances. A fingerprint does not: with
h(subject) drawn by a key that nobody knows beforehand, Σ h(subject) · amount over the lines equals
the same sum over the balances if every balance is right, and differs otherwise but for a chance of
one in 2^64 or so for each of two hashes. Which balance is wrong is then found the long way.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import sqlalchemy as sa

from ledger import schema
from ledger.columns import NullFound
from ledger.verify.blocks import blocks_of, stored_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ledger.verify.pages import Stretch

__all__ = ["KEY_BYTES", "Sums"]

KEY_BYTES = 16
_MERGE_AT_LEAST = 1 << 18


class _Side(NamedTuple):
    account: int
    fund_id: int
    sign: int


@dataclass(slots=True)
class _Fingerprint:
    """Of the amounts: twice keyed, and plainly added. Modulo 2^64."""

    keyed: int = 0
    again: int = 0
    plain: int = 0

    def add(self, keyed: int, again: int, plain: int) -> None:
        self.keyed = (self.keyed + keyed) % 2**64
        self.again = (self.again + again) % 2**64
        self.plain = (self.plain + plain) % 2**64


@dataclass(slots=True)
class _Known:
    """The blocks there must be: each once, sorted, 8 bytes each."""

    known: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    waiting: list[NDArray[np.int64]] = field(default_factory=list)
    waiting_count: int = 0

    def add(self, blocks: NDArray[np.int64]) -> None:
        if len(self.known):
            place = np.searchsorted(self.known, blocks)
            place[place == len(self.known)] = 0
            blocks = blocks[self.known[place] != blocks]
        if len(blocks):
            self.waiting.append(blocks)
            self.waiting_count += len(blocks)
        if self.waiting_count > max(_MERGE_AT_LEAST, len(self.known) // 2):
            self.merge()

    def merge(self) -> None:
        if self.waiting:
            # Sorted stretches one after another: a merging sort, where np.unique would hash.
            blocks = np.sort(np.concatenate([self.known, *self.waiting]), kind="stable")
            self.known = blocks[_is_first(blocks)]
            self.waiting.clear()
            self.waiting_count = 0


class Sums:
    """Adds up lines by account and fund, and compares with the balances.

    ``key``: 16 bytes nobody could know when the ledger was last written.
    """

    def __init__(self, connection: sa.Connection, *, key: bytes) -> None:
        self._keys = np.frombuffer(key, np.uint64)
        self._guards = {row.account: row for row in connection.execute(sa.select(schema.account))}
        self._sides = self._by_batch(connection)
        self._amounts: dict[tuple[int, int], _Fingerprint] = defaultdict(_Fingerprint)
        self._blocks: dict[tuple[int, int], _Known] = defaultdict(_Known)
        self._add_control_accounts(connection)

    def add(self, batch_id: int, lines: Stretch) -> None:
        """Add lines of one batch to the accounts it moves, if these are kept by subject."""
        sides = self._sides.get(batch_id, ())
        if not sides:
            return
        subjects, amounts = lines.whole("subject_id"), lines.whole("amount_minor")
        sums = self._sums(subjects, amounts)
        blocks = blocks_of(subjects)
        blocks = blocks[_is_first(blocks)]
        for side in sides:
            key = (side.account, side.fund_id)
            self._amounts[key].add(*(side.sign * part for part in sums))
            self._blocks[key].add(blocks)

    def match_balances(self, connection: sa.Connection) -> bool:
        """Whether the stored balances have the same fingerprints, blocks and guards."""
        try:
            return self._match(connection)
        except NullFound:
            return False

    def _match(self, connection: sa.Connection) -> bool:
        stored: dict[tuple[int, int], _Fingerprint] = defaultdict(_Fingerprint)
        blocks: dict[tuple[int, int], list[NDArray[np.int64]]] = defaultdict(list)
        for part in stored_blocks(connection):
            chart = self._guards.get(part.account)
            if chart is None or chart.guard != part.guard:
                return False
            key = (part.account, part.fund_id)
            stored[key].add(*self._sums(part.subjects, part.amounts))
            blocks[key].append(part.numbers)
        for known in self._blocks.values():
            known.merge()
        return (
            stored == self._amounts
            and blocks.keys() == self._blocks.keys()
            and all(
                np.array_equal(np.sort(np.concatenate(parts)), self._blocks[key].known)
                for key, parts in blocks.items()
            )
        )

    def _sums(
        self, subjects: NDArray[np.int64], amounts: NDArray[np.int64]
    ) -> tuple[int, int, int]:
        values = amounts.astype(np.int64).view(np.uint64)
        keyed, again = (_mixed(subjects, key) * values for key in self._keys)
        return int(keyed.sum()), int(again.sum()), int(values.sum())

    def _by_batch(self, connection: sa.Connection) -> dict[int, tuple[_Side, ...]]:
        """The accounts kept by subject that each batch moves."""
        templates = {row.event: row for row in connection.execute(sa.select(schema.template))}
        header = schema.batch.c
        found: dict[int, tuple[_Side, ...]] = {}
        for row in connection.execute(sa.select(header.batch_id, header.event, header.fund_id)):
            rule = templates.get(row.event)
            if rule is not None:
                found[row.batch_id] = tuple(
                    _Side(account, row.fund_id, sign)
                    for account, sign in ((rule.debit, 1), (rule.credit, -1))
                    if self._is_kept(account, subsidiary=True)
                )
        return found

    def _add_control_accounts(self, connection: sa.Connection) -> None:
        moved = schema.movement.c
        query = (
            sa.select(
                moved.account,
                moved.fund_id,
                sa.cast(sa.func.sum(moved.debit_minor - moved.credit_minor), sa.Numeric),
            )
            .where(moved.line_count > 0)
            .group_by(moved.account, moved.fund_id)
        )
        nobody = np.zeros(1, np.int64)
        hashes = [int(_mixed(nobody, key)[0]) for key in self._keys]
        for account, fund_id, total in connection.execute(query):
            if self._is_kept(account, subsidiary=False):
                amount = int(total)
                parts = (*(one * amount for one in hashes), amount)
                self._amounts[account, fund_id].add(*parts)
                self._blocks[account, fund_id].add(blocks_of(nobody))

    def _is_kept(self, account: int, *, subsidiary: bool) -> bool:
        chart = self._guards.get(account)
        return chart is not None and chart.guard != 0 and chart.subsidiary is subsidiary


def _is_first(ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a value stands that is not the one before it."""
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def _mixed(subjects: NDArray[np.int64], key: np.uint64) -> NDArray[np.uint64]:
    """Hash each subject under a key (the finaliser of SplitMix64)."""
    mixed = subjects.astype(np.int64).view(np.uint64) + key
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
