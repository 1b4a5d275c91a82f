"""From where the registry is read, and how its columns are written for a shard."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cct_engine.registry.bitemporal import AsOf, as_known, as_of
from cct_engine.rulebook.sources import declared_columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from cct_engine.rulebook.sources import HasAttributes

__all__ = ["View", "flag", "month", "shard_columns"]


class View(NamedTuple):
    """Whose inputs are read, and from which point of view."""

    programme: str
    rulebook: HasAttributes
    point: AsOf
    since: date
    id_scheme: str | None

    def known(self, alias: str) -> str:
        """Return the predicate 'known at the cut-off'."""
        return as_known(alias, self.point.known)

    def holds(self, alias: str) -> str:
        """Return the predicate 'valid on the day, as known at the cut-off'."""
        return as_of(alias, self.point)

    @property
    def programme_id(self) -> str:
        """The programme's number, as a scalar select."""
        return f"(SELECT programme_id FROM registry.programme WHERE code = '{self.programme}')"

    @property
    def day(self) -> str:
        """The day the registry is read for."""
        return f"DATE '{self.point.valid.isoformat()}'"

    @property
    def month_start(self) -> str:
        """The first day of its month."""
        return f"DATE '{self.point.valid.replace(day=1).isoformat()}'"

    @property
    def earliest(self) -> str:
        """The first day of the earliest month whose stays and facts matter."""
        return f"DATE '{self.since.isoformat()}'"


def shard_columns(
    table: str, rulebook: HasAttributes, *, expressions: Mapping[str, str], own: str = ""
) -> str:
    """Return the select list in the agreed order: a date stands as date, day and month."""
    parts: list[str] = []
    for name, kind in declared_columns(rulebook, table):
        expression = expressions.get(name) or _own(own, name, kind)
        if kind == "date":
            parts += [
                f"{expression} AS {name}",
                f"({expression}) - DATE '1970-01-01' AS {name}_day",
                f"{month(expression)} AS {name}_month",
            ]
        elif kind in {"flag", "id", "int", "money", "bool"}:
            parts.append(f"CAST({expression} AS bigint) AS {name}")
        else:
            parts.append(f"{expression} AS {name}")
    return ", ".join(parts)


def _own(attributes: str, name: str, kind: str) -> str:
    """Read an own attribute of a programme from a row's jsonb."""
    text = f"{attributes} ->> '{name}'"
    if kind == "bool":
        return flag(f"CAST({text} AS boolean)")
    if kind == "date":
        return f"CAST({text} AS date)"
    return f"({text})"


def flag(expression: str) -> str:
    """Return a boolean expression as 1, 0 or null."""
    return f"CASE WHEN {expression} THEN 1 WHEN NOT {expression} THEN 0 END"


def month(expression: str) -> str:
    """Return the month number of a date expression: year * 12 + month - 1."""
    year = f"extract(year FROM {expression})"
    return f"CAST({year} * 12 + extract(month FROM {expression}) - 1 AS integer)"
