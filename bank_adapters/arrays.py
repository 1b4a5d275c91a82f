"""Arrow arrays of what Python and NumPy hold, and back, by their bytes.

``pyarrow.array``, ``pyarrow.scalar`` and ``to_numpy`` import pandas, wherever that is installed:
46 MB (pandas 3.1), a third of a process that reads or writes bank files. Nothing here needs pandas,
nor does a compute function that is given Arrow values alone.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = [
    "index_array",
    "integer_array",
    "integers",
    "repeated",
    "scalar",
    "spare_memory",
    "text_array",
    "truth_array",
    "truths",
]


def spare_memory() -> None:
    """Let Arrow take memory from the system, which gets back what is freed.

    Its own allocator takes 4 MB at once, and keeps for each thread what that freed: of a reader's
    116 MB, 14.
    """
    pa.set_memory_pool(pa.system_memory_pool())


@lru_cache(maxsize=1_000, typed=True)
def scalar(value: str | bool | int) -> pa.Scalar:  # noqa: FBT001 - it is the value, no switch
    """Return one value; of none, there is ``pyarrow.NULL``."""
    if isinstance(value, str):
        return text_array([value])[0]
    if isinstance(value, bool):
        return truth_array(np.array([value]))[0]
    return integer_array(np.array([value]))[0]


def repeated(value: str | bool | int, count: int) -> pa.Array:  # noqa: FBT001 - as above
    """Return one value so many times."""
    return pa.repeat(scalar(value), count)


def text_array(values: Iterable[str | None]) -> pa.Array:
    """Return texts, None as null."""
    given = list(values)
    letters = [b"" if text is None else text.encode() for text in given]
    offsets = np.fromiter(accumulate(map(len, letters), initial=0), np.int32, len(given) + 1)
    valid = None
    if None in given:
        valid = _bits(np.fromiter((text is not None for text in given), np.bool_, len(given)))
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(b"".join(letters))]
    return pa.Array.from_buffers(pa.string(), len(given), buffers)


def integer_array(values: NDArray[np.int64], *, known: NDArray[np.bool_] | None = None) -> pa.Array:
    """Return numbers; null where they are not known."""
    valid = None if known is None else _bits(known)
    whole = np.ascontiguousarray(values, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(whole), [valid, pa.py_buffer(whole)])


def index_array(values: NDArray[np.int64]) -> pa.Array:
    """Return places to take from; null, which takes nothing, where they are below zero."""
    known = values >= 0
    return integer_array(values, known=None if known.all() else known)


def truth_array(values: NDArray[np.bool_]) -> pa.Array:
    """Return booleans."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(values)])


def integers(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the numbers of a column of integers. Raises ValueError where one is null."""
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if flat.null_count:
        raise ValueError(f"{flat.null_count} of {len(flat)} numbers are null; fill them first.")
    of_type = np.dtype(flat.type.to_pandas_dtype())  # NumPy's, whatever the name says
    found = np.frombuffer(flat.buffers()[1] or b"", of_type)[flat.offset :][: len(flat)]
    return found.astype(np.int64, copy=False)


def truths(column: pa.Array) -> NDArray[np.bool_]:
    """Return booleans, null as false."""
    whole = pc.fill_null(column, scalar(False)) if column.null_count else column
    letters = np.frombuffer(whole.buffers()[1] or b"", np.uint8)
    bits = np.unpackbits(letters, count=whole.offset + len(whole), bitorder="little")
    return bits[whole.offset :].view(np.bool_)


def _bits(values: NDArray[np.bool_]) -> Any:
    return pa.py_buffer(np.packbits(values, bitorder="little"))
