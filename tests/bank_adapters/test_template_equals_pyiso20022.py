"""What streams through the templates is what pyiso20022 and xsdata would write themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bank_adapters import (
    INSTRUCTION_SCHEMA,
    Expected,
    FileContext,
    Instruction,
    load_profile,
    uetr_from,
    write_file,
)
from bank_adapters.iso20022.specimen import document_text, instruction_object

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from bank_adapters import BankProfile

# A profile that takes everything, so that every shape and every letter passes.
WIDE = load_profile("neft_bank_inr").model_copy(
    update={
        "account_kinds": ("IBAN", "OTHER", "IFSC_ACCOUNT", "AGENCIA_CONTA", "PIX", "CLABE"),
        "agent_schemes": ("INFSC", "BRISP", "BICFI", "MX"),
        "charset": "latin_extended",
        "name_length_max": 140,
    }
)
# The version before, which has neither a UETR nor a place for a Pix key.
OLD = WIDE.model_copy(
    update={
        "format": "pain.001.001.03",
        "account_kinds": ("IBAN", "OTHER", "IFSC_ACCOUNT", "AGENCIA_CONTA", "CLABE"),
    }
)
YEN = WIDE.model_copy(update={"currency": "JPY"})
DINAR = WIDE.model_copy(update={"currency": "KWD"})

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=35).filter(
    lambda t: t == t.strip(" ") and t[:1] not in "=+-@" and t != ""
)
REFERENCE = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=33)
ACCOUNTS = {
    "IBAN": st.sampled_from(["DE89370400440532013000", "GB82WEST12345698765432"]),
    "OTHER": st.text("ABCxyz0123456789", min_size=1, max_size=34),
    "IFSC_ACCOUNT": st.text("0123456789", min_size=9, max_size=18),
    "AGENCIA_CONTA": st.integers(100, 10**12).map(lambda n: f"0042/{n}-X"),
    "PIX": st.sampled_from(["+5511987654321", "someone@example.org"]),
    "CLABE": st.sampled_from(["032180000118359719", "646180110400000007"]),
}
AGENTS = {
    "INFSC": st.integers(0, 999_999).map(lambda n: f"ZZZZ0{n:06d}"),
    "BRISP": st.integers(0, 10**8 - 1).map(lambda n: f"{n:08d}"),
    "BICFI": st.sampled_from(["DEUTDEFF", "DEUTDEFF500"]),
    "MX": st.integers(100, 99_999).map(str),
}


@st.composite
def instructions(draw: st.DrawFn, profile: BankProfile) -> Instruction:
    kind = draw(st.sampled_from(sorted(profile.account_kinds)))
    needs = "INFSC" if kind == "IFSC_ACCOUNT" else None
    scheme = needs or draw(st.sampled_from([None, *sorted(AGENTS)]))
    reference = draw(REFERENCE)
    return Instruction(
        end_to_end_id=reference,
        instruction_id_text=f"{reference}-1",
        uetr=None if profile is OLD else draw(st.one_of(st.none(), st.just(uetr_from(reference)))),
        amount_minor=draw(st.integers(1, profile.limits.amount_max_minor)),
        currency=profile.currency,
        creditor_name=draw(TEXT),
        account=draw(ACCOUNTS[kind]),
        account_kind=kind,
        agent=draw(AGENTS[scheme]) if scheme else None,
        agent_scheme=scheme,
        town=draw(st.one_of(st.none(), TEXT)),
        country=draw(st.sampled_from([None, "IN", "BR"])),
        purpose=draw(st.sampled_from([None, "SSBE", "BENE"])),
        remittance=draw(st.one_of(st.none(), TEXT)),
    )


def batches(profile: BankProfile) -> st.SearchStrategy[list[Instruction]]:
    one = instructions(profile)
    return st.lists(one, min_size=1, max_size=6, unique_by=lambda i: i.end_to_end_id)


def _canonical(xml: bytes) -> bytes:
    return etree.tostring(etree.fromstring(xml), method="c14n")


def _both(tmp: Path, profile: BankProfile, batch: list[Instruction]) -> tuple[bytes, bytes]:
    created = datetime(2026, 9, 1, 6, 30, tzinfo=UTC)
    context = FileContext("EQUAL-20260901-0001", created, date(2026, 9, 2), profile)
    table = pa.Table.from_pylist([i._asdict() for i in batch], schema=INSTRUCTION_SCHEMA)
    (tmp / "EQUAL-20260901-0001.xml").unlink(missing_ok=True)
    sealed = write_file(table, context, tmp)
    expected = Expected(len(batch), sum(i.amount_minor for i in batch))
    native = document_text(context, expected, [instruction_object(i, profile) for i in batch])
    return sealed.path.read_bytes(), native.encode()


@settings(max_examples=60, deadline=None)
@given(batches(WIDE))
def test_any_payments_are_written_as_pyiso20022_writes_them(
    tmp_path_factory: pytest.TempPathFactory, batch: list[Instruction]
) -> None:
    ours, native = _both(tmp_path_factory.mktemp("equal"), WIDE, batch)
    assert _canonical(ours) == _canonical(native)


@settings(max_examples=40, deadline=None)
@given(batches(OLD))
def test_any_payments_are_written_in_the_version_before_as_pyiso20022_writes_them(
    tmp_path_factory: pytest.TempPathFactory, batch: list[Instruction]
) -> None:
    ours, native = _both(tmp_path_factory.mktemp("old"), OLD, batch)
    assert _canonical(ours) == _canonical(native)


def test_a_version_without_a_uetr_leaves_it_out(tmp_path: Path) -> None:
    given_one = Instruction(
        "A", "A-1", uetr_from("A"), 1, "INR", "N", "X1", "OTHER", None, None, None, None, None, None
    )
    table = pa.Table.from_pylist([given_one._asdict()], schema=INSTRUCTION_SCHEMA)
    created = datetime(2026, 9, 1, 6, 30, tzinfo=UTC)
    sealed = write_file(table, FileContext("OLD-1", created, date(2026, 9, 2), OLD), tmp_path)
    assert b"UETR" not in sealed.path.read_bytes()


@settings(max_examples=15, deadline=None)
@given(batches(YEN))
def test_a_currency_without_decimals_is_written_without_a_point(
    tmp_path_factory: pytest.TempPathFactory, batch: list[Instruction]
) -> None:
    ours, native = _both(tmp_path_factory.mktemp("yen"), YEN, batch)
    assert _canonical(ours) == _canonical(native)


@settings(max_examples=15, deadline=None)
@given(batches(DINAR))
def test_a_currency_of_three_decimals_is_written_with_three(
    tmp_path_factory: pytest.TempPathFactory, batch: list[Instruction]
) -> None:
    ours, native = _both(tmp_path_factory.mktemp("dinar"), DINAR, batch)
    assert _canonical(ours) == _canonical(native)


def test_the_file_has_no_namespace_prefixes_which_some_banks_refuse(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    instruction = Instruction(
        "A", "A-1", None, 1, "INR", "N", "X1", "OTHER", None, None, None, None, None, None
    )
    ours, _ = _both(tmp_path_factory.mktemp("plain"), WIDE, [instruction])
    assert b"ns0:" not in ours
    assert ours.count(b"xmlns") == 1
