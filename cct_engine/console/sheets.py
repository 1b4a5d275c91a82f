"""Lists as CSV for spreadsheets: plain decimals, ISO dates, ids as text, and no cell a formula."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cct_engine.console.answers import Table

__all__ = ["cell", "written"]

_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_BOM: Final = "\ufeff"


def cell(value: object) -> str:
    """Write a value so that a spreadsheet shows it and never runs it.

    >>> cell("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    >>> cell(-5)
    '-5'
    """
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value)
    if isinstance(value, int) or _is_number(text):
        return text
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def written(table: Table) -> bytes:
    """Write a list with a last row that counts the rows and seals them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell(heading) for heading in table.headings])
    row_count = 0
    for row in table.rows:
        writer.writerow([cell(value) for value in row])
        row_count += 1
    digest = hashlib.sha256(out.getvalue().encode()).hexdigest()
    writer.writerow([f"rows {row_count}", f"sha256 {digest}"])
    return (_BOM + out.getvalue()).encode()


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()
