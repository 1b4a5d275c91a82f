"""Fixed lines and delimited files, read back by positions typed from the standards, not by ours."""

from __future__ import annotations

import csv
import string
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank_adapters import (
    INSTRUCTION_SCHEMA,
    BankProfile,
    FileContext,
    RefusedInstructions,
    SchemaBroken,
    load_profile,
    plan_files,
    verify_file,
    write_file,
)
from bank_adapters.fixed_lines import line, lines
from bank_adapters.fixed_width import Field, Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACCOUNTS: dict[str, st.SearchStrategy[tuple[str, str | None, str | None]]] = {
    "IFSC_ACCOUNT": st.tuples(
        st.text("0123456789", min_size=9, max_size=18), st.just("ZZZZ0ABC123"), st.just("INFSC")
    ),
    "AADHAAR": st.sampled_from([("234123412346", "508534", "IIN"), ("234567890124", None, None)]),
    "AGENCIA_CONTA": st.integers(100, 10**12 - 1).map(
        lambda n: (f"0042-1/{n}-X", "60701190", "BRISP")
    ),
    "PIX": st.sampled_from([(k, None, None) for k in ("+5511987654321", "a@example.org")]),
    "ABA_ACCOUNT": st.text(string.ascii_letters + "0123456789-", min_size=1, max_size=17).map(
        lambda a: (a, "231380104", "USABA")
    ),
    "CLABE": st.sampled_from([("032180000118359719", None, None)]),
}


def _nach(rows: list[str]) -> tuple[int, int, int, int]:
    head, items = rows[0], rows[1:]
    assert all(len(row) == 306 for row in rows)
    assert head[:2] == "12"
    assert {row[:2] for row in items} == {"23"}
    return (
        len(items),
        sum(int(row[120:133]) for row in items),
        int(head[238:247]),
        int(head[112:125]),
    )


def _apbs(rows: list[str]) -> tuple[int, int, int, int]:
    head, items = rows[0], rows[1:]
    assert all(len(row) == 165 for row in rows)
    assert head[:2] == "33"
    return (
        len(items),
        sum(int(row[120:133]) for row in items),
        int(head[112:121]),
        int(head[121:134]),
    )


def _cnab(rows: list[str]) -> tuple[int, int, int, int]:
    assert all(len(row) == 240 for row in rows)
    assert [row[7] for row in (rows[0], rows[1], rows[-2], rows[-1])] == ["0", "1", "5", "9"]
    first = [row for row in rows if row[7] == "3" and row[13] == "A"]
    assert [int(row[8:13]) for row in rows[2:-2]] == list(range(1, len(rows) - 3))
    assert int(rows[-1][23:29]) == len(rows)
    stated = (int(rows[-2][17:23]) - 2) // 2
    return len(first), sum(int(row[119:134]) for row in first), stated, int(rows[-2][23:41])


def _nacha(rows: list[str]) -> tuple[int, int, int, int]:
    assert all(len(row) == 94 for row in rows)
    assert len(rows) % 10 == 0
    entries = [row for row in rows if row[0] == "6"]
    control = next(row for row in rows if row[0] == "9")
    assert int(control[21:31]) == sum(int(row[3:11]) for row in entries) % 10**10
    assert int(control[7:13]) * 10 == len(rows)
    return (
        len(entries),
        sum(int(row[29:39]) for row in entries),
        int(control[13:21]),
        int(control[43:55]),
    )


def _spei(rows: list[str]) -> tuple[int, int, int, int]:
    cells = [row.split("||") for row in rows]
    found = len(cells), int(sum(Decimal(row[6]) for row in cells) * 100)
    return (*found, *found)


def _csv(rows: list[str]) -> tuple[int, int, int, int]:
    parsed = list(csv.reader(rows))
    items = parsed[2:-1]
    assert all(len(row) == 9 for row in items)
    total = int(sum(Decimal(row[6]) for row in items) * 100)
    return len(items), total, int(parsed[0][3]), int(Decimal(parsed[-1][2]) * 100)


READERS: dict[str, tuple[str, Callable[[list[str]], tuple[int, int, int, int]]]] = {
    "nach_bank_inr": ("IFSC_ACCOUNT", _nach),
    "apbs_bank_inr": ("AADHAAR", _apbs),
    "cnab_bank_brl": ("AGENCIA_CONTA", _cnab),
    "cnab_pix_bank_brl": ("PIX", _cnab),
    "nacha_bank_usd": ("ABA_ACCOUNT", _nacha),
    "spei_bank_mxn": ("CLABE", _spei),
    "csv_bank_inr": ("IFSC_ACCOUNT", _csv),
}
PROFILES = {code: load_profile(code) for code in READERS}
NAME = st.text(string.ascii_letters + "' ,.-/", min_size=1, max_size=22).filter(
    lambda t: t == t.strip() and t[0] not in "=+-@"
)


@st.composite
def payments(draw: st.DrawFn, code: str) -> pa.Table:
    kind, _ = READERS[code]
    profile = PROFILES[code]
    records = []
    for number in range(draw(st.integers(1, 25))):
        account, agent, scheme = draw(ACCOUNTS[kind])
        records.append(
            {
                "end_to_end_id": f"E{number}",
                "instruction_id_text": f"E{number}-1",
                "amount_minor": draw(st.integers(1, profile.limits.amount_max_minor)),
                "currency": profile.currency,
                "creditor_name": draw(NAME),
                "account": account,
                "account_kind": kind,
                "agent": agent,
                "agent_scheme": scheme,
                "remittance": draw(st.sampled_from([None, "Benefit 2026-09"])),
                "short_reference": f"{number + 1:013d}",
            }
        )
    return pa.Table.from_pylist(records, schema=INSTRUCTION_SCHEMA)


