"""Into which files do these payments go? Decided before anything is written.

The caller sorts the rows by a stable key, plans, stores a message id and what is expected for
each slice, and only then writes: so a killed run writes the same files again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from bank_adapters.arrays import integers
from bank_adapters.facets import RefusedInstructions, columns_of
from bank_adapters.model import Expected, Violation
from bank_adapters.registry import adapter_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from bank_adapters.profiles.model import BankProfile

__all__ = ["FileSlice", "plan_files"]

_FRAME_BYTES: Final = 4_096
"""More than header and end of a file ever take: their longest form is under 2,500 bytes."""
_ROWS: Final = 50_000


class FileSlice(NamedTuple):
    """The rows ``start`` to ``stop`` (exclusive, counted from 0) of what was planned: one file."""

    start: int
    stop: int
    total_minor: int
    bytes_estimate: int
    """Never less than the file will have."""

    @property
    def expected(self) -> Expected:
        """What FileContext.expected must be for this file."""
        return Expected(self.stop - self.start, self.total_minor)


def plan_files(
    rows: pa.Table | Iterable[pa.RecordBatch], profile: BankProfile
) -> tuple[FileSlice, ...]:
    """Return how rows, in the order given, fill as few files as the bank's limits allow.

    Every file is full before the next begins: cut at the number of payments, the sum, and the
    bytes. Raises RefusedInstructions for a payment that fits into no file of its own.
    """
    limits = profile.limits
    caps = (limits.transactions_max, limits.total_max_minor, limits.bytes_max - _FRAME_BYTES)
    adapter = adapter_for(profile.format)
    planner = _Planner(caps)
    for batch in rows.to_batches(_ROWS) if isinstance(rows, pa.Table) else rows:
        columns = columns_of(batch)
        amounts = integers(columns.column("amount_minor"))
        planner.add(amounts, adapter.row_bytes(columns, profile, planner.row))
    return planner.finished()


class _Planner:
    def __init__(self, caps: tuple[int, int, int]) -> None:
        self._caps = caps
        self.row = 0
        self._start = 0
        self._open = (0, 0, 0)  # payments, sum, bytes of the file that is being filled
        self._done: list[FileSlice] = []

    def add(self, amounts: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
        self._assert_each_fits(amounts, sizes)
        weights = (np.ones(len(amounts), np.int64), amounts, sizes)
        running = [np.concatenate([[0], np.cumsum(weight)]) for weight in weights]
        at = 0
        while at < len(amounts):
            # The row up to which each limit still holds; the tightest one decides.
            stop = min(
                int(np.searchsorted(sums, sums[at] + cap - used, side="right")) - 1
                for sums, cap, used in zip(running, self._caps, self._open, strict=True)
            )
            payments, total, size = (
                used + int(sums[stop] - sums[at])
                for used, sums in zip(self._open, running, strict=True)
            )
            self._open = (payments, total, size)
            self.row += stop - at
            if stop < len(amounts):
                self._close()
            at = stop

    def _assert_each_fits(self, amounts: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
        _, total_cap, bytes_cap = self._caps
        wrong = np.flatnonzero((amounts > total_cap) | (sizes > bytes_cap) | (amounts < 1))
        if len(wrong):
            rule = f"is 1 to {total_cap} minor units and {bytes_cap} bytes, to fit into one file"
            raise RefusedInstructions(
                tuple(
                    Violation(self.row + row, "amount_minor", rule, "pay it in another way")
                    for row in wrong.tolist()
                )
            )

    def _close(self) -> None:
        _, total, size = self._open
        self._done.append(FileSlice(self._start, self.row, total, size + _FRAME_BYTES))
        self._start, self._open = self.row, (0, 0, 0)

    def finished(self) -> tuple[FileSlice, ...]:
        if self.row > self._start:
            self._close()
        return tuple(self._done)
