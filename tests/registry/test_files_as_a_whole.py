"""A file that is not what it should be is refused whole: nothing of it is loaded."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cct_engine import registry
from cct_engine.registry import Manifest, RefusedFeed, feed, parse_declaration
from cct_engine.registry.intake.rows import read_chunks
from cct_engine.registry.intake.whole_file import examine

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Office

AREAS = "area_code,level,parent_code,title,valid_from\nBR,country,,Brasil,2000-01-01\n"
LATIN = parse_declaration(
    feed("areas").model_dump_json().replace('"utf-8"', '"latin-1"'), name="areas in latin-1"
)


def test_an_empty_file_is_refused(office: Office) -> None:
    with pytest.raises(RefusedFeed, match="0 bytes"):
        office.take_in("areas", b"")


def test_a_file_with_a_header_only_is_refused(office: Office) -> None:
    with pytest.raises(RefusedFeed, match="has no rows"):
        office.take_in("areas", AREAS.splitlines()[0] + "\n")


def test_a_missing_column_is_named_with_the_columns_there_are(office: Office) -> None:
    with pytest.raises(RefusedFeed, match=r"no column 'level'.*are declared: area_code"):
        office.take_in("areas", "area_code,title,parent_code,valid_from\nBR,Brasil,,\n")


def test_a_column_that_stands_twice_is_refused(office: Office) -> None:
    with pytest.raises(RefusedFeed, match="'title' twice"):
        office.take_in("areas", AREAS.replace("valid_from", "title"))


def test_latin_1_in_a_utf_8_feed_is_refused_with_its_place(office: Office) -> None:
    content = AREAS.replace("Brasil", "Pará").encode("latin-1")
    with pytest.raises(RefusedFeed, match="not written in utf-8, at byte 60"):
        office.take_in("areas", content)


def test_latin_1_is_read_where_it_is_declared(office: Office) -> None:
    office.take_in(LATIN, AREAS.replace("Brasil", "Pará").encode("latin-1"))
    assert office.one("SELECT title FROM registry.area") == "Pará"


def test_utf_8_in_a_latin_1_feed_is_refused_before_names_come_out_wrong(office: Office) -> None:
    with pytest.raises(RefusedFeed, match="declared as iso8859-1 but is UTF-8"):
        office.take_in(LATIN, AREAS.replace("Brasil", "Pará"))


def test_a_byte_order_mark_is_no_part_of_the_first_column(office: Office) -> None:
    assert office.take_in("areas", b"\xef\xbb\xbf" + AREAS.encode()).loaded == 1


def test_a_gzip_file_is_read_and_a_cut_one_refused(office: Office) -> None:
    whole = gzip.compress((AREAS + "".join(f"A{n},x,BR,a{n},\n" for n in range(5000))).encode())
    with pytest.raises(RefusedFeed, match="cut or damaged gzip"):
        office.take_in("areas", office.write(whole[:-200], suffix=".csv.gz"))
    assert office.one("SELECT count(*) FROM registry.area") == 0
    assert office.take_in("areas", office.write(whole, suffix=".csv.gz")).loaded == 5001


def test_a_parquet_file_is_read_and_a_cut_one_refused(office: Office) -> None:
    sink = io.BytesIO()
    table = pa.table(
        {
            "area_code": ["BR", "PA"],
            "level": ["country", "state"],
            "parent_code": [None, "BR"],
            "title": ["Brasil", "Pará"],
            "valid_from": pa.array([None, 10957], pa.int32()).cast(pa.date32()),
        }
    )
    pq.write_table(table, sink)
    with pytest.raises(RefusedFeed, match="cut or damaged Parquet"):
        office.take_in("areas", office.write(sink.getvalue()[:-20], suffix=".parquet"))
    assert office.take_in("areas", office.write(sink.getvalue(), suffix=".parquet")).loaded == 2
    found = office.rows("SELECT title, valid_from::text FROM registry.area ORDER BY area_id")
    assert found == [("Brasil", "-infinity"), ("Pará", "2000-01-01")]


def test_a_workbook_is_read_and_a_cut_one_refused(office: Office) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["area_code", "level", "parent_code", "title", "valid_from"],
        [7, "x", None, "A", None],
    ):
        book.active.append(row)
    sink = io.BytesIO()
    book.save(sink)
    with pytest.raises(RefusedFeed, match="cut or damaged workbook"):
        office.take_in("areas", office.write(sink.getvalue()[:-400], suffix=".xlsx"))
    assert office.take_in("areas", office.write(sink.getvalue(), suffix=".xlsx")).loaded == 1
    assert office.one("SELECT code FROM registry.area") == "7"


def test_a_file_cut_inside_a_quoted_cell_is_refused(office: Office) -> None:
    with pytest.raises(RefusedFeed, match="quot"):
        office.take_in("areas", AREAS + 'PA,state,BR,"Par')


def test_another_number_of_rows_than_the_manifest_says_refuses_the_file(office: Office) -> None:
    with pytest.raises(RefusedFeed, match="has 1 rows, its manifest says 2"):
        office.take_in("areas", AREAS, manifest=Manifest(rows=2))
    assert office.one("SELECT count(*) FROM registry.feed_file") == 0


def test_another_hash_than_the_manifest_says_refuses_the_file(office: Office) -> None:
    with pytest.raises(RefusedFeed, match="not the file its manifest names"):
        office.take_in("areas", AREAS, manifest=Manifest(sha256="0" * 64))


def test_a_refused_file_leaves_the_transaction_usable(office: Office) -> None:
    with pytest.raises(RefusedFeed):
        registry.take_in(
            office.connection,
            office.write("area_code\nBR\n"),
            feed("areas"),
            at=office.now,
            officer_id=11,
            rejects_folder=office.rejects,
            token_key=b"k",
        )
    assert office.take_in("areas", AREAS).loaded == 1


def test_the_same_bytes_again_are_nothing_new(office: Office) -> None:
    first = office.take_in("areas", AREAS)
    again = office.take_in("areas", AREAS)
    assert (again.again, again.feed_file_id) == (True, first.feed_file_id)
    assert (again.rows, again.loaded, again.rejected, again.repeated) == (1, 0, 0, 1)
    assert office.one("SELECT count(*) FROM registry.feed_file") == 1
    assert office.one("SELECT count(*) FROM people.act WHERE verb = 'take_in'") == 1


def test_a_file_of_another_kind_is_told_by_its_first_bytes(office: Office) -> None:
    with pytest.raises(RefusedFeed, match="no xlsx file"):
        office.take_in("areas", office.write(AREAS, suffix=".xlsx"))


def test_the_memory_of_reading_depends_on_a_chunk_and_not_on_the_file(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(AREAS.splitlines()[0] + "\n")
        stream.writelines(f"A{n},district,,a district of some name {n},\n" for n in range(250_000))
    examined = examine(path, feed("areas"), None)
    rows, held, base = 0, [], pa.total_allocated_bytes()
    for chunk in read_chunks(examined, feed("areas"), {}):
        rows += len(chunk.row_numbers)
        held.append(pa.total_allocated_bytes() - base)
    assert rows == 250_000
    assert len(held) > 3
    assert max(held) < 2 * held[0]


def test_a_clock_that_went_back_is_refused(office: Office) -> None:
    office.take_in("areas", AREAS)
    office.now = office.now.replace(year=2025)
    with pytest.raises(ValueError, match="clock"):
        office.take_in("areas", AREAS.replace("BR,", "XX,"))
