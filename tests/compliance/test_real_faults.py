"""The faults of real attendance and health feeds, one by one."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING

import openpyxl
import pytest
import sqlalchemy as sa

from cct_engine import compliance
from cct_engine.registry import Manifest, RefusedFeed, parse_declaration

if TYPE_CHECKING:
    from conftest import District

PRESENCA = parse_declaration(
    """
feed: presenca
kind: facts
title: Attendance as a state's system exports it
source: schools
basis: register_match
encoding: latin-1
delimiter: ";"
decimal: ","
facts: {attendance: {subject: person, measure: ratio}}
columns:
  subject: aluno
  kind: {constant: attendance}
  month: {column: mes, date: "%d/%m/%Y"}
  facility: {column: escola, digits: 8, restore_zeros: true}
  percent: {column: frequencia, missing: ["", "NA"], required: false}
  reason: {column: motivo, values: {"Doença": ILLNESS}}
""",
    name="presenca.yaml",
)


def test_leading_zeros_lost_by_a_spreadsheet_come_back_as_declared(district: District) -> None:
    report = district.take_in(
        PRESENCA, "aluno;mes;escola;frequencia;motivo\nP1;01/07/2026;11111;85;\n"
    )
    assert report.loaded == 1
    assert district.facts() == [("P1", "2026-07", "00011111", 8500, 10000)]


def test_a_facility_code_without_its_zeros_is_unknown_where_nothing_is_declared(
    district: District, header: str
) -> None:
    report = district.take_in("attendance", header + "P1,2026-07,11111,18,20,\n")
    assert report.counts == {"unknown_code": 1}


def test_a_percentage_with_a_decimal_comma_is_kept_as_two_integers(district: District) -> None:
    district.take_in(PRESENCA, "aluno;mes;escola;frequencia;motivo\nP1;01/07/2026;00011111;85,5;\n")
    assert district.facts() == [("P1", "2026-07", "00011111", 8550, 10000)]


def test_a_percentage_as_a_fraction_is_not_taken_for_percent(district: District) -> None:
    report = district.take_in(
        PRESENCA, "aluno;mes;escola;frequencia;motivo\nP1;01/07/2026;00011111;0,85;\n"
    )
    assert report.counts == {"percent_as_fraction": 1}


def test_a_percentage_over_a_hundred_is_probably_a_lost_decimal(district: District) -> None:
    report = district.take_in(
        PRESENCA, "aluno;mes;escola;frequencia;motivo\nP1;01/07/2026;00011111;850;\n"
    )
    assert report.findings[0].text == (
        "Row 2, frequencia: is larger than it can be (850). Check the number; perhaps a decimal "
        "was lost."
    )


def test_latin_1_reasons_are_read_and_translated(district: District) -> None:
    content = "aluno;mes;escola;frequencia;motivo\nP1;01/07/2026;00011111;40;Doença\n"
    district.take_in(PRESENCA, content.encode("latin-1"))
    assert district.rows("SELECT reason_code FROM compliance.fact") == [("ILLNESS",)]


def test_a_file_in_another_encoding_than_declared_is_refused(district: District) -> None:
    content = "aluno;mes;escola;frequencia;motivo\nP1;01/07/2026;00011111;40;Doença\n"
    with pytest.raises(RefusedFeed, match="is UTF-8"):
        district.take_in(PRESENCA, content)


def test_day_first_dates_are_not_taken_for_month_first(district: District) -> None:
    report = district.take_in(
        PRESENCA,
        "aluno;mes;escola;frequencia;motivo\nP1;01/07/2026;00011111;40;\nP2;07/15/2026;00011111;40;\n",
    )
    assert (report.loaded, report.counts) == (1, {"not_a_date": 1})
    assert district.facts()[0][1] == "2026-07"


def test_the_text_na_is_a_missing_number_only_as_declared(district: District, header: str) -> None:
    report = district.take_in(
        PRESENCA, "aluno;mes;escola;frequencia;motivo\nP1;01/07/2026;00011111;NA;\n"
    )
    assert report.counts == {"missing": 1}
    report = district.take_in("attendance", header + "P1,2026-07,00011111,NA,20,\n")
    assert report.counts == {"not_a_number": 1}


def test_a_pupil_who_changed_school_has_two_facts_that_add_up(
    district: District, header: str
) -> None:
    report = district.take_in(
        "attendance", header + "P1,2026-07,00011111,5,10,\nP1,2026-07,00022222,9,10,\n"
    )
    assert report.loaded == 2
    assert district.rows("SELECT sum(numerator), sum(denominator) FROM compliance.fact") == [
        (14, 20)
    ]


def test_a_closed_school_reports_nothing_and_says_so(district: District, header: str) -> None:
    district.take_in("attendance", header + "P1,2026-07,00011111,0,0,\n")
    assert district.facts() == [("P1", "2026-07", "00011111", 0, 0)]


def test_more_days_present_than_days_of_school_are_rejected(
    district: District, header: str
) -> None:
    report = district.take_in("attendance", header + "P1,2026-07,00011111,24,20,\n")
    assert report.counts == {"more_than_whole": 1}


def test_more_days_than_a_month_has_are_rejected(district: District, header: str) -> None:
    report = district.take_in("attendance", header + "P1,2026-07,00011111,18,200,\n")
    assert report.counts == {"too_large": 1}


def test_a_pupil_nobody_knows_is_rejected_and_the_rest_loads(
    district: District, header: str
) -> None:
    report = district.take_in(
        "attendance", header + "P99,2026-07,00011111,18,20,\nP1,2026-07,00011111,18,20,\n"
    )
    assert (report.loaded, report.counts) == (1, {"unknown_reference": 1})
    assert report.findings[0].text == (
        "Row 2, person_ref: is not known to the registry. Register it first, or correct the "
        "reference."
    )


def test_a_school_that_is_not_on_the_list_is_rejected(district: District, header: str) -> None:
    report = district.take_in("attendance", header + "P1,2026-07,99999999,18,20,\n")
    assert report.findings[0].column == "facility_code"


def test_a_row_that_stands_twice_counts_once(district: District, header: str) -> None:
    row = "P1,2026-07,00011111,18,20,\n"
    report = district.take_in("attendance", header + row + row)
    assert (report.loaded, report.repeated) == (1, 1)


def test_two_rows_with_other_values_are_both_rejected_and_name_each_other(
    district: District, header: str
) -> None:
    report = district.take_in(
        "attendance",
        header
        + "P1,2026-07,00011111,18,20,\nP2,2026-07,00011111,1,20,\nP1,2026-07,00011111,15,20,\n",
    )
    assert [(f.row, f.rule, f.other_row) for f in report.findings] == [
        (2, "conflict", 4),
        (4, "conflict", 2),
    ]
    assert [fact[0] for fact in district.facts()] == ["P2"]


def test_the_last_of_two_rows_stands_where_the_declaration_says_so(
    district: District, header: str
) -> None:
    declaration = compliance.feed("attendance").model_copy(update={"conflicts": "last_wins"})
    report = district.take_in(
        declaration, header + "P1,2026-07,00011111,18,20,\nP1,2026-07,00011111,15,20,\n"
    )
    assert (report.loaded, report.repeated) == (1, 1)
    assert district.facts()[0][3] == 15


def test_a_report_for_a_month_to_come_is_rejected(district: District, header: str) -> None:
    report = district.take_in("attendance", header + "P1,2026-12,00011111,18,20,\n")
    assert report.counts == {"in_the_future": 1}


def test_a_report_for_a_month_long_ago_is_a_slip_of_the_pen(
    district: District, header: str
) -> None:
    report = district.take_in("attendance", header + "P1,1926-07,00011111,18,20,\n")
    assert report.counts == {"impossible_date": 1}
    assert district.rows("SELECT to_regclass('compliance.fact_192607') IS NULL") == [(True,)]


def test_the_same_report_in_another_file_is_repeated(district: District, header: str) -> None:
    district.take_in("attendance", header + "P1,2026-07,00011111,18,20,\n")
    report = district.take_in(
        "attendance", header + "P1,2026-07,00011111,18,20,\nP2,2026-07,00011111,1,2,\n"
    )
    assert (report.loaded, report.repeated) == (1, 1)
    assert district.rows("SELECT count(*) FROM compliance.fact") == [(2,)]


def test_a_corrected_report_is_known_from_the_day_it_came(district: District, header: str) -> None:
    district.take_in("attendance", header + "P1,2026-07,00011111,10,20,\n")
    before = district.now.replace(hour=0)
    district.take_in("attendance", header + "P1,2026-07,00011111,18,20,\n")
    assert district.facts(known=before)[0][3] == 10
    assert district.facts()[0][3] == 18


def test_a_file_after_the_cut_off_does_not_change_what_the_cycle_saw(
    district: District, header: str
) -> None:
    district.take_in("attendance", header + "P1,2026-07,00011111,10,20,\n")
    cut_off = district.now
    district.connection.execute(
        sa.text("INSERT INTO cycle.programme_version VALUES ('d', 1, '', now())")
    )
    district.connection.execute(
        sa.text("""
            INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period, month_count,
                currency,
                opened_at, opened_by, as_of_valid, as_of_known, rulebook_digest)
            VALUES (1, 'x-2026-09', 1, 1, '2026-09-01', 1, 'BRL', now(), 1, '2026-09-02', :known,
                'd')"""),
        {"known": cut_off},
    )
    district.take_in("attendance", header + "P1,2026-07,00011111,18,20,\n")
    assert district.facts(known=cut_off)[0][3] == 10
    assert district.facts()[0][3] == 18


def test_a_report_changed_twice_at_one_instant_has_to_wait(district: District, header: str) -> None:
    for present in (1, 2):
        district.take_in(
            "attendance", header + f"P1,2026-07,00011111,{present},20,\n", same_instant=True
        )
    report = district.take_in(
        "attendance", header + "P1,2026-07,00011111,3,20,\n", same_instant=True
    )
    assert report.counts == {"changed_this_instant": 1}
    assert district.facts()[0][3] == 2


def test_health_visits_are_counted_by_kind_and_an_unknown_kind_is_rejected(
    district: District,
) -> None:
    report = district.take_in(
        "health",
        "person_ref,kind,month,facility_code,visits,reason_code\n"
        "P1,growth_check,2026-07,C1,1,\nP1,prenatal_visit,2026-07,,2,\nP2,attendance,2026-07,C1,1,\n",
    )
    assert (report.loaded, report.counts) == (2, {"unknown_code": 1})
    found = district.rows(
        "SELECT k.code, k.measure, f.facility_id, f.numerator, f.denominator FROM compliance.fact f"
        " JOIN compliance.fact_kind k USING (kind_id) ORDER BY 1"
    )
    assert found == [("growth_check", "count", 3, 1, 1), ("prenatal_visit", "count", 0, 2, 1)]


def test_a_window_of_several_months_is_declared_by_its_first_and_last_day(
    district: District,
) -> None:
    declaration = parse_declaration(
        "feed: half_year\nkind: facts\ntitle: t\nsource: clinics\nfacts: {vaccinated: "
        "{subject: person, measure: count}}\ncolumns: {subject: who, kind: "
        "{constant: vaccinated}, window_start: first, window_end: last, numerator: n}\n",
        name="x",
    )
    district.take_in(declaration, "who,first,last,n\nP1,2026-01-01,2026-06-30,1\n")
    assert district.rows("SELECT window_start::text, window_end::text FROM compliance.fact") == [
        ("2026-01-01", "2026-07-01")
    ]


def test_a_kind_of_fact_keeps_its_meaning(district: District) -> None:
    text = compliance.feed("attendance").model_dump_json().replace('"ratio"', '"count"')
    district.take_in(
        "attendance",
        "person_ref,month,facility_code,present,total,reason_code\nP1,2026-07,00011111,1,2,\n",
    )
    with pytest.raises(ValueError, match="keeps its meaning"):
        district.take_in(
            parse_declaration(text, name="x"),
            "person_ref,month,facility_code,present,total,reason_code\nP1,2026-06,00011111,1,2,\n",
        )


def test_a_workbook_gives_what_the_csv_gives(district: District) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["person_ref", "month", "facility_code", "present", "total", "reason_code"],
        ["P1", datetime(2026, 7, 1), "00011111", 18.0, 20, None],  # noqa: DTZ001 - as Excel keeps it
        ["P2", "2026-07", "00011111", "=9+9", 20, None],
    ):
        book.active.append(row)
    sink = io.BytesIO()
    book.save(sink)
    report = district.take_in("attendance", sink.getvalue(), suffix=".xlsx")
    assert (report.loaded, report.counts) == (1, {"not_a_number": 1})
    assert district.facts() == [("P1", "2026-07", "00011111", 18, 20)]


def test_a_corrected_reject_file_completes_the_report(district: District, header: str) -> None:
    first = district.take_in(
        "attendance", header + "P1,2026-07,00011111,850,20,\nP2,2026-07,00011111,18,20,\n"
    )
    assert first.reject_path is not None
    second = district.take_in("attendance", first.reject_path.read_text().replace("850", "8"))
    assert (second.rows, second.loaded) == (1, 1)
    assert [fact[3] for fact in district.facts()] == [8, 18]


def test_a_feed_of_exceptions_may_be_empty_and_its_facilities_have_reported(
    district: District, header: str
) -> None:
    declaration = compliance.feed("attendance").model_copy(update={"exceptions_only": True})
    all_well = Manifest(facilities=("00011111", "00022222"), months=("2026-07",))
    assert district.take_in(declaration, header, manifest=all_well).rows == 0
    exception = header + "P1,2026-08,00011111,1,20,\n"
    district.take_in(declaration, exception, manifest=Manifest(facilities=("00022222",)))
    for month, spoke in ((7, {"00011111": 0, "00022222": 0}), (8, {"00011111": 1, "00022222": 0})):
        found = compliance.coverage(
            district.connection,
            kind="attendance",
            month=date(2026, month, 1),
            as_of_known=district.now,
        )
        assert {c.facility_code: c.reported for c in found if c.file_count} == spoke


def test_an_empty_file_is_no_report_where_every_pupil_is_to_be_reported(
    district: District, header: str
) -> None:
    with pytest.raises(RefusedFeed, match="has no rows"):
        district.take_in("attendance", header)
