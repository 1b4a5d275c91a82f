"""How a message is described: what it repeats, and where in it what we take stands.

One description serves both extractors: the exact one on expat and the bulk one on xml2arrow.
A *unit* is what a message repeats: an entry of a statement, an item of a report, a transfer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Family", "ManyRows", "Scope", "Table", "below"]


def below(tag: str, columns: dict[str, str]) -> dict[str, str]:
    """Return columns whose paths begin with a tag."""
    return {column: f"{tag}/{path}" for column, path in columns.items()}


@dataclass(frozen=True, slots=True)
class Scope:
    """An element that becomes a record: columns are paths below it, ``@`` an attribute."""

    name: str
    path: str
    columns: dict[str, str] = field(default_factory=dict)
    children: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """What hangs on a unit, 0 to n times: the children of ``container`` are its rows."""

    container: str
    columns: dict[str, str]
    many: str | None = None
    """Tag of the rows that may be very many inside one unit."""


class ManyRows(NamedTuple):
    """Rows of a table that may be very many inside one unit."""

    tag: str
    container: str
    columns: tuple[tuple[str, str], ...]
    """(column, path below the container)."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of message."""

    name: str
    root: Scope
    unit: str
    """Tag of the unit."""
    holder: str
    """Name of the scope in which units stand."""
    table: Table | None = None
    is_small: bool = False
    """Never long, or of a shape that only the exact extractor reads."""

    @property
    def path_to_holder(self) -> tuple[str, ...]:
        """Tags from below Document down to the element in which units stand."""
        if self.root.name == self.holder:
            return (self.root.path,)
        return (self.root.path, next(c.path for c in self.root.children if c.name == self.holder))

    @property
    def unit_columns(self) -> dict[str, str]:
        """Columns of a unit, by their paths below it."""
        scopes = (self.root, *self.root.children)
        holder = next(scope for scope in scopes if scope.name == self.holder)
        return next(scope.columns for scope in holder.children if scope.name == "unit")

    @property
    def table_columns(self) -> tuple[str, ...]:
        """Columns of the table that hangs on a unit."""
        return tuple(self.table.columns) if self.table else ()

    @property
    def many(self) -> ManyRows | None:
        """The rows of the table that may be very many inside one unit, where there are such."""
        if self.table is None or self.table.many is None:
            return None
        prefix = f"{self.table.many}/"
        columns = {n: path for n, path in self.table.columns.items() if path.startswith(prefix)}
        return ManyRows(self.table.many, self.table.container, tuple(columns.items()))
