"""A paper as PDF, set by Typst: fonts are inside, no system library is asked, bytes are the same.

What the paper says goes in as JSON and is never read as markup.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import typst

from cct_engine.papers.cells import Kind, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.papers.cells import Cell, Column
    from cct_engine.papers.values import Paper, Section, Table

__all__ = ["to_pdf"]

_ROWS_MAX = 2_000
"""A table longer than this is cut in print; the whole of it is in the files beside."""


def to_pdf(paper: Paper) -> bytes:
    """Set the paper as PDF/A with tags. The same paper gives the same bytes."""
    template = resources.files("cct_engine.papers") / "templates" / "paper.typ"
    said = json.dumps(_said(paper), ensure_ascii=False)
    return bytes(
        typst.compile(
            template.read_bytes(),
            format="pdf",
            sys_inputs={"paper": said},
            ignore_system_fonts=True,
            pdf_standards=["a-2a"],
            timestamp=int(paper.as_of.timestamp()),
        )
    )


def _said(paper: Paper) -> dict[str, Any]:
    return {
        "title": paper.title,
        "subtitle": paper.subtitle,
        "read": shown(paper.as_of, Kind.DATE),
        "verdict": paper.verdict,
        "sections": [_section(section) for section in paper.sections],
        "footer": paper.footer,
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "heading": section.heading,
        "verdict": section.verdict,
        "sentences": section.sentences,
        "tables": [_table(table) for table in section.tables],
    }


def _table(table: Table) -> dict[str, Any]:
    rows = table.rows[:_ROWS_MAX]
    left_out = len(table.rows) - len(rows)
    return {
        "caption": table.caption + (f" (the first {_ROWS_MAX:,} rows)" if left_out else ""),
        "columns": [
            {"heading": column.heading, "right": column.kind.is_number, "kind": column.kind.value}
            for column in table.columns
        ],
        "rows": [_cells(row, table.columns) for row in rows],
        "totals": [_cells(row, table.columns) for row in table.totals],
        "marked": sorted(table.marked),
        "nothing": table.nothing,
    }


def _cells(row: Sequence[Cell], columns: Sequence[Column]) -> list[str]:
    return [shown(value, column.kind) for value, column in zip(row, columns, strict=True)]
