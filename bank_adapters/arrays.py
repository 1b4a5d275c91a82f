"""Arrow arrays of what Python and NumPy hold, made from their bytes.

``pyarrow.array`` imports pandas, wherever that is installed, to ask whether it was given a Series:
46 MB (pandas 3.1), a third of a process that reads or writes bank files. Nothing here needs pandas.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["index_array", "integer_array", "text_array", "truth_array"]


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


def _bits(values: NDArray[np.bool_]) -> Any:
    return pa.py_buffer(np.packbits(values, bitorder="little"))
