"""Columns of numbers as columns of text, in Arrow, without a loop over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .dice import Bools, Ints

__all__ = [
    "Column",
    "blank_where",
    "choose",
    "dates",
    "decimals",
    "joined",
    "numbered",
    "repeated",
    "where",
]

Column = Any  # a pyarrow array; pyarrow ships no types


def numbered(prefix: str, numbers: Ints, width: int) -> Column:
    """Return ``prefix`` and the number filled up with zeros, as BR0000001."""
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
    return joined(prefix, digits) if prefix else digits


def joined(*parts: Column | str) -> Column:
    """Return the parts of each row written one behind the other."""
    return pc.binary_join_element_wise(*parts, "")


def choose(words: Sequence[str], positions: Ints) -> Column:
    """Return the word at each position."""
    return pa.array(words, pa.string()).take(pa.array(positions))


def dates(days: Ints) -> Column:
    """Return days since 1970-01-01 as ISO dates."""
    return pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32()).cast(pa.string())


def decimals(minor: Ints) -> Column:
    """Return hundredths as a decimal with a point and two places."""
    whole = pc.cast(pa.array(minor // 100), pa.string())
    return joined(whole, ".", numbered("", minor % 100, 2))


def blank_where(blank: Bools, column: Column) -> Column:
    """Return the column with nothing where ``blank`` is true."""
    return pc.if_else(pa.array(blank), pa.scalar(None, pa.string()), column)


def where(condition: Bools, left: Column, right: Column) -> Column:
    """Return ``left`` where the condition holds, ``right`` elsewhere."""
    return pc.if_else(pa.array(condition), left, right)


def repeated(word: str, count: int) -> Column:
    """Return one word on every row."""
    return pa.array([word], pa.string()).take(pa.array(np.zeros(count, dtype=np.int64)))