def made(profile: BankProfile) -> FileContext:
    created = datetime(2026, 9, 1, 6, 30, tzinfo=UTC)
    return FileContext("LINES-20260902-0001", created, date(2026, 9, 2), profile)


@pytest.mark.parametrize("code", READERS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_an_independent_reader_counts_and_adds_up_the_same(
    code: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    table = data.draw(payments(code))
    profile = PROFILES[code]
    (slice_,) = plan_files(table, profile)
    sealed = write_file(table, made(profile), tmp_path_factory.mktemp("lines"))
    rows = sealed.path.read_text("ascii").splitlines()
    count, total = table.num_rows, sum(table["amount_minor"].to_pylist())
    assert READERS[code][1](rows) == (count, total, count, total)
    assert sealed.bytes <= slice_.bytes_estimate
    assert verify_file(sealed) == ()


@pytest.fixture
def one() -> Callable[..., pa.Table]:
    """Make one NACH payment with some values changed."""

    def made_one(**changed: object) -> pa.Table:
        values: dict[str, object] = {
            "end_to_end_id": "E1",
            "instruction_id_text": "E1-1",
            "amount_minor": 100,
            "currency": "INR",
            "creditor_name": "Sunita Devi",
            "account": "0300000001",
            "account_kind": "IFSC_ACCOUNT",
            "agent": "ZZZZ0ABC123",
            "agent_scheme": "INFSC",
            "short_reference": "0000000000001",
        }
        return pa.Table.from_pylist([values | changed], schema=INSTRUCTION_SCHEMA)

    return made_one


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("short_reference", None),
        ("short_reference", "12345678901234"),
        ("creditor_name", "X" * 41),
        ("creditor_name", "Sunita\r\nDevi"),
        ("creditor_name", "Súnita"),
        ("remittance", "X" * 21),
        ("agent", None),
        ("amount_minor", 20_000_001),
    ],
)
def test_a_value_that_would_move_fields_is_refused_and_nothing_is_written(
    column: str, value: object, one: Callable[..., pa.Table], tmp_path: Path
) -> None:
    change = {column: value} | ({"agent_scheme": None} if column == "agent" else {})
    with pytest.raises(RefusedInstructions, match=column):
        write_file(one(**change), made(load_profile("nach_bank_inr")), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_field_is_never_cut_to_fit() -> None:
    record = Record("small", 3, Field("name", 2), Field("number", 1, "N"))
    assert line(record, {"name": "A", "number": 7}) == b"A 7\r\n"
    with pytest.raises(ValueError, match="2 characters, not 3"):
        line(record, {"name": "ABC"})
    with pytest.raises(ValueError, match="1 characters, not 2"):
        lines(record, {"number": pa.array([10])})
    with pytest.raises(ValueError, match="no field"):
        line(record, {"other": 1})


def test_a_changed_amount_is_found_in_a_sealed_file(
    one: Callable[..., pa.Table], tmp_path: Path
) -> None:
    sealed = write_file(one(), made(load_profile("nach_bank_inr")), tmp_path)
    content = bytearray(sealed.path.read_bytes())
    content[308 + 142] ^= 1
    sealed.path.chmod(0o600)
    sealed.path.write_bytes(content)
    assert [found.column for found in verify_file(sealed)] == ["sha256"]


def test_our_own_defect_is_found_before_sealing(
    one: Callable[..., pa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer: Any = import_module("bank_adapters.npci.writer")
    right = writer.lines

    def one_unit_more(*given: Any) -> pa.Array:
        texts = right(*given).to_pylist()
        return pa.array([text.replace("0000100", "0000101", 1) for text in texts])

    monkeypatch.setattr(writer, "lines", one_unit_more)
    with pytest.raises(SchemaBroken, match="sum"):
        write_file(one(), made(load_profile("nach_bank_inr")), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "change", "says"),
    [
        ("nach_bank_inr", {"name_length_max": 70}, "name_length_max"),
        ("nach_bank_inr", {"terms": {}}, "utility_code"),
        ("cnab_bank_brl", {"account_kinds": ("PIX",)}, "AGENCIA_CONTA"),
        ("neft_bank_inr", {"terms": {"x": 1}}, "terms"),
        ("cgi_bank_inr", {"account_kinds": ("PIX",)}, "Pix"),
        ("csv_bank_inr", {"format": "csv-of-nobody"}, "no adapter writes"),
        ("csv_bank_inr", {"terms": {"columns": []}}, "amount"),
        ("spei_bank_mxn", {"currency": "BRL"}, "MXN"),
    ],
)
def test_a_profile_that_its_format_cannot_hold_is_refused(
    code: str, change: dict[str, object], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        load_profile(load_profile(code).model_dump() | change)


def test_a_bank_pays_on_its_next_open_day_after_the_cut_off() -> None:
    times = load_profile("sepa_bank_eur").pay_times
    friday = datetime(2026, 9, 4, 13, 59, tzinfo=UTC)  # 15:59 in Berlin
    assert times.earliest(friday) == date(2026, 9, 4)
    assert times.earliest(friday.replace(hour=14, minute=1)) == date(2026, 9, 7)
    assert times.earliest(datetime(2026, 12, 24, 20, tzinfo=UTC)) == date(2026, 12, 28)
