"""Lines of fixed width from whole columns, and back as a matrix of characters for counting.

Writing pads and joins columns; the second look maps the finished file as rows of bytes, so a field
of the wrong length shows at once: every line behind it is shifted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.arrays import scalar
from bank_adapters.writing import SchemaBroken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from bank_adapters.fixed_width import Field, Record

__all__ = ["CRLF", "Matrix", "bytes_of", "line", "lines"]

CRLF: Final = "\r\n"


def line(record: Record, values: Mapping[str, str | int], *, ending: str = CRLF) -> bytes:
    """Return one line; fields not named are blank or zero. Raises ValueError for a long value."""
    assert_known(record, values)
    text = "".join(_padded(field, values.get(field.name, "")) for field in record.fields)
    return (text + ending).encode("ascii")


def lines(
    record: Record, values: Mapping[str, str | int | pa.Array], *, ending: str = CRLF
) -> pa.Array:
    """Return one line per row: arrays give a value each, everything else is the same in all lines.

    Raises ValueError for a value that is longer than its field; nothing is ever cut here.
    """
    assert_known(record, values)
    parts: list[pa.Scalar | pa.Array] = []
    fixed = ""
    for field in record.fields:
        value = values.get(field.name, "")
        if isinstance(value, pa.Array):
            parts += [scalar(fixed), _padded_column(field, value)]
            fixed = ""
        else:
            fixed += _padded(field, value)
    return pc.binary_join_element_wise(*parts, scalar(fixed + ending), scalar(""))


def assert_known(record: Record, values: Mapping[str, object]) -> None:
    """Raise ValueError for a value whose field the record does not have."""
    unknown = set(values) - {field.name for field in record.fields}
    if unknown:
        raise ValueError(f"record {record.name} has no field {', '.join(sorted(unknown))}.")


def _padded(field: Field, value: str | int) -> str:
    text = str(value)
    if len(text) > field.width:
        raise ValueError(f"field {field.name} takes {field.width} characters, not {len(text)}.")
    return text.rjust(field.width, "0") if field.kind == "N" else text.ljust(field.width)


def _padded_column(field: Field, column: pa.Array) -> pa.Array:
    texts = pc.fill_null(column.cast(pa.string()), scalar(""))
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    if longest > field.width:
        raise ValueError(f"field {field.name} takes {field.width} characters, not {longest}.")
    if field.kind == "N":
        return pc.ascii_lpad(texts, field.width, "0")
    return pc.ascii_rpad(texts, field.width, " ")


def bytes_of(texts: pa.Array) -> memoryview:
    """Return the texts one behind the other, as they lie in memory."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)
    first, last = offsets[texts.offset], offsets[texts.offset + len(texts)]
    return memoryview(texts.buffers()[2])[int(first) : int(last)]


class Matrix:
    """A finished file as rows of characters. Raises SchemaBroken where a line has another width."""

    def __init__(self, path: Path, width: int, *, ending: bytes = b"\r\n") -> None:
        size = path.stat().st_size
        step = width + len(ending)
        if size == 0 or size % step:
            raise SchemaBroken(f"the file's {size} bytes are no lines of {width} characters.")
        self.rows = np.memmap(path, np.uint8, "r").reshape(-1, step)
        if (self.rows[:, width:] != np.frombuffer(ending, np.uint8)).any():
            raise SchemaBroken(f"a line of the file is not of {width} characters.")
        if ((self.rows[:, :width] < ord(" ")) | (self.rows[:, :width] > ord("~"))).any():
            raise SchemaBroken("a line of the file has a character that is not printable ASCII.")

    def where(self, start: int, text: str) -> NDArray[np.bool_]:
        """Tell which lines have a text at a place counted from 0."""
        wanted = np.frombuffer(text.encode(), np.uint8)
        found: NDArray[np.bool_] = (self.rows[:, start : start + len(wanted)] == wanted).all(axis=1)
        return found

    def digits(self, span: tuple[int, int], rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return a field of digits as numbers. Raises SchemaBroken where it has others."""
        cells = self.rows[rows, span[0] : span[1]].astype(np.int64) - ord("0")
        if ((cells < 0) | (cells > 9)).any():  # noqa: PLR2004 - digits
            raise SchemaBroken("a field of digits in the file holds something else.")
        return np.asarray(cells @ 10 ** np.arange(span[1] - span[0] - 1, -1, -1, dtype=np.int64))
