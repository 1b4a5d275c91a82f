"""What a bank would refuse is refused before a byte is written, by row and rule, no value shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from bank_adapters import RefusedInstructions, check_instructions, write_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bank_adapters import BankProfile, FileContext


def changed(table: pa.Table, row: int, column: str, value: Any) -> pa.Table:
    values = table[column].to_pylist()
    values[row] = value
    field = table.schema.field(column)
    place = table.schema.get_field_index(column)
    return table.set_column(place, field, pa.array(values, field.type))


REFUSED: list[tuple[str, Any]] = [
    ("creditor_name", ""),
    ("creditor_name", "X" * 71),
    ("creditor_name", "=HYPERLINK(1)"),
    ("creditor_name", "+Sunita"),
    ("creditor_name", "-Sunita"),
    ("creditor_name", "@Sunita"),
    ("creditor_name", " Sunita"),
    ("creditor_name", "Sunita "),
    ("creditor_name", "Sunita\nDevi"),
    ("creditor_name", "Sunita\r"),
    ("creditor_name", "\tSunita"),
    ("creditor_name", "Sunita\x0bDevi"),
    ("creditor_name", "Sunita\x00"),
    ("creditor_name", "Sunita\x1f"),
    ("creditor_name", "Sunita\x7f"),
    ("creditor_name", "Sunita\u202eDevi"),
    ("creditor_name", "सुनीता देवी"),
    ("creditor_name", "José"),
    ("creditor_name", "A & B"),
    ("creditor_name", "A < B"),
    ("creditor_name", "Sunit\ufffd"),
    ("end_to_end_id", ""),
    ("end_to_end_id", "X" * 36),
    ("end_to_end_id", "abc"),
    ("end_to_end_id", "A//B"),
    ("end_to_end_id", "A B"),
    ("end_to_end_id", "A\n"),
    ("instruction_id_text", "/A"),
    ("uetr", "9f2a5b6c-7d8e-5f90-8a1b-2c3d4e5f6071"),  # version 5
    ("uetr", "9f2a5b6c-7d8e-4f90-7a1b-2c3d4e5f6071"),  # wrong variant
    ("uetr", "9F2A5B6C-7D8E-4F90-8A1B-2C3D4E5F6071"),
    ("amount_minor", 0),
    ("amount_minor", -1),
    ("amount_minor", 20_000_001),
    ("currency", "USD"),
    ("currency", "inr"),
    ("account", "12345678"),
    ("account", "1234567890123456789"),
    ("account", "12345678A"),
    ("account", " 123456789"),
    ("account_kind", "IBAN"),
    ("account_kind", "CASH"),
    ("agent", "ZZZZ1000691"),
    ("agent", "ZZZZ000069"),
    ("agent", "zzzz0000691"),
    ("agent_scheme", "BRISP"),
    ("agent_scheme", None),
    ("agent", None),
    ("town", "=1+1"),
    ("town", "X" * 36),
    ("country", "IND"),
    ("country", "in"),
    ("purpose", "SSBEN"),
    ("remittance", "X" * 141),
    ("remittance", "Benefit\r\n2026-09"),
    ("remittance", ""),
]


@pytest.mark.parametrize(("column", "value"), REFUSED)
def test_a_value_the_bank_would_refuse_is_named_by_row_and_column(
    column: str, value: Any, rows: Callable[..., pa.Table], inr: BankProfile
) -> None:
    found = check_instructions(changed(rows(6, inr), 4, column, value), inr)
    assert {v.position for v in found} == {4}
    assert found[0].rule
    assert found[0].fix
    assert column in {v.column for v in found} | {"agent", "agent_scheme"}


def test_nothing_is_written_when_one_of_many_values_is_wrong(
    rows: Callable[..., pa.Table],
    inr: BankProfile,
    context: Callable[..., FileContext],
    tmp_path: Path,
) -> None:
    table = changed(rows(6_000, inr), 5_500, "creditor_name", "Sunita\nDevi")
    with pytest.raises(RefusedInstructions) as refused:
        write_file(table, context(inr), tmp_path)
    assert refused.value.violations[0].position == 5_500
    assert list(tmp_path.iterdir()) == []


def test_the_refusal_never_repeats_a_name_or_an_account(
    rows: Callable[..., pa.Table],
    inr: BankProfile,
    context: Callable[..., FileContext],
    tmp_path: Path,
) -> None:
    table = changed(rows(3, inr), 1, "creditor_name", "CANARY\nNAME")
    table = changed(table, 2, "account", "CANARYACCOUNT")
    with pytest.raises(RefusedInstructions) as refused:
        write_file(table, context(inr), tmp_path)
    assert "CANARY" not in str(refused.value) + repr(refused.value.violations)


def test_payments_the_bank_takes_have_no_findings(
    rows: Callable[..., pa.Table], inr: BankProfile, brl: BankProfile
) -> None:
    assert check_instructions(rows(200, inr), inr) == ()
    assert check_instructions(rows(200, brl), brl) == ()


def test_an_ampersand_passes_where_the_bank_agreed_to_it_and_is_escaped(
    rows: Callable[..., pa.Table],
    inr: BankProfile,
    context: Callable[..., FileContext],
    tmp_path: Path,
) -> None:
    wide = inr.model_copy(update={"charset": "latin_extended"})
    table = changed(rows(3, inr), 1, "creditor_name", "A&B <C> \"D\" 'E'")
    sealed = write_file(table, context(wide), tmp_path)
    assert b"<Nm>A&amp;B &lt;C&gt; \"D\" 'E'</Nm>" in sealed.path.read_bytes()


@pytest.mark.parametrize("column", ["end_to_end_id", "amount_minor", "account_kind"])
def test_a_column_with_nulls_where_a_value_must_be_is_a_broken_contract(
    column: str, rows: Callable[..., pa.Table], inr: BankProfile
) -> None:
    table = rows(3, inr)
    values = [None, *table[column].to_pylist()[1:]]
    place = table.schema.get_field_index(column)
    holed = table.set_column(place, column, pa.array(values, table.schema.field(column).type))
    with pytest.raises(ValueError, match=f"{column} has nulls"):
        check_instructions(holed, inr)


def test_missing_and_unknown_columns_are_named(
    rows: Callable[..., pa.Table], inr: BankProfile
) -> None:
    table = rows(2, inr).drop_columns(["uetr"]).append_column("iban", pa.array(["a", "b"]))
    with pytest.raises(ValueError, match=r"missing \['uetr'\], not known \['iban'\]"):
        check_instructions(table, inr)
