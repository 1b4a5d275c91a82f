"""Files of fixed width as columns: blocks of lines become a matrix of bytes, fields slices of it.

Positions count bytes. A line in UTF-8 whose characters, not bytes, fill its width is read by its
characters. Lines may be shorter, where blanks were cut off behind, or longer by blanks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.arrays import text_array
from bank_adapters.inflow import BLOCK_BYTES
from bank_adapters.refusals import RefusalCode, RefusedFile
from bank_adapters.values import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bank_adapters.fixed_width import Record
    from bank_adapters.inflow import Inflow

__all__ = ["Lines", "first_line_width", "line_blocks"]

_BLANK: Final = ord(" ")
_ZERO: Final = ord("0")
_END_OF_FILE: Final = b"\x1a"  # some systems end a text file so
_LINE_BYTES_MAX: Final = 4_096


class Lines:
    """Lines of one width; ``numbers`` says which lines of the file they are, from 1."""

    __slots__ = ("matrix", "name", "numbers")

    def __init__(self, matrix: NDArray[np.uint8], numbers: NDArray[np.int64], name: str) -> None:
        self.matrix = matrix
        self.numbers = numbers
        self.name = name

    def __len__(self) -> int:
        return len(self.matrix)

    def __getitem__(self, chosen: slice | NDArray[np.bool_] | NDArray[np.int64]) -> Lines:
        return Lines(self.matrix[chosen], self.numbers[chosen], self.name)

    def then(self, other: Lines) -> Lines:
        """Return these lines and others behind them."""
        return Lines(
            np.concatenate([self.matrix, other.matrix]),
            np.concatenate([self.numbers, other.numbers]),
            self.name,
        )

    @property
    def place(self) -> Place:
        """What names a value's line in a refusal."""
        return _AtLine(self.name, self.numbers)

    def refusal(self, code: RefusalCode, column: str, row: int = 0) -> RefusedFile:
        """Return the refusal of one field."""
        return self.place.refusal(code, row, column)

    def codes(self, record: Record, field: str) -> NDArray[np.bytes_]:
        """Return a short field as bytes, for comparison; blanks behind are dropped."""
        start, stop = record.span(field)
        column = np.ascontiguousarray(self.matrix[:, start:stop])
        return np.char.rstrip(column.view(f"S{stop - start}").ravel())

    def texts(self, record: Record, field: str) -> pa.Array:
        """Return a field as texts without blanks around them; null where nothing is left."""
        start, stop = record.span(field)
        column = np.ascontiguousarray(self.matrix[:, start:stop])
        if column.size and column.max() > ord("~"):
            plain = [bytes(row).decode("latin-1") for row in column]
            found = text_array(plain)
        else:
            fixed = pa.binary(stop - start)
            buffers = [None, pa.py_buffer(column)]
            found = pa.FixedSizeBinaryArray.from_buffers(fixed, len(column), buffers)
            found = found.cast(pa.binary()).cast(pa.string())
        trimmed = pc.utf8_trim(found, characters=" \0")
        return pc.if_else(pc.equal(pc.binary_length(trimmed), 0), None, trimmed)

    def integers(self, record: Record, field: str, code: RefusalCode) -> NDArray[np.int64]:
        """Return a field of digits; all blank is zero. Raises RefusedFile for anything else."""
        start, stop = record.span(field)
        column = self.matrix[:, start:stop]
        is_blank = (column == _BLANK).all(axis=1)
        digits = np.where(is_blank[:, None], 0, column.astype(np.int64) - _ZERO)
        is_padded = (column == _BLANK) & (np.cumsum(column != _BLANK, axis=1) == 0)
        digits[is_padded] = 0
        wrong = ((digits < 0) | (digits > 9)).any(axis=1)  # noqa: PLR2004 - the digits
        if wrong.any():
            raise self.refusal(code, f"{record.name}, {record.place(field)}", int(wrong.argmax()))
        powers = 10 ** np.arange(stop - start - 1, -1, -1, dtype=np.int64)
        return np.asarray(digits @ powers, np.int64)


