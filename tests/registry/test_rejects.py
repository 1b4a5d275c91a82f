"""Rejected rows come back with their reasons, can be corrected, and are fed again."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from cct_engine.registry import feed, parse_declaration

if TYPE_CHECKING:
    from conftest import Office

HEADER = "area_code,level,parent_code,title,valid_from\n"


def test_rows_are_loaded_rejected_or_repeated_and_nothing_else(office: Office) -> None:
    report = office.take_in(
        "areas", HEADER + "A,x,,a,\nA,x,,a,\nB,x,,b,2026-13-01\nC,x,ZZ,c,\nD,x,A,d,\n"
    )
    assert (report.rows, report.loaded, report.rejected, report.repeated) == (5, 2, 2, 1)
    stored = office.rows(
        "SELECT row_count, loaded_count, rejected_count, repeated_count FROM registry.feed_file"
    )
    assert stored == [(5, 2, 2, 1)]


def test_the_reject_file_has_the_rows_as_they_came_and_why(office: Office) -> None:
    report = office.take_in("areas", HEADER + "A,x,,a,\nB,x,ZZ,b,2026-13-01\n")
    assert report.reject_path is not None
    rows = list(csv.DictReader(report.reject_path.read_text(encoding="utf-8").splitlines()))
    assert rows == [
        {
            "area_code": "B",
            "level": "x",
            "parent_code": "ZZ",
            "title": "b",
            "valid_from": "2026-13-01",
            "rejected_row": "3",
            "rejected_because": "valid_from is no date",
        }
    ]


def test_a_corrected_reject_file_loads_what_was_missing(office: Office) -> None:
    first = office.take_in("areas", HEADER + "A,x,,a,\nB,x,A,b,2026-13-01\nC,x,A,c,nie\n")
    assert first.reject_path is not None
    corrected = first.reject_path.read_text(encoding="utf-8").replace("2026-13-01", "2026-12-01")
    second = office.take_in("areas", corrected)
    assert (second.rows, second.loaded, second.rejected) == (2, 1, 1)
    assert second.ignored_columns == ()
    assert second.reject_path is not None
    rows = list(csv.DictReader(second.reject_path.read_text(encoding="utf-8").splitlines()))
    assert [row["area_code"] for row in rows] == ["C"]
    assert rows[0]["rejected_row"] == "3"


def test_an_uncorrected_reject_file_is_rejected_again(office: Office) -> None:
    first = office.take_in("areas", HEADER + "A,x,,=1+1,\n")
    assert first.reject_path is not None
    second = office.take_in("areas", first.reject_path)
    assert (second.loaded, second.rejected) == (0, 1)


def test_a_spreadsheet_that_opens_the_reject_file_runs_no_formula(office: Office) -> None:
    report = office.take_in("areas", HEADER + '\'A,x,,"=HYPERLINK(""x"")",\n')
    assert report.reject_path is not None
    (row,) = csv.DictReader(report.reject_path.read_text(encoding="utf-8").splitlines())
    assert row["title"] == '\'=HYPERLINK("x")'


def test_a_row_with_too_many_cells_comes_back_whole(office: Office) -> None:
    report = office.take_in("areas", HEADER + "A,x,,a,\nB,x,,Rua A, 12,\n")
    assert report.reject_path is not None
    (row,) = csv.DictReader(report.reject_path.read_text(encoding="utf-8").splitlines())
    assert row["title"] == "Rua A"
    assert row["valid_from"] == " 12,"
    assert row["rejected_because"] == "the row has more cells than the header"


def test_the_reject_file_is_written_as_the_feed_is_declared(office: Office) -> None:
    text = feed("areas").model_dump_json().replace('"utf-8"', '"latin-1"').replace('",","', '";","')
    declaration = parse_declaration(text.replace('"delimiter":","', '"delimiter":";"'), name="x")
    content = HEADER.replace(",", ";") + "A;x;;Pará;nie\n"
    report = office.take_in(declaration, content.encode("latin-1"))
    assert report.reject_path is not None
    assert "Pará" in report.reject_path.read_bytes().decode("latin-1")
    assert b";" in report.reject_path.read_bytes()


def test_every_finding_is_kept_with_its_file(office: Office) -> None:
    report = office.take_in("areas", HEADER + "A,x,,,2026-13-1\n")
    kept = office.rows(
        "SELECT row_number, column_name, rule, value FROM registry.rejected_row ORDER BY 2"
    )
    assert kept == [(2, "title", "missing", ""), (2, "valid_from", "not_a_date", "2026-13-1")]
    assert [finding.text for finding in report.findings] == [
        "Row 2, title: is empty and must not be. Fill it in.",
        "Row 2, valid_from: is no date (2026-13-1). Write it as the feed's declaration says.",
    ]


def test_rows_that_contradict_each_other_are_all_rejected_and_name_each_other(
    office: Office,
) -> None:
    report = office.take_in("areas", HEADER + "A,x,,a,\nB,x,,b,\nA,x,,other,\n")
    assert (report.loaded, report.rejected) == (1, 2)
    assert [(f.row, f.rule, f.other_row) for f in report.findings] == [
        (2, "conflict", 4),
        (4, "conflict", 2),
    ]


def test_the_last_of_contradicting_rows_wins_where_the_declaration_says_so(office: Office) -> None:
    declaration = feed("areas").model_copy(update={"conflicts": "last_wins"})
    report = office.take_in(declaration, HEADER + "A,x,,a,\nA,x,,other,\n")
    assert (report.loaded, report.rejected, report.repeated) == (1, 0, 1)
    assert office.one("SELECT title FROM registry.area") == "other"


def test_nothing_but_the_rejects_is_left_on_the_disk(office: Office) -> None:
    office.take_in("areas", HEADER + "A,x,,a,nie\n")
    assert [path.name for path in office.rejects.iterdir()] == ["areas-1-rejected.csv"]
    assert (office.rejects / "areas-1-rejected.csv").stat().st_mode & 0o077 == 0
