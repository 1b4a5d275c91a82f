"""Papers for spreadsheets: CSV and XLSX, with numbers as numbers and no formula from outside."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cct_engine.money import exponent
from cct_engine.papers.cells import Kind, Money, guarded, plain, shown

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.papers.cells import Cell
    from cct_engine.papers.values import Paper, Table

__all__ = ["to_csv", "to_xlsx"]

_WIDTH_MAX = 60
_NAME_MAX = 31


def to_csv(paper: Paper) -> str:
    """Return the paper's tables as CSV, for machines: no totals, amounts as decimal numbers.

    Tables with the same columns become one, with the caption as the first column; others stand one
    after another under their captions, an empty line between.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    alike = len({table.columns for table in paper.tables}) == 1
    several = len(paper.tables) > 1
    for number, table in enumerate(paper.tables):
        headings = [guarded(column.heading) for column in table.columns]
        first = ["table"] if alike and several else []
        if number and not alike:
            writer.writerow([])
        if several and not alike:
            writer.writerow([guarded(table.caption)])
        if not number or not alike:
            writer.writerow([*first, *headings])
        here = [guarded(table.caption)] if first else []
        writer.writerows([*here, *(guarded(cell) for cell in row)] for row in table.rows)
    return out.getvalue()


def to_xlsx(paper: Paper, path: Path) -> None:
    """Write the paper's tables into a workbook, one sheet each, streamed.

    Amounts are decimal numbers with the currency's places; text is stored as text whatever it
    looks like, so nothing in it is ever calculated.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - slow to import, and five forms do without
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - as above

    book = Workbook(write_only=True)
    book.properties.title = paper.title
    book.properties.creator = "cct-engine"
    book.properties.created = book.properties.modified = paper.as_of.replace(tzinfo=None)
    taken: set[str] = set()
    for table in paper.tables:
        sheet = book.create_sheet(_name(table.caption, taken))
        sheet.freeze_panes = "A3"
        for index, width in enumerate(_widths(table), start=1):
            sheet.column_dimensions[get_column_letter(index)].width = width
        sheet.append([_text(sheet, table.caption, bold=True)])
        sheet.append([_text(sheet, column.heading, bold=True) for column in table.columns])
        kinds = [column.kind for column in table.columns]
        for row in table.rows:
            sheet.append([_cell(sheet, *pair) for pair in zip(row, kinds, strict=True)])
        for row in table.totals:
            pairs = zip(row, kinds, strict=True)
            sheet.append([_cell(sheet, value, kind, bold=True) for value, kind in pairs])
    if not paper.tables:
        book.create_sheet("Paper").append([paper.title])
    book.save(path)


def _name(caption: str, taken: set[str]) -> str:
    base = re.sub(r"[^\w .,-]", " ", caption).strip("' ")[:_NAME_MAX].strip() or "Table"
    name, number = base, 1
    while name.lower() in taken:
        number += 1
        name = f"{base[: _NAME_MAX - 3]} {number}"
    taken.add(name.lower())
    return name


def _widths(table: Table) -> list[int]:
    return [
        min(
            max([len(column.heading), *(len(shown(row[at], column.kind)) for row in table.rows)])
            + 3,
            _WIDTH_MAX,
        )
        for at, column in enumerate(table.columns)
    ]


def _text(sheet: Any, text: str, *, bold: bool = False) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above
    from openpyxl.styles import Font  # noqa: PLC0415 - as above

    cell = WriteOnlyCell(sheet, value=None)
    cell.value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", text)
    cell.data_type = "s"  # '=…' stays the text it is
    cell.font = Font(bold=bold)
    return cell


def _cell(sheet: Any, value: Cell, kind: Kind, *, bold: bool = False) -> Any:
    if value is None or isinstance(value, str):
        return _text(sheet, value or "", bold=bold)
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - as above

    cell = WriteOnlyCell(sheet, value=None)
    cell.font = Font(bold=bold)
    if isinstance(value, Money):
        places = exponent(value.currency)
        cell.value = Decimal(plain(value))
        cell.number_format = f"#,##0{'.' + '0' * places if places else ''}"
    elif isinstance(value, datetime):
        cell.value = value.replace(tzinfo=None)
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = "yyyy-mm-dd"
    elif kind is Kind.SHARE:
        cell.value = Decimal(value) / 1000
        cell.number_format = "0.0%"
    else:
        cell.value = value
        cell.number_format = "0"
    cell.alignment = Alignment(horizontal="right" if kind.is_number else "left")
    return cell
