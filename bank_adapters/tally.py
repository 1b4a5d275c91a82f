"""Count, sum and references of the rows that went into a file, in the pass that writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.facets import RefusedInstructions, columns_of
from bank_adapters.model import Expected, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

__all__ = ["CHUNK_ROWS", "Tally", "chunks", "expected_of"]

CHUNK_ROWS: Final = 5_000
_ONCE: Final = ("end_to_end_id", "instruction_id_text", "short_reference")


def chunks(rows: pa.Table | Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows in blocks that fit into a processor's memory."""
    batches = rows.to_batches() if isinstance(rows, pa.Table) else rows
    for batch in batches:
        for start in range(0, batch.num_rows, CHUNK_ROWS):
            yield columns_of(batch.slice(start, CHUNK_ROWS))


def expected_of(rows: pa.Table | Iterable[pa.RecordBatch]) -> Expected:
    """Return what a table comes to; a stream has to be told."""
    if not isinstance(rows, pa.Table):
        raise TypeError(
            "a file states count and sum before the first payment: for a stream of batches, give "
            "FileContext.expected (plan_files has both)."
        )
    return Expected(rows.num_rows, pc.sum(rows["amount_minor"]).as_py() or 0)


class Tally:
    """Count, sum and references of what was written so far."""

    def __init__(self) -> None:
        self.count = 0
        self.total_minor = 0
        self._seen: dict[str, list[NDArray[np.int64]]] = {name: [] for name in _ONCE}

    def add(self, chunk: pa.RecordBatch) -> None:
        """Take the rows of a chunk in."""
        self.count += chunk.num_rows
        self.total_minor += pc.sum(chunk.column("amount_minor")).as_py() or 0
        for name, hashes in self._seen.items():
            column = chunk.column(name)
            if column.null_count == len(column):
                continue
            # Python's own hash of a text: eight bytes a row instead of the text, and two equal
            # texts in one process always meet. Distinct ones meet once in ten million files.
            texts = column.to_pylist()
            hashes.append(np.fromiter(map(hash, texts), np.int64, len(texts)))

    def assert_is(self, expected: Expected) -> None:
        """Raise unless exactly what was expected has been written, each reference once."""
        if Expected(self.count, self.total_minor) != expected:
            raise ValueError(
                f"the rows were {self.count} payments of {self.total_minor} minor units, but "
                f"{expected.count} of {expected.total_minor} were expected. Nothing was sealed; "
                "rows changed after the files were planned, or another slice was given."
            )
        found = self.repeats()
        if found:
            raise RefusedInstructions(found)

    def repeats(self) -> tuple[Violation, ...]:
        """Return the rows whose reference stood in an earlier row."""
        return tuple(
            violation for name, hashes in self._seen.items() for violation in _repeats(name, hashes)
        )


def _repeats(name: str, hashes: list[NDArray[np.int64]]) -> list[Violation]:
    keys = np.concatenate(hashes) if hashes else np.empty(0, np.int64)
    order = np.argsort(keys, kind="stable")
    again = order[1:][np.diff(keys[order]) == 0]
    rule = "stands once in a file; a second one would be a second payment"
    return [
        Violation(row, name, rule, "pay each instruction once") for row in sorted(again.tolist())
    ]
