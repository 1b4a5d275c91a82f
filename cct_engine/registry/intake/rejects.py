"""The reject file: the rows that were not loaded, as they came, with the reasons beside them.

It can be corrected and fed again under the same declaration. Raw cells are kept on disk while a
file is read (they are personal data: the folder is the reader's alone and goes with the intake).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import sqlalchemy as sa

from cct_engine.registry.intake.findings import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from cct_engine.registry.intake.declaration import FeedDeclaration
    from cct_engine.registry.intake.rows import Chunk

__all__ = ["REASON_COLUMNS", "Spool", "restored", "write_reject_file"]

REASON_COLUMNS: Final = ("rejected_row", "rejected_because")
"""What a reject file has beside the feed's columns; ignored when it is fed again."""
_FORMULA: Final = r"^([=+\-@\t\r])"
_GUARDED: Final = r"^'([=+\-@\t\r])"


class Spool:
    """What is kept on disk while a file is read: raw cells, and what was found wrong with them."""

    def __init__(self, folder: Path) -> None:
        self._home = tempfile.TemporaryDirectory(prefix=".intake-", dir=folder)
        self._writers: dict[str, pa.ipc.RecordBatchFileWriter] = {}

    def keep(self, name: str, table: pa.Table) -> None:
        """Keep rows under a name, after those kept before."""
        if name not in self._writers:
            self._writers[name] = pa.ipc.new_file(str(self._path(name)), table.schema)
        self._writers[name].write_table(table.combine_chunks())

    def kept(self, name: str) -> Iterator[pa.Table]:
        """Give the rows kept under a name back, batch by batch; nothing can be kept after that.

        Read, not mapped: a mapped file counts as memory, all of it, once it was looked at.
        """
        if name not in self._writers:
            return
        self._writers[name].close()
        with pa.OSFile(str(self._path(name))) as stream, pa.ipc.open_file(stream) as reader:
            for place in range(reader.num_record_batches):
                yield pa.Table.from_batches([reader.get_batch(place)])

    def keep_cells(self, chunk: Chunk) -> None:
        """Keep the raw cells of a chunk with their row numbers."""
        numbers = pa.array(chunk.row_numbers, pa.int64())
        self.keep("cells", chunk.cells.append_column(_NUMBER, numbers))

    def cells(self) -> Iterator[tuple[np.ndarray, pa.Table]]:
        """Give the chunks back: row numbers and cells."""
        for table in self.kept("cells"):
            yield table.column(_NUMBER).to_numpy(), table.drop_columns([_NUMBER])

    def _path(self, name: str) -> Path:
        return Path(self._home.name) / f"{name}.arrow"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()
        self._home.cleanup()


_NUMBER: Final = "\x00row"


def restored(cells: pa.Table) -> pa.Table:
    """Take the guard off the cells of a reject file that is fed again, and its reasons."""
    columns = {}
    for name in cells.column_names:
        if name not in REASON_COLUMNS:
            columns[name] = pc.replace_substring_regex(cells.column(name), _GUARDED, r"\1")
    return pa.table(columns)


def write_reject_file(
    connection: sa.Connection, spool: Spool, path: Path, declaration: FeedDeclaration
) -> None:
    """Write the rows named in ``pg_temp.rejection``; complete under its name, or not there."""
    making = path.with_name(f"{path.name}.part")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        header_is_due = True
        for numbers, cells in spool.cells():
            reasons = _reasons(connection, int(numbers.min()), int(numbers.max()))
            rows = np.flatnonzero(np.isin(numbers, reasons.column(0).to_numpy()))
            if not len(rows):
                continue
            told = reasons.take(pc.index_in(pa.array(numbers[rows]), reasons.column(0)))
            table = _guarded(cells.take(pa.array(rows)))
            for name, column in zip(REASON_COLUMNS, told.columns, strict=True):
                table = table.append_column(name, column.cast(pa.string()))
            _write_csv(table, stream, declaration, with_header=header_is_due)
            header_is_due = False
        stream.flush()
        os.fsync(stream.fileno())
    making.replace(path)


def _reasons(connection: sa.Connection, first: int, last: int) -> pa.Table:
    """One row per rejected row: its number and all its reasons in words."""
    rows = connection.execute(
        sa.text("""
            SELECT row_number, string_agg(
                       concat(nullif(column_name, '') || ' ', wrong, ' (row ' || other_row || ')'),
                       '; ' ORDER BY column_name, rule) AS because
            FROM pg_temp.rejection
            JOIN unnest(CAST(:rules AS text[]), CAST(:wrong AS text[])) AS r (rule, wrong)
                 USING (rule)
            WHERE row_number BETWEEN :first AND :last GROUP BY row_number ORDER BY row_number"""),
        {
            "rules": list(RULES),
            "wrong": [rule.wrong for rule in RULES.values()],
            "first": first,
            "last": last,
        },
    ).all()
    return pa.table(
        {
            "row": pa.array([row.row_number for row in rows], pa.int64()),
            "because": pa.array([row.because for row in rows], pa.string()),
        }
    )


def _guarded(cells: pa.Table) -> pa.Table:
    """Put an apostrophe before what a spreadsheet would run as a formula."""
    return pa.table(
        {
            name: pc.replace_substring_regex(cells.column(name), _FORMULA, r"'\1")
            for name in cells.column_names
        }
    )


def _write_csv(
    table: pa.Table, stream: IO[bytes], declaration: FeedDeclaration, *, with_header: bool
) -> None:
    content = pa.BufferOutputStream()
    options = pcsv.WriteOptions(include_header=with_header, delimiter=declaration.delimiter)
    pcsv.write_csv(table.combine_chunks(), content, options)
    text = bytes(memoryview(content.getvalue())).decode()
    stream.write(text.encode(declaration.encoding))
