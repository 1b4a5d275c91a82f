"""Rows of a file in chunks, every cell as the text that was written, whatever the file's format.

pandas reads CSV, openpyxl workbooks, pyarrow Parquet. Nothing is guessed: ``0007`` stays ``0007``,
``NA`` stays ``NA``, and memory depends on a chunk, not on the file.
"""

from __future__ import annotations

import warnings
from datetime import date
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cct_engine.registry.intake.findings import RefusedFeed
from cct_engine.registry.intake.whole_file import FileFormat, check_header, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cct_engine.registry.intake.declaration import FeedDeclaration
    from cct_engine.registry.intake.whole_file import Examined, Layout

__all__ = ["Chunk", "read_chunks"]

_CHUNK_ROWS: Final = 65_536
_EXACT_FLOAT_MAX: Final = 1 << 53


class Chunk(NamedTuple):
    """Some rows: their numbers as a spreadsheet counts (the header is 1), and their cells."""

    row_numbers: np.ndarray
    cells: pa.Table
    """Text columns of the file, in its order, no nulls: an empty cell is ''."""
    short: np.ndarray
    """Per row: it had fewer cells than the header."""
    long: np.ndarray
    """Per row: it had more cells than the header."""


def read_chunks(
    examined: Examined, declaration: FeedDeclaration, date_formats: Mapping[str, str]
) -> Iterator[Chunk]:
    """Read an examined file. Rows without any content are left out; their numbers stay free.

    ``date_formats`` says per column how a cell that is a date (in a workbook or Parquet) is
    written out. Raises RefusedFeed when the file breaks off.
    """
    if examined.format is FileFormat.PARQUET:
        chunks = _read_parquet(examined, declaration, date_formats)
    elif examined.format is FileFormat.XLSX:
        chunks = _read_workbook(examined, declaration, date_formats)
    else:
        chunks = _read_csv(examined, declaration)
    for chunk in chunks:
        kept = _without_blank_rows(chunk)
        if len(kept.row_numbers):
            yield kept


def _without_blank_rows(chunk: Chunk) -> Chunk:
    blank = np.ones(len(chunk.row_numbers), dtype=bool)
    for column in chunk.cells.columns:
        blank &= pc.equal(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
        if not blank.any():
            return chunk
    full = ~blank
    return Chunk(
        chunk.row_numbers[full],
        chunk.cells.filter(pa.array(full)),
        chunk.short[full],
        chunk.long[full],
    )


# ---------------------------------------------------------------- CSV
def _read_csv(examined: Examined, declaration: FeedDeclaration) -> Iterator[Chunk]:
    import pandas as pd  # noqa: PLC0415 - slow to import, and only feeds need it

    layout = examined.layout
    if layout is None:
        raise AssertionError("A CSV file is read only after its cells were counted.")
    numbers = _RowNumbers(layout)
    with opened(examined.path, compressed=examined.compressed) as stream, warnings.catch_warnings():
        # Of a first row that is too long pandas warns and cuts; we know it by its count.
        warnings.simplefilter("ignore", pd.errors.ParserWarning)
        try:
            for frame in _frames(stream, declaration, layout):
                cells = pa.table(
                    {name: _as_arrow(frame[name]) for name in frame.columns}
                ).rename_columns(list(layout.header))
                yield numbers.next_chunk(cells)
        except pd.errors.ParserError:
            raise RefusedFeed(
                f"{examined.path.name} breaks off inside a quoted cell: it was cut, or a quote is "
                "not closed. Nothing was loaded; ask the sender to send it again."
            ) from None
    yield from numbers.long_rows()
    if numbers.record_count != layout.record_count:
        raise RefusedFeed(
            f"{examined.path.name}: one reader counts {layout.record_count:,} records and the "
            f"other {numbers.record_count:,}. Line ends or quotes are mixed; save it again as CSV."
        )


def _frames(stream: IO[bytes], declaration: FeedDeclaration, layout: Layout) -> Iterator[Any]:
    import pandas as pd  # noqa: PLC0415 - only an intake pays for the import

    if layout.record_count <= 1:
        return
    with pd.read_csv(
        stream,
        sep=declaration.delimiter,
        encoding="utf-8-sig" if declaration.encoding == "utf-8" else declaration.encoding,
        header=0,
        names=[f"c{place}" for place in range(len(layout.header))],
        index_col=False,
        dtype=str,
        keep_default_na=False,
        na_filter=False,
        skip_blank_lines=False,
        on_bad_lines="skip",
        chunksize=_CHUNK_ROWS,
    ) as reader:
        yield from reader


def _as_arrow(column: Any) -> pa.ChunkedArray:
    return pa.chunked_array(pa.array(column, type=pa.string(), from_pandas=False))


class _RowNumbers:
    """Which record each row that pandas gives was: those with too many cells it leaves out."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._left_out = np.asarray(sorted(n for n in layout.long if n != 2), dtype=np.int64)  # noqa: PLR2004 - the first row is cut, not left out
        self._given = 0
        self.record_count = 1

    def next_chunk(self, cells: pa.Table) -> Chunk:
        """Number the next rows."""
        places = np.arange(self._given + 2, self._given + 2 + cells.num_rows, dtype=np.int64)
        # The n-th row given is record n plus the records left out before it.
        numbers = places + np.searchsorted(
            self._left_out - np.arange(len(self._left_out)), places, side="right"
        )
        self._given += cells.num_rows
        self.record_count += cells.num_rows
        line_2 = 2
        first_is_long = line_2 in self._layout.long and len(numbers) > 0 and numbers[0] == line_2
        long = np.zeros(len(numbers), dtype=bool)
        if first_is_long:
            long[0] = True
        return Chunk(numbers, cells, np.isin(numbers, self._layout.short), long)

    def long_rows(self) -> Iterator[Chunk]:
        """Give the rows that were left out, what is over put back into their last cell."""
        self.record_count += len(self._left_out)
        if not len(self._left_out):
            return
        width = len(self._layout.header)
        rows = [self._layout.long[int(number)] for number in self._left_out]
        joined = [[*row[: width - 1], ",".join(row[width - 1 :])] for row in rows]
        yield Chunk(
            self._left_out,
            _text_table(joined, self._layout.header),
            np.zeros(len(rows), dtype=bool),
            np.ones(len(rows), dtype=bool),
        )


# ---------------------------------------------------------------- workbooks
def _read_workbook(
    examined: Examined, declaration: FeedDeclaration, date_formats: Mapping[str, str]
) -> Iterator[Chunk]:
    import openpyxl  # noqa: PLC0415 - only workbooks need it

    book = openpyxl.load_workbook(examined.path, read_only=True, data_only=False)
    try:
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(values_only=True)
        header = tuple("" if name is None else str(name).strip() for name in next(rows, ()))
        check_header(header, examined.path, declaration)
        formats = [date_formats.get(name, declaration.date) for name in header]
        held: list[list[str]] = []
        number = 1
        for row in rows:
            given = [*row, *[None] * (len(header) - len(row))][: len(header)]
            held.append(
                [
                    _written(cell, form, declaration.decimal)
                    for cell, form in zip(given, formats, strict=True)
                ]
            )
            if len(held) == _CHUNK_ROWS:
                yield _whole(_text_table(held, header), number)
                number, held = number + len(held), []
        yield _whole(_text_table(held, header), number)
    finally:
        book.close()


def _written(cell: object, date_format: str, decimal: str) -> str:
    """Write a cell of a workbook as the declaration says a sender writes it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, date):
        return cell.strftime(date_format)
    if isinstance(cell, float):
        whole = cell.is_integer() and abs(cell) < _EXACT_FLOAT_MAX
        return str(int(cell)) if whole else repr(cell).replace(".", decimal)
    return str(cell)


