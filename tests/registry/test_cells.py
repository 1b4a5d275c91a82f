"""What a cell means is said by the declaration, and what it cannot mean is a finding."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pandera.errors
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cct_engine.registry import feed, parse_declaration
from cct_engine.registry.intake.check import Contract
from cct_engine.registry.intake.declaration import ColumnForm, FeedDeclaration
from cct_engine.registry.intake.fields import Field, FieldType
from cct_engine.registry.intake.parse import parse_column
from cct_engine.registry.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from conftest import Office

DECLARATION = feed("households")


def read(
    cells: Sequence[str],
    kind: FieldType,
    form: ColumnForm | None = None,
    declaration: FeedDeclaration = DECLARATION,
    **field: object,
) -> tuple[list[object], list[str]]:
    """Read a column; return its values and the rules its cells broke."""
    parsed = parse_column(
        pa.array(cells), Field("x", kind, **field), form or ColumnForm(column="x"), declaration
    )
    rules = [""] * len(cells)
    for fault in parsed.faults:
        for place, broken in enumerate(fault.rows):
            if broken:
                rules[place] = fault.rule
    return list(parsed.values.to_pylist()), rules  # noqa: PD011 - an Arrow array


def test_leading_zeros_stay() -> None:
    assert read(["0007", "7"], FieldType.REFERENCE)[0] == ["0007", "7"]


def test_lost_leading_zeros_are_found_where_the_length_is_declared() -> None:
    values, rules = read(["00123456", "123456"], FieldType.CODE, ColumnForm(column="x", digits=8))
    assert values == ["00123456", None]
    assert rules == ["", "zeros_lost"]


def test_lost_leading_zeros_come_back_where_the_declaration_says_so() -> None:
    form = ColumnForm(column="x", digits=8, restore_zeros=True)
    values, rules = read(["123456", "1234567890"], FieldType.CODE, form)
    assert values == ["00123456", None]
    assert rules == ["", "wrong_length"]


def test_the_text_na_is_text() -> None:
    assert read(["NA", "null", "None", "nan"], FieldType.TEXT)[0] == ["NA", "null", "None", "nan"]


def test_na_means_nothing_only_where_it_is_declared() -> None:
    form = ColumnForm(column="x", missing=["", "NA"])
    assert read(["NA", "", "B"], FieldType.CODE, form)[0] == [None, None, "B"]


def test_a_required_cell_that_is_missing_is_a_finding() -> None:
    assert read(["", "a"], FieldType.CODE, required=True)[1] == ["missing", ""]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'="])
def test_text_that_a_spreadsheet_would_run_is_rejected(start: str) -> None:
    assert read([f"{start}HYPERLINK(1)"], FieldType.TEXT)[1] == ["formula"]


def test_a_phone_number_may_be_a_pix_key_and_a_formula_may_not() -> None:
    values, rules = read(["+5511987654321", "+cmd|calc"], FieldType.NUMBER)
    assert values == ["+5511987654321", None]
    assert rules == ["", "formula"]


def test_day_first_dates_are_read_as_declared() -> None:
    form = ColumnForm(column="x", date="%d/%m/%Y")
    values, rules = read(["01/02/2026", "2026-02-01", "31/02/2026"], FieldType.DATE, form)
    assert values == [date(2026, 2, 1), None, None]
    assert rules == ["", "not_a_date", "not_a_date"]


def test_a_date_that_cannot_be_meant_is_a_finding() -> None:
    assert read(["0026-02-01"], FieldType.DATE)[1] == ["impossible_date"]


def test_a_decimal_comma_is_read_as_declared() -> None:
    form = ColumnForm(column="x", decimal=",")
    values, rules = read(["1234,5", "0,07", "12", "1234.50"], FieldType.MONEY, form)
    assert values == [123450, 7, 1200, None]
    assert rules == ["", "", "", "not_an_amount"]


def test_more_decimals_than_the_currency_has_are_a_finding() -> None:
    assert read(["1.005"], FieldType.MONEY)[1] == ["not_an_amount"]


@given(st.lists(st.decimals(0, 10**11, places=2, allow_nan=False), min_size=1, max_size=20))
def test_money_is_the_same_integer_that_exact_arithmetic_gives(amounts: list[Decimal]) -> None:
    values, rules = read([f"{amount:f}" for amount in amounts], FieldType.MONEY)
    assert values == [int(amount * 100) for amount in amounts]
    assert set(rules) == {""}


def test_a_percentage_is_hundredths_of_a_percent_however_it_is_written() -> None:
    whole = ColumnForm(column="x", decimal=",")
    fraction = ColumnForm(column="x", percent="fraction")
    assert read(["85", "85,0", "85,25", "100"], FieldType.PERCENT, whole)[0] == [
        8500,
        8500,
        8525,
        10000,
    ]
    assert read(["0.85", "1", "0.8525"], FieldType.PERCENT, fraction)[0] == [8500, 10000, 8525]


def test_a_fraction_in_a_feed_of_percent_is_not_taken_for_less_than_one_percent() -> None:
    assert read(["0.85"], FieldType.PERCENT)[1] == ["percent_as_fraction"]


def test_more_than_a_hundred_percent_is_a_finding() -> None:
    assert read(["850"], FieldType.PERCENT)[1] == ["too_large"]


def test_yes_and_no_have_a_few_spellings_and_no_others() -> None:
    values, rules = read(["true", "No", "1", "0", "", "maybe"], FieldType.FLAG)
    assert values == [True, False, True, False, None, None]
    assert rules[-1] == "not_yes_or_no"


def test_the_senders_words_become_ours() -> None:
    form = ColumnForm(column="x", values={"1": "M", "2": "F"})
    values, rules = read(["1", "2", "3"], FieldType.CHOICE, form, choices=("F", "M"))
    assert values == ["M", "F", None]
    assert rules[-1] == "not_in_list"


def test_blanks_around_a_cell_do_not_matter() -> None:
    assert read([" H1 ", "H1"], FieldType.REFERENCE)[0] == ["H1", "H1"]


@given(st.lists(st.text(max_size=30), min_size=1, max_size=30))
def test_no_text_whatever_stops_a_column_from_being_read(cells: list[str]) -> None:
    for kind in FieldType:
        values, rules = read(cells, kind, choices=("a", "b"))
        assert len(values) == len(cells)
        for value, rule in zip(values, rules, strict=True):
            assert value is None or not rule


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text("0123456789ABab.-= @", max_size=8), min_size=1, max_size=30))
def test_what_pandera_accepts_and_what_intake_accepts_is_the_same(cells: list[str]) -> None:
    """The published contract and the fast reader are two statements of one rule."""
    contract = Contract(KINDS["enrolments"], feed("enrolments"))
    column = next(c for c in contract.columns if c.field.name == "household")
    schema = contract.pandera_schema().select_columns(["household_ref"])
    cells = [cell.strip() for cell in cells]
    _, rules = read(cells, column.field.type, column.form, required=True)
    refused = set()
    try:
        schema.validate(pd.DataFrame({"household_ref": cells}), lazy=True)
    except pandera.errors.SchemaErrors as errors:
        refused = set(errors.failure_cases["index"])
    assert refused == {place for place, rule in enumerate(rules) if rule}


def test_a_row_with_too_few_cells_is_rejected_and_the_others_load(office: Office) -> None:
    report = office.take_in(
        "areas", "area_code,level,parent_code,title,valid_from\nA,x,,a,\nB,x,,b\nC,x,,c,\n"
    )
    assert (report.loaded, report.rejected) == (2, 1)
    assert [(finding.row, finding.rule) for finding in report.findings] == [(3, "too_few_cells")]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_row_with_too_many_cells_is_rejected_wherever_it_stands(
    office: Office, place: int
) -> None:
    rows = ["A,x,,a,", "B,x,,b,", "C,x,,c,"]
    rows[place] = rows[place].replace(",x,", ",x,,") + "2020-01-01"
    header = "area_code,level,parent_code,title,valid_from\n"
    report = office.take_in("areas", header + "\n".join(rows))
    assert (report.rows, report.loaded, report.rejected) == (3, 2, 1)
    assert [(finding.row, finding.rule) for finding in report.findings] == [
        (place + 2, "too_many_cells")
    ]
    assert rows[place].split(",")[0] not in office.rows("SELECT code FROM registry.area")


def test_blank_lines_and_rows_of_separators_are_no_rows(office: Office) -> None:
    header = "area_code,level,parent_code,title,valid_from\n"
    report = office.take_in("areas", header + "A,x,,a,\n\n,,,,\nB,x,,,\n\n")
    assert (report.rows, report.loaded, report.rejected) == (2, 1, 1)
    assert report.findings[0].row == 5  # rows are counted as a spreadsheet counts them


def test_quoted_line_breaks_and_separators_belong_to_their_cell(office: Office) -> None:
    header = "area_code,level,parent_code,title,valid_from\n"
    report = office.take_in("areas", header + 'A,x,,"one, ""two"" & three",\nB,x,,,\n')
    assert (report.loaded, report.findings[0].row) == (1, 3)
    assert office.one("SELECT title FROM registry.area") == 'one, "two" & three'


def test_a_declaration_with_an_unknown_key_is_refused_with_its_name() -> None:
    with pytest.raises(ValueError, match=r"x\.yaml .*delimeter"):
        parse_declaration(
            "feed: a\nkind: b\ntitle: c\nsource: d\ncolumns: {}\ndelimeter: ','\n", name="x.yaml"
        )


def test_a_declaration_with_a_key_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="YAML"):
        parse_declaration("feed: a\nfeed: b\n", name="x.yaml")


def test_a_declaration_may_name_only_fields_its_kind_has() -> None:
    text = (
        feed("areas").model_dump_json().replace('"title":"title"', '"title":"title","colour":"c"')
    )
    with pytest.raises(ValueError, match="'colour', which kind areas has not"):
        Contract(KINDS["areas"], parse_declaration(text, name="x"))
