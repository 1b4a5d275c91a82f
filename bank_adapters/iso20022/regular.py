"""The fastest extractor: units that are written alike, read column by column.

One unit of a shape is read exactly; in all others only the letters between its texts are compared
with it, in all units at once, and the texts cut out (see ``shapes``). Nothing of this is guessed:
what is not written alike to the last letter has another shape, and a run in which anything is
unusual is left to the other extractors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bank_adapters.arrays import integer_array, repeated
from bank_adapters.iso20022.alike import Shapes, windows
from bank_adapters.iso20022.raw import Units
from bank_adapters.iso20022.strict import TEXT_MAX
from bank_adapters.values import clean, may_be_space

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from bank_adapters.iso20022.alike import Group
    from bank_adapters.iso20022.family import Family
    from bank_adapters.iso20022.runs import Run
    from bank_adapters.iso20022.shapes import Line

__all__ = ["Regular"]


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
    shape = group.shape
    lines = (shape.unit, *shape.rows)
    texts = _Texts(run, group, sorted({n for line in lines for n in line.texts.values()}))
    if not texts.are_as_written():
        return None
    found = [{name: texts.behind(n) for name, n in line.texts.items()} for line in lines]
    rows = list(zip(shape.rows, found[1:], strict=True))
    if not all(line.scope == "detail" or _says_something(line, of_row) for line, of_row in rows):
        return None
    count = len(group.units)
    units = _table(tuple(family.unit_columns), found[0], shape.unit, count)
    return units, [_table(family.table_columns, of_row, line, count) for line, of_row in rows]


class _Texts:
    """What stands between the segments of units of one shape."""

    def __init__(self, run: Run, group: Group, behind: list[int]) -> None:
        self._run = run
        self._letters = run.letters
        segments = zip(group.segments, group.shape.segments, strict=True)
        ends = [places + len(segment.letters) for places, segment in segments]
        self._bounds = {number: (ends[number], group.segments[number + 1]) for number in behind}
        self._is_clean = self._has_clean_edges()

    def _has_clean_edges(self) -> bool:
        """Tell whether no text is empty, or begins or ends in a space: all looked at together."""
        if not self._bounds:
            return True
        starts = np.concatenate([starts for starts, _ in self._bounds.values()])
        ends = np.concatenate([ends for _, ends in self._bounds.values()])
        if (starts == ends).any():
            return False
        return not any(may_be_space(self._letters[places]) for places in (starts, ends - 1))

    def are_as_written(self) -> bool:
        """Tell whether texts are what they look like: no references, no line ends to be made one.

        Nor may they be so long that the exact extractor refuses them.
        """
        bounds = self._bounds.values()
        if any((ends - starts).max() > TEXT_MAX for starts, ends in bounds):
            return False
        if not self._run.has(b"&") and not self._run.has(b"\r"):
            return True
        letters = self._letters
        places = np.flatnonzero((letters == ord("&")) | (letters == ord("\r")))
        return not any(
            (np.searchsorted(places, starts) < np.searchsorted(places, ends)).any()
            for starts, ends in bounds
        )

    def behind(self, number: int) -> pa.Array:
        """Return the texts behind a segment without space around them, null where none is left."""
        starts, ends = self._bounds[number]
        sizes = ends - starts
        size = int(sizes[0])
        found = self._all_of(starts, size) if size and (sizes == size).all() else None
        found = self._cut_out(starts, ends) if found is None else found
        return found if self._is_clean else clean(found)

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
        return both.take(integer_array(np.arange(0, 2 * len(starts), 2)))


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
