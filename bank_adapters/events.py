"""Rows of EVENT_SCHEMA on their way: what the readers of all formats share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.arrays import repeated, scalar, text_array
from bank_adapters.model import EVENT_SCHEMA, Violation
from bank_adapters.values import coded, either, reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date


__all__ = ["NOTHING", "Built", "Rows", "Tally", "reasons_of", "rows_of"]

_TYPES: Final = {field.name: field.type for field in EVENT_SCHEMA if field.name != "position"}


class Tally(NamedTuple):
    """What units add up to, by the number of the element they stand in."""

    units: Mapping[int, int]
    money: Mapping[tuple[int, str, str, bool, date | None], tuple[int, int]]
    """(holder, currency, direction, booked, value date) → (entries, minor)."""
    statuses: Mapping[tuple[int, str], int]


NOTHING: Final = Tally({}, {}, {})


class Built(NamedTuple):
    """Rows of events, without their position in the file, and what they add up to.

    ``entry_no`` counts from 1 within these rows' own units; it is null in rows of no unit.
    """

    table: pa.Table
    tally: Tally
    left_out: tuple[Violation, ...]


class Rows:
    """Columns on the way to events; what is not given is null."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._columns: dict[str, pa.Array] = {}
        self._left_out: list[Violation] = []

    def put(self, name: str, values: pa.Array | str | None) -> None:
        """Set a whole column, or one value for all rows."""
        if isinstance(values, str):
            self._columns[name] = repeated(values, self._count)
        elif values is not None:
            self._columns[name] = values

    def put_reference(self, name: str, texts: pa.Array) -> None:
        """Set a column of references; one that breaks its own format is left out, and told."""
        kept, broken = reference(texts)
        self._columns[name] = kept
        self._tell(broken, name, "is up to 36 printable characters")

    def put_code(self, name: str, texts: pa.Array, *, length_max: int) -> None:
        """Set a column of codes; free text, which may hold a name, is left out, and told."""
        kept, broken = coded(texts, length_max=length_max)
        self._columns[name] = kept
        self._tell(broken, name, f"is a code of up to {length_max} letters and digits")

    def _tell(self, broken: pa.Array | None, name: str, rule: str) -> None:
        if broken is None:
            return
        for row in pc.indices_nonzero(broken).to_pylist():
            self._left_out.append(Violation(row + 1, name, rule, "ask the bank what it means"))

    def built(self, tally: Tally) -> Built:
        """Return the rows with every column of the schema."""
        arrays = [self._array(name, of_type) for name, of_type in _TYPES.items()]
        return Built(pa.Table.from_arrays(arrays, names=[*_TYPES]), tally, tuple(self._left_out))

    def _array(self, name: str, of_type: pa.DataType) -> pa.Array:
        column = self._columns.get(name)
        if column is None:
            return pa.nulls(self._count, of_type)
        return column if column.type == of_type else column.cast(of_type)


def reasons_of(rows: Rows, codes: pa.Array, own: pa.Array, *, list_name: str) -> None:
    """Set list and code of a reason: the external list's where it is given, else the bank's own."""
    rows.put_code("reason", either(codes, own), length_max=35)
    if codes.null_count == 0:
        rows.put("reason_list", list_name)
        return
    has_code = pc.is_valid(codes)
    from_own = pc.and_(pc.invert(has_code), pc.is_valid(own))
    of_own = pc.if_else(from_own, scalar("PROPRIETARY"), pa.NULL)
    rows.put("reason_list", pc.if_else(has_code, scalar(list_name), of_own))


def rows_of(values: Sequence[Mapping[str, Any]]) -> Built:
    """Return events that are no units: statuses of files and groups."""
    rows = Rows(len(values))
    for name in EVENT_SCHEMA.names:
        texts = [value.get(name) for value in values]
        if any(text is not None for text in texts):
            of_type = EVENT_SCHEMA.field(name).type
            is_text = of_type == pa.string()
            rows.put(name, text_array(texts) if is_text else pa.array(texts, of_type))
    return rows.built(NOTHING)
