"""A paper as a value: what is written on it, without a word on how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.papers.cells import Cell, Column

__all__ = ["Paper", "Section", "Table"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. ``totals`` stand under a line; ``marked`` are rows to look at first."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[tuple[Cell, ...], ...] = ()
    marked: frozenset[int] = frozenset()
    nothing: str = "Nothing."

    def __post_init__(self) -> None:
        for row in (*self.rows, *self.totals):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"A row of '{self.caption}' has {len(row)} cells for {len(self.columns)} "
                    "columns: it would be read under the wrong headings."
                )


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what it says in sentences, and its tables. ``verdict`` says whether it holds."""

    heading: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    verdict: tuple[bool, str] | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything on a paper. ``as_of`` is the instant the figures were read."""

    title: str
    subtitle: str
    as_of: datetime
    sections: tuple[Section, ...]
    verdict: tuple[bool, str] | None = None
    footer: str = "Families and officers are numbers; no name stands on this paper."

    def as_dict(self) -> dict[str, Any]:
        """Return what the paper says for machines: rows by heading, amounts in minor units."""
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "as_of": self.as_of,
            "holds": self.verdict[0] if self.verdict else None,
            "verdict": self.verdict[1] if self.verdict else "",
            "tables": [
                {
                    "caption": table.caption,
                    "rows": [
                        dict(zip((c.heading for c in table.columns), row, strict=True))
                        for row in table.rows
                    ],
                }
                for table in self.tables
            ],
        }

    @property
    def tables(self) -> tuple[Table, ...]:
        """Return every table, in the order of the paper."""
        return tuple(table for section in self.sections for table in section.tables)
