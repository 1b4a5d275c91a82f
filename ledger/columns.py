"""Columns of whole numbers as PostgreSQL sends an array: no Python object for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NullFound", "numbers"]

_HEADER_BYTES = 20  # dimensions, nulls, type, length, lower bound: four bytes each
_WIDTHS = {"smallint": ">i2", "integer": ">i4", "bigint": ">i8"}


class NullFound(ValueError):  # noqa: N818 - reads as the sentence it is: raise NullFound
    """A column that has no nulls by its definition holds one."""


def numbers(sent: bytes, name: str, kind: str, count: int) -> NDArray[Any]:
    """Take apart what ``array_send(array_agg(column))`` gives. Raises ``NullFound``."""
    width = np.dtype(_WIDTHS[kind])
    element = np.dtype([("size", ">i4"), ("number", width)])
    if len(sent) != _HEADER_BYTES + count * element.itemsize:
        raise NullFound(f"The column {name} holds a null.")
    elements = np.frombuffer(sent, element, offset=_HEADER_BYTES)
    return elements["number"].astype(width.newbyteorder("="))
