"""What the extractors hand on: records of enclosing elements, units and their rows as texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from bank_adapters.arrays import integer_array, text_array
from bank_adapters.values import clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bank_adapters.iso20022.family import Family

__all__ = ["Block", "Gathered", "Raw", "Record", "Units", "text_table"]

_FULL: Final = 5_000  # units, or rows, that are handed on together


@dataclass(slots=True)
class Record:
    """One enclosing element: its columns, and the small records below it."""

    name: str
    number: int = 0
    """Counts from 1 among the elements in which units stand."""
    columns: dict[str, str] = field(default_factory=dict)
    children: list[Record] = field(default_factory=list)

    def text(self, column: str) -> str | None:
        """Return a column without space around it, or None where nothing is left."""
        return self.columns.get(column, "").strip() or None


class Units(NamedTuple):
    """Units of one run as texts, and what hangs on them; ``unit`` says on which."""

    units: pa.Table
    table: pa.Table
    is_clean: bool = False
    """No text has space around it, and none is empty."""


class Raw(NamedTuple):
    """Units as texts, nothing read into them yet."""

    holders: tuple[Record, ...]
    """The elements in which the units stand."""
    holder: NDArray[np.int64]
    """For each unit its place in ``holders``."""
    units: pa.Table
    table: pa.Table
    """What hangs on the units; ``unit`` is the row of the unit it hangs on."""
    is_clean: bool = False
    """No text has space around it, and none is empty."""

    def unit_texts(self) -> dict[str, pa.Array]:
        """Return the columns of the units without space around; null where nothing is left."""
        return {name: self._text(self.units[name]) for name in self.units.column_names}

    def table_texts(self) -> dict[str, pa.Array]:
        """Return the columns of what hangs on them, in the same way."""
        names = (name for name in self.table.column_names if name != "unit")
        return {name: self._text(self.table[name]) for name in names}

    def _text(self, column: pa.ChunkedArray) -> pa.Array:
        return column.combine_chunks() if self.is_clean else clean(column)


class Block(NamedTuple):
    """Units in the order of the file, and the enclosing elements that ended meanwhile."""

    raw: Raw | None
    ended: tuple[Record, ...]


class Gathered:
    """Units and their rows on the way to Arrow, in chunks."""

    def __init__(self, family: Family) -> None:
        self._unit_columns = tuple(family.unit_columns)
        self._row_columns = family.table_columns
        self._units: list[dict[str, str]] = []
        self._holders: list[Record] = []
        self._holder: list[int] = []
        self._rows: list[dict[str, str]] = []
        self._row_units: list[int] = []
        self._parts: list[pa.Table] = []
        self._ended: list[Record] = []

    @property
    def is_full(self) -> bool:
        """Whether it is time to hand on."""
        return len(self._units) >= _FULL or len(self._ended) >= _FULL

    def add_unit(self, columns: dict[str, str], holder: Record) -> None:
        """Take a unit that ended; the rows before it are its own."""
        if not self._holders or self._holders[-1] is not holder:
            self._holders.append(holder)
        self._holder.append(len(self._holders) - 1)
        self._units.append(columns)

    def add_row(self, columns: dict[str, str]) -> None:
        """Take a row of the unit that is open."""
        self._rows.append(columns)
        self._row_units.append(len(self._units))
        if len(self._rows) >= _FULL:
            self._pack()

    def add_rows(self, rows: pa.Table) -> None:
        """Take many rows of the unit that is open."""
        self._pack()
        unit = integer_array(np.full(rows.num_rows, len(self._units), np.int64))
        self._parts.append(rows.append_column("unit", unit))

    def add_ended(self, record: Record) -> None:
        """Take an enclosing element that ended."""
        self._ended.append(record)

    def _pack(self) -> None:
        packed = _texts(self._row_columns, self._rows)
        self._parts.append(
            packed.append_column("unit", integer_array(np.array(self._row_units, np.int64)))
        )
        self._rows, self._row_units = [], []

    def block(self) -> Block | None:
        """Return everything gathered and begin anew; None where there is nothing."""
        raw = self._raw() if self._units else None
        ended, self._ended = tuple(self._ended), []
        return Block(raw, ended) if raw or ended else None

    def _raw(self) -> Raw:
        self._pack()
        units = _texts(self._unit_columns, self._units)
        holder = np.array(self._holder, np.int64)
        raw = Raw(tuple(self._holders), holder, units, pa.concat_tables(self._parts))
        self._units, self._holders, self._holder, self._parts = [], [], [], []
        return raw


def _texts(names: tuple[str, ...], rows: list[dict[str, str]]) -> pa.Table:
    return text_table({name: [row.get(name) for row in rows] for name in names})


def text_table(columns: dict[str, list[str | None]]) -> pa.Table:
    """Return columns of texts as Arrow."""
    arrays = [text_array(values) for values in columns.values()]
    return pa.Table.from_arrays(arrays, names=list(columns))
