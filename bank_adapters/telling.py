"""Events on their way out of a reader: numbered, handed on in batches, and added up."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from bank_adapters.arrays import integer_array
from bank_adapters.model import EVENT_SCHEMA
from bank_adapters.refusals import RefusalCode, RefusedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bank_adapters.events import Built
    from bank_adapters.limits import ReadLimits
    from bank_adapters.model import Violation

__all__ = ["Contents", "Order", "Telling", "refuse"]

_TOLD_MAX: Final = 1_000


def refuse(refusal: RefusedFile) -> None:
    """Refuse a file on the first doubt: what every reader does unless it only looks."""
    raise refusal


class Order(NamedTuple):
    """What a reader is asked to do with a file."""

    name: str
    """What messages call the file."""
    limits: ReadLimits
    deliver: Callable[[pa.RecordBatch], None]
    doubt: Callable[[RefusedFile], None] = refuse
    """Called where a file contradicts its own totals."""

    def refusal(self, code: RefusalCode, place: str) -> RefusedFile:
        """Return a refusal of this file."""
        return RefusedFile(code, name=self.name, place=place)

    def assert_equal(self, found: object, stated: object, place: str) -> None:
        """Doubt the file where what was found is not what it states."""
        if found != stated:
            self.doubt(self.refusal(RefusalCode.TOTALS, place))


class Contents(NamedTuple):
    """What a reader found, when it has come to the end."""

    format: str
    message_id: str
    original_message_id: str | None
    entries: int
    totals: Mapping[str, int]
    left_out: tuple[Violation, ...]
    dialects: frozenset[str] = frozenset()


class Telling:
    """Numbers the events of a file from 1 and hands them on."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._position = 0
        self.entries = 0
        self.left_out: list[Violation] = []
        self._totals: Counter[str] = Counter()

    def count(self, entries: int) -> None:
        """Count entries as the format counts them. Raises RefusedFile where they are too many."""
        self.entries += entries
        limit = self._order.limits.entries_max
        if self.entries > limit:
            raise self._order.refusal(RefusalCode.TOO_MANY, f"entry {limit + 1}")

    def add(self, name: str, amount: int) -> None:
        """Add to a total: money as 'INR.DBIT' in minor units, items by their status."""
        self._totals[name] += int(amount)

    def tell(self, block: Built) -> None:
        """Number the rows of a block and hand them on; ``entry_no`` is the caller's."""
        rows = block.table.num_rows
        room = _TOLD_MAX - len(self.left_out)
        self.left_out += [
            v._replace(position=v.position + self._position) for v in block.left_out[:room]
        ]
        positions = integer_array(np.arange(self._position + 1, self._position + rows + 1))
        self._position += rows
        for batch in block.table.add_column(0, "position", positions).to_batches():
            if batch.num_rows:
                self._order.deliver(pa.RecordBatch.from_arrays(batch.columns, schema=EVENT_SCHEMA))

    def contents(
        self, format_name: str, message_id: str, *, original_message_id: str | None = None
    ) -> Contents:
        """Return what the file came to."""
        return Contents(
            format_name,
            message_id,
            original_message_id,
            self.entries,
            dict(sorted(self._totals.items())),
            tuple(self.left_out),
        )