class _AtLine(Place):
    """Says in which line a value stands."""

    def __init__(self, name: str, numbers: NDArray[np.int64]) -> None:
        super().__init__(name, what="line", first=1)
        self._numbers = numbers

    def refusal(self, code: RefusalCode, row: int, column: str) -> RefusedFile:
        return RefusedFile(code, name=self._name, place=f"line {self._numbers[row]}, {column}")


def first_line_width(head: bytes) -> int:
    """Return how long the first line is, without blanks and line ends behind it."""
    return len(head.split(b"\n", 1)[0].rstrip(b"\r "))


def line_blocks(
    source: Inflow, *, width: int, name: str, has_trailer: bool = True
) -> Iterator[Lines]:
    """Yield all lines of a file, in blocks; lines of blanks only are passed over.

    Raises RefusedFile for a line that is longer than its width or holds control characters. A
    format without a trailer (``has_trailer`` False) would not notice a cut in its last line: there
    a line without its end must be full.
    """
    rest, number = b"", 0
    while block := source.read(BLOCK_BYTES):
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            lines = _lines(whole, width, number, name)
            number += whole.count(b"\n") + 1
            if len(lines):
                yield lines
        elif len(rest) > _LINE_BYTES_MAX:
            raise _refusal(RefusalCode.NOT_WELL_FORMED, name, number + 1)
    rest = rest.rstrip(_END_OF_FILE)
    if not has_trailer and 0 < len(rest.rstrip(b"\r")) < width:
        raise _refusal(RefusalCode.NOT_WELL_FORMED, name, number + 1)
    last = _lines(rest, width, number, name)
    if len(last):
        yield last


def _lines(block: bytes, width: int, before: int, name: str) -> Lines:
    """Return a block as a matrix. Its usual form, every line full, is taken as it is."""
    for ending in (b"\n", b"\r\n"):
        step = width + len(ending)
        rows, more = divmod(len(block) + len(ending), step)
        if more == 0 and rows:
            ended = np.frombuffer(block + ending, np.uint8).reshape(rows, step)
            matrix = ended[:, :width]
            if (ended[:, width:] == np.frombuffer(ending, np.uint8)).all() and _is_text(matrix):
                lines = Lines(matrix, np.arange(before + 1, before + rows + 1), name)
                return lines[(matrix != _BLANK).any(axis=1)]
    return _uneven(block, width, before, name)


def _uneven(block: bytes, width: int, before: int, name: str) -> Lines:
    full: list[bytes] = []
    numbers: list[int] = []
    for number, line in enumerate(block.split(b"\n"), before + 1):
        bare = line.rstrip(b"\r ")
        if not bare:
            continue
        if not bare.isascii() and len(line.rstrip(b"\r")) != width:
            bare = _by_characters(bare)
        if len(bare) > width:
            raise _refusal(RefusalCode.NOT_WELL_FORMED, name, number)
        full.append(bare.ljust(width))
        numbers.append(number)
    matrix = np.frombuffer(b"".join(full), np.uint8).reshape(len(full), width)
    lines = Lines(matrix, np.array(numbers, np.int64), name)
    if not _is_text(matrix):
        wrong = int((matrix < _BLANK).any(axis=1).argmax())
        raise lines.refusal(RefusalCode.NOT_WELL_FORMED, "control character", wrong)
    return lines


def _is_text(matrix: NDArray[np.uint8]) -> bool:
    return bool(matrix.size == 0 or matrix.min() >= _BLANK)


def _by_characters(line: bytes) -> bytes:
    """Return a line of UTF-8 with one byte for each character."""
    try:
        return line.decode("utf-8").encode("latin-1", "replace")
    except UnicodeDecodeError:
        return line


def _refusal(code: RefusalCode, name: str, number: int) -> RefusedFile:
    return RefusedFile(code, name=name, place=f"line {number}")