# ---------------------------------------------------------------- Parquet
def _read_parquet(
    examined: Examined, declaration: FeedDeclaration, date_formats: Mapping[str, str]
) -> Iterator[Chunk]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - only Parquet feeds need it

    try:
        with pq.ParquetFile(examined.path) as file:
            header = tuple(file.schema_arrow.names)
            check_header(header, examined.path, declaration)
            number = 1
            for batch in file.iter_batches(batch_size=_CHUNK_ROWS):
                cells = {
                    name: _column_as_text(
                        column, date_formats.get(name, declaration.date), declaration
                    )
                    for name, column in zip(header, batch.columns, strict=True)
                }
                yield _whole(pa.table(cells), number)
                number += batch.num_rows
    except (pa.ArrowInvalid, OSError):
        raise RefusedFeed(
            f"{examined.path.name} is a cut or damaged Parquet file. Nothing was loaded; ask the "
            "sender to send it again."
        ) from None


def _column_as_text(column: pa.Array, date_format: str, declaration: FeedDeclaration) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        text = pc.strftime(column, format=date_format)
    elif pa.types.is_floating(column.type):
        whole = pc.all(pc.equal(pc.floor(column), column)).as_py()
        text = (column.cast(pa.int64(), safe=False) if whole else column).cast(pa.string())
        text = pc.replace_substring(text, ".", declaration.decimal)
    elif pa.types.is_decimal(column.type):
        text = pc.replace_substring(column.cast(pa.string()), ".", declaration.decimal)
    else:
        text = column.cast(pa.string())
    return pc.fill_null(text, "")


# ---------------------------------------------------------------- shared
def _text_table(rows: Sequence[Sequence[str]], header: Sequence[str]) -> pa.Table:
    columns = [pa.array([row[place] for row in rows], pa.string()) for place in range(len(header))]
    return pa.table(columns, names=list(header))


def _whole(cells: pa.Table, number_before: int) -> Chunk:
    numbers = np.arange(number_before + 1, number_before + 1 + cells.num_rows, dtype=np.int64)
    nowhere = np.zeros(cells.num_rows, dtype=bool)
    return Chunk(numbers, cells, nowhere, nowhere)
