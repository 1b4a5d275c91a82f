"""The fastest extractor: units that are written alike, read column by column.

One unit of a shape is read exactly; in all others only the letters between its texts are compared
with it, in all units at once, and the texts cut out (see ``shapes``). Nothing of this is guessed:
what is not written alike to the last letter has another shape, and a run in which anything is
unusual is left to the other extractors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from bank_adapters.arrays import integer_array, repeated
from bank_adapters.iso20022.alike import Shapes, windows
from bank_adapters.iso20022.raw import Units
from bank_adapters.values import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from bank_adapters.iso20022.alike import Group
    from bank_adapters.iso20022.family import Family
    from bank_adapters.iso20022.runs import Run
    from bank_adapters.iso20022.shapes import Line

__all__ = ["Regular"]

_TEXT_BYTES_MAX: Final = 2_000  # a longer text is for the exact extractor to refuse


class Regular:
    """Reads runs of one file."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._shapes = Shapes(family)

    def units(self, run: Run, exactly: Callable[[bytes], Units]) -> Units | None:
        """Return the units of a run, or None where it is not regular.

        ``exactly`` reads one unit as the exact extractor does. Any thread may ask.
        """
        groups = self._shapes.groups(run, exactly)
        parts = [_part(run, group, self._family) for group in groups or ()]
        sure = [part for part in parts if part is not None]
        if groups is None or len(sure) < len(parts):
            return None
        return _in_order(sure, groups, self._family)


def _part(run: Run, group: Group, family: Family) -> tuple[pa.Table, list[pa.Table]] | None:
    """Return units and each of their rows, or None where a text is not for this extractor."""
    texts = _Texts(run, group)
    shape = group.shape
    found: list[dict[str, pa.Array]] = []
    for line in (shape.unit, *shape.rows):
        columns = {name: texts.behind(number) for name, number in line.texts.items()}
        sure = {name: column for name, column in columns.items() if column is not None}
        if len(sure) < len(columns):
            return None
        found.append(sure)
    rows = list(zip(shape.rows, found[1:], strict=True))
    if not all(line.scope == "detail" or _says_something(line, of_row) for line, of_row in rows):
        return None
    count = len(group.units)
    units = _table(tuple(family.unit_columns), found[0], shape.unit, count)
    return units, [_table(family.table_columns, of_row, line, count) for line, of_row in rows]


class _Texts:
    """What stands between the segments of units of one shape."""

    def __init__(self, run: Run, group: Group) -> None:
        self._run = run
        self._letters = run.letters
        self._is_literal = not run.has(b"&") and not run.has(b"\r")
        self._group = group
        count = len(group.units)
        self._every_second = integer_array(np.arange(0, 2 * count, 2))

    def behind(self, number: int) -> pa.Array | None:
        """Return the clean texts behind a segment, or None where they are not what they seem."""
        segments = self._group.segments
        starts = segments[number] + len(self._group.shape.segments[number].letters)
        ends = segments[number + 1]
        sizes = ends - starts
        longest = int(sizes.max())
        if longest > _TEXT_BYTES_MAX:
            return None
        if longest == sizes.min(initial=longest) and longest:
            found = self._all_of(starts, longest)
        else:
            found = self._cut_out(starts, ends)
        if not self._is_literal and not _is_as_written(found):
            return None
        return clean(found)

    def _all_of(self, starts: NDArray[np.int64], size: int) -> pa.Array:
        """Return texts that are all of one size."""
        letters = windows(self._run, size)[starts]
        offsets = np.arange(len(starts) + 1, dtype=np.int32) * np.int32(size)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(letters)]
        return pa.Array.from_buffers(pa.string(), len(starts), buffers)

    def _cut_out(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> pa.Array:
        """Return texts of any size."""
        edges = np.empty(2 * len(starts), np.int32)
        edges[0::2] = starts
        edges[1::2] = ends
        # What lies between two texts is an element too; it is left out without being copied.
        buffers = [None, pa.py_buffer(edges), pa.py_buffer(self._letters)]
        both = pa.Array.from_buffers(pa.string(), 2 * len(starts) - 1, buffers)
        return both.take(self._every_second)


def _is_as_written(texts: pa.Array) -> bool:
    """Tell whether texts are what they look like: no references, no line ends to be made one."""
    letters = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    return not ((letters == ord("&")) | (letters == ord("\r"))).any()


def _says_something(line: Line, columns: dict[str, pa.Array]) -> bool:
    """Tell whether no row is empty: the exact extractor would leave it out."""
    if any(text.strip() for text in line.constants.values()):
        return True
    return any(column.null_count == 0 for column in columns.values())


def _table(names: Sequence[str], texts: dict[str, pa.Array], line: Line, count: int) -> pa.Table:
    none = pa.nulls(count, pa.string())
    constants = {n: repeated(t, count) for n, t in line.constants.items()}
    columns = texts | constants
    return pa.Table.from_arrays([columns.get(name, none) for name in names], names=list(names))


def _in_order(
    parts: Sequence[tuple[pa.Table, list[pa.Table]]], groups: Sequence[Group], family: Family
) -> Units:
    """Return units and rows in the order of the run."""
    units = pa.concat_tables([units for units, _ in parts])
    if len(parts) > 1:
        numbers = np.concatenate([group.units for group in groups])
        units = units.take(integer_array(np.argsort(numbers)))
    tables = [table for _, rows in parts for table in rows]
    if not tables:
        none = {name: pa.nulls(0, pa.string()) for name in family.table_columns}
        return Units(units, pa.table(none | {"unit": pa.nulls(0, pa.int64())}))
    of_rows = [group.units for (_, rows), group in zip(parts, groups, strict=True) for _ in rows]
    rows, unit = pa.concat_tables(tables), np.concatenate(of_rows)
    if len(tables) > 1:
        order = np.argsort(unit, kind="stable")
        rows, unit = rows.take(integer_array(order)), unit[order]
    with_unit = rows.append_column("unit", integer_array(unit))
    return Units(units, with_unit, is_clean=True)
