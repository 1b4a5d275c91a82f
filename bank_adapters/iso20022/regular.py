"""The fastest extractor: units that are written alike, read column by column.

One unit of a shape is read exactly; in all others only the letters between its texts are compared
with it, eight at a time, and the texts cut out (see ``shapes``). Nothing of this is guessed: what
is not written alike to the last letter has another shape, and a run in which anything is unusual
is left to the other extractors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from bank_adapters.iso20022.alike import Shapes
from bank_adapters.iso20022.raw import Units
from bank_adapters.values import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bank_adapters.iso20022.alike import Group
    from bank_adapters.iso20022.family import Family
    from bank_adapters.iso20022.shapes import Line

__all__ = ["Regular"]

_TEXT_BYTES_MAX: Final = 2_000  # a longer text is for the exact extractor to refuse


class Regular:
    """Reads runs of one file."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._shapes = Shapes(family)

    def units(self, run: bytes, count: int, exactly: Callable[[bytes], Units]) -> Units | None:
        """Return the units of a run ``<r>…</r>``, or None where it is not regular.

        ``exactly`` reads one unit as the exact extractor does. Any thread may ask.
        """
        groups = self._shapes.groups(run, count, exactly)
        parts = [_part(run, group, self._family) for group in groups or ()]
        sure = [part for part in parts if part is not None]
        if groups is None or len(sure) < len(parts):
            return None
        return _in_order(sure, groups, self._family)


def _part(run: bytes, group: Group, family: Family) -> tuple[pa.Table, list[pa.Table]] | None:
    """Return units and each of their rows, or None where a text is not for this extractor."""
    texts = _Texts(run, group)
    shape = group.shape
    found = [
        {name: texts.behind(number) for name, number in line.texts.items()}
        for line in (shape.unit, *shape.rows)
    ]
    if not all(_is_as_written(text) for line in found for text in line.values()):
        return None
    rows = list(zip(shape.rows, found[1:], strict=True))
    if not all(line.scope == "detail" or _says_something(line, of_row) for line, of_row in rows):
        return None
    count = len(group.units)
    units = _table(tuple(family.unit_columns), found[0], shape.unit, count)
    return units, [_table(family.table_columns, of_row, line, count) for line, of_row in rows]


class _Texts:
    """What stands between the segments of units of one shape."""

    def __init__(self, run: bytes, group: Group) -> None:
        self._letters = pa.py_buffer(run)
        self._tags = group.tags
        self._segments = group.shape.segments
        self._every_second = pa.array(np.arange(0, 2 * len(group.units), 2))

    def behind(self, number: int) -> pa.Array:
        """Return the texts behind a segment."""
        segment, following = self._segments[number : number + 2]
        count = len(self._tags)
        edges = np.empty(2 * count, np.int32)
        edges[0::2] = self._tags[:, segment.tag] + len(segment.letters)
        edges[1::2] = self._tags[:, following.tag]
        # What lies between two texts is an element too; it is left out without being copied.
        buffers = [None, pa.py_buffer(edges), self._letters]
        both = pa.Array.from_buffers(pa.string(), 2 * count - 1, buffers)
        return both.take(self._every_second)


def _is_as_written(texts: pa.Array) -> bool:
    """Tell whether texts are what they look like: no references, no line ends to be made one."""
    letters = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    if ((letters == ord("&")) | (letters == ord("\r"))).any():
        return False
    sizes = np.diff(np.frombuffer(texts.buffers()[1], np.int32)[: len(texts) + 1])
    return bool(sizes.max() <= _TEXT_BYTES_MAX)


def _says_something(line: Line, columns: dict[str, pa.Array]) -> bool:
    """Tell whether no row is empty: the exact extractor would leave it out."""
    if any(text.strip() for text in line.constants.values()):
        return True
    return any(clean(column).null_count == 0 for column in columns.values())


def _table(names: Sequence[str], texts: dict[str, pa.Array], line: Line, count: int) -> pa.Table:
    none = pa.nulls(count, pa.string())
    constants = {n: pa.repeat(pa.scalar(t), count) for n, t in line.constants.items()}
    columns = texts | constants
    return pa.Table.from_arrays([columns.get(name, none) for name in names], names=list(names))


def _in_order(
    parts: Sequence[tuple[pa.Table, list[pa.Table]]], groups: Sequence[Group], family: Family
) -> Units:
    """Return units and rows in the order of the run."""
    units = pa.concat_tables([units for units, _ in parts])
    if len(parts) > 1:
        numbers = np.concatenate([group.units for group in groups])
        units = units.take(pa.array(np.argsort(numbers)))
    tables = [table for _, rows in parts for table in rows]
    if not tables:
        none = {name: pa.nulls(0, pa.string()) for name in family.table_columns}
        return Units(units, pa.table(none | {"unit": pa.nulls(0, pa.int64())}))
    of_rows = [group.units for (_, rows), group in zip(parts, groups, strict=True) for _ in rows]
    rows, unit = pa.concat_tables(tables), np.concatenate(of_rows)
    if len(tables) > 1:
        order = np.argsort(unit, kind="stable")
        rows, unit = rows.take(pa.array(order)), unit[order]
    return Units(units, rows.append_column("unit", pa.array(unit)))
