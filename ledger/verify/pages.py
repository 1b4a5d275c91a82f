"""Tables read through page by page: whole columns at a time, in the order the rows stand in.

A row on its own costs PostgreSQL and Python a message each. So a stretch of pages comes back as
one row of arrays. A column that holds one value throughout (the usual case for all but subject
and amount) comes back as that value: it is asked for as minimum and maximum first, and fetched in
full only where these differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ledger.columns import numbers
from ledger.rows import driver_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import sqlalchemy as sa
    from numpy.typing import NDArray

__all__ = ["Stretch", "stretches"]

_PAGES_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows of some pages: each column is one whole number for all rows, or one for each."""

    count: int
    columns: dict[str, int | NDArray[Any]]

    def whole(self, name: str) -> NDArray[Any]:
        """Return a column with a number for each row."""
        column = self.columns[name]
        return np.full(self.count, column, np.int64) if isinstance(column, int) else column

    def runs(self, names: Sequence[str]) -> Iterator[tuple[tuple[int, ...], Stretch]]:
        """Cut where one of ``names`` changes; yield their values and the rows between two cuts."""
        columns = [self.columns[name] for name in names]
        varying = [column for column in columns if not isinstance(column, int)]
        if not varying:
            yield self._values(names, 0), self
            return
        changed = np.zeros(self.count - 1, np.bool_)
        for column in varying:
            changed |= column[1:] != column[:-1]
        cuts = [0, *(np.flatnonzero(changed) + 1).tolist(), self.count]
        for start, stop in pairwise(cuts):
            yield self._values(names, start), self._part(start, stop)

    def _values(self, names: Sequence[str], at: int) -> tuple[int, ...]:
        columns = (self.columns[name] for name in names)
        return tuple(c if isinstance(c, int) else int(c[at]) for c in columns)

    def _part(self, start: int, stop: int) -> Stretch:
        columns = {
            name: column if isinstance(column, int) else column[start:stop]
            for name, column in self.columns.items()
        }
        return Stretch(stop - start, columns)


def stretches(
    connection: sa.Connection, table: str, columns: dict[str, str], *, varying: Sequence[str]
) -> Iterator[Stretch]:
    """Read the columns (name: PostgreSQL type, whole numbers only) of a table or partition.

    ``varying`` names those that differ from row to row. Raises ``NullFound``.
    """
    pages = _value(connection, f"SELECT pg_relation_size('{table}') / 8192")
    in_full = set(varying)
    for first in range(0, pages, _PAGES_AT_ONCE):
        last = first + _PAGES_AT_ONCE
        where = f"ctid >= '({first},0)'" + (f" AND ctid < '({last},0)'" if last < pages else "")
        while True:
            row = _row(connection, _query(table, columns, in_full, where))
            stretch, missed = _stretch(row, columns, in_full)
            if not missed:
                break
            in_full |= missed
        if stretch.count:
            yield stretch
            in_full = set(varying) | {
                name for name in in_full if not _is_constant(stretch.columns[name])
            }


def _query(table: str, columns: dict[str, str], in_full: set[str], where: str) -> str:
    asked = [
        f"array_send(array_agg({name}))" if name in in_full else f"min({name}), max({name})"
        for name in columns
    ]
    # A column that differs from row to row is counted by its array, the others by their nulls.
    return f"SELECT count(*), {', '.join(asked)} FROM {table} WHERE {where}"


def _stretch(
    row: Sequence[Any], columns: dict[str, str], in_full: set[str]
) -> tuple[Stretch, set[str]]:
    """Take the answer apart; also name the columns that turned out to differ from row to row."""
    values = iter(row)
    count = next(values)
    if count == 0:
        return Stretch(0, {}), set()
    found: dict[str, int | NDArray[Any]] = {}
    missed: set[str] = set()
    for name, kind in columns.items():
        if name in in_full:
            found[name] = numbers(next(values), name, kind, count)
        else:
            least, most = next(values), next(values)
            if least is None or least != most:
                missed.add(name)
            found[name] = least
    return Stretch(count, found), missed


def _is_constant(column: int | NDArray[Any]) -> bool:
    return isinstance(column, int) or bool((column == column[0]).all())


def _row(connection: sa.Connection, query: str) -> Sequence[Any]:
    with driver_of(connection).cursor(binary=True) as cursor:
        row: Sequence[Any] | None = cursor.execute(query).fetchone()
        if row is None:
            raise RuntimeError("An aggregate gave no row.")
        return row


def _value(connection: sa.Connection, query: str) -> int:
    return int(_row(connection, query)[0])
