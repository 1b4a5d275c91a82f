"""One paper in every form: the same cells, nothing calculated that came from outside."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from cct_engine.papers import (
    Column,
    Kind,
    Money,
    Paper,
    Section,
    Table,
    shown,
    to_csv,
    to_html,
    to_pdf,
    to_xlsx,
)

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 22, 6, tzinfo=UTC)
COLUMNS = (
    Column("Name"),
    Column("Amount", Kind.MONEY),
    Column("Count", Kind.NUMBER),
    Column("Share", Kind.SHARE),
    Column("On", Kind.DATE),
    Column("Digest", Kind.CODE),
)
FORMULAS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")', " =cmd|' /C'!A0"]


def paper(*names: str, captions: tuple[str, ...] = ("One",)) -> Paper:
    rows = tuple(
        (name, Money(-123456750, "INR"), 1234, 987, date(2026, 11, 2), "ab" * 32) for name in names
    )
    totals = (("Total", Money(-5, "JPY"), None, None, None, None),)
    tables = tuple(Table(caption, COLUMNS, rows, totals) for caption in captions)
    sections = (Section("A heading", ("A sentence.",), tables, (True, "It holds.")),)
    return Paper("A paper", "of today", AT, sections, (False, "Look <here> & there."))


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_text_that_a_spreadsheet_would_calculate_is_made_harmless(
    formula: str, tmp_path: Path
) -> None:
    rows = list(csv.reader(io.StringIO(to_csv(paper(formula)), newline="")))
    assert rows[1][0] == f"'{formula}"
    to_xlsx(paper(formula), tmp_path / "paper.xlsx")
    cell = load_workbook(tmp_path / "paper.xlsx").worksheets[0]["A3"]
    assert cell.data_type == "s"
    assert str(cell.value).strip() == formula.strip()


def test_csv_has_plain_numbers_and_no_totals() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(paper('a, "quoted" name')), newline="")))
    assert rows[0] == [column.heading for column in COLUMNS]
    assert rows[1] == ['a, "quoted" name', "-1234567.50", "1234", "987", "2026-11-02", "ab" * 32]
    assert len(rows) == 2


def test_tables_alike_become_one_csv_with_their_captions() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(paper("x", captions=("One", "Two"))))))
    assert [row[0] for row in rows] == ["table", "One", "Two"]


def test_a_workbook_keeps_amounts_as_exact_decimals(tmp_path: Path) -> None:
    to_xlsx(paper("x", captions=("One: [a/b]?", "One: [a/b]?")), tmp_path / "paper.xlsx")
    book = load_workbook(tmp_path / "paper.xlsx")
    assert len(set(book.sheetnames)) == 2
    sheet = book.worksheets[0]
    assert Decimal(str(sheet["B3"].value)) == Decimal("-1234567.50")
    assert sheet["B3"].number_format == "#,##0.00"
    assert sheet["C3"].value == 1234
    assert sheet["E3"].value.date() == date(2026, 11, 2)
    assert sheet["B4"].number_format == "#,##0"


def test_a_page_has_no_script_escapes_what_it_says_and_is_the_same_every_time() -> None:
    page = to_html(paper("<script>alert(1)</script>"))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "Look &lt;here&gt; &amp; there." in page
    assert "−12,34,567.50" in page
    assert page == to_html(paper("<script>alert(1)</script>"))


def test_a_pdf_takes_any_text_as_text_and_is_the_same_every_time() -> None:
    pdf = to_pdf(paper('#panic("no") $x$ *b* [c] \\ "q"', "नमस्ते", ""))
    assert pdf.startswith(b"%PDF-1.")
    assert pdf == to_pdf(paper('#panic("no") $x$ *b* [c] \\ "q"', "नमस्ते", ""))


def test_a_table_that_would_be_misread_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="wrong headings"):
        Table("One", COLUMNS, (("only one",),))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (Money(0, "BRL"), Kind.MONEY, "0,00"),
        (Money(-100, "JPY"), Kind.MONEY, "−100"),
        (1000, Kind.SHARE, "100.0 %"),
        (1234567, Kind.NUMBER, "1,234,567"),
        (AT, Kind.DATE, "22 Nov 2026, 06:00 UTC"),
        (None, Kind.MONEY, ""),
    ],
)
def test_values_are_written_for_people(value: object, kind: Kind, text: str) -> None:
    assert shown(value, kind) == text  # type: ignore[arg-type]
