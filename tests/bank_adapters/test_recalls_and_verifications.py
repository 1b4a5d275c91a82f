"""Recalls, reversals and account verifications: valid by the published schema, and recounted."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from lxml import etree

from bank_adapters import check_instructions, load_profile, uetr_from
from bank_adapters.iso20022.recall import (
    CANCEL_AT_BANK,
    CANCEL_BETWEEN_BANKS,
    REVERSE,
    Recalled,
    write_recall,
)
from bank_adapters.iso20022.verification import ACMT, penny_drops, write_verification

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 9, 20, 8, 0, tzinfo=UTC)
KINDS = (CANCEL_AT_BANK, CANCEL_BETWEEN_BANKS, REVERSE)


def items(*orders: str) -> list[Recalled]:
    return [
        Recalled(order, f"{order}-1", f"E{n}-1", f"E{n}", uetr_from(f"E{n}-1"), 150_000 + n, "DUPL")
        for n, order in enumerate(orders, start=1)
    ]


def written(kind: Any, recalled: list[Recalled], folder: Path, profile: str) -> Any:
    return write_recall(
        recalled, load_profile(profile), folder, kind=kind, message_id="RCL-1", created_at=AT
    )


@pytest.mark.parametrize("profile", ["neft_bank_inr", "sepa_bank_eur", "pix_bank_brl"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_recall_is_valid_by_the_published_schema(
    kind: str, profile: str, shared: Path, tmp_path: Path
) -> None:
    sealed = written(kind, items("ORDER-1", "ORDER-1", "ORDER-1"), tmp_path, profile)
    schema = etree.XMLSchema(etree.parse(str(shared / "bank" / "xsd" / f"{kind}.xsd")))
    document = etree.parse(str(sealed.path))
    schema.assertValid(document)
    assert document.findtext(".//{*}NbOfTxs") == "3"
    assert Decimal(document.findtext(".//{*}CtrlSum") or "") == Decimal("4500.06")
    assert [node.text for node in document.iter("{*}OrgnlInstrId")] == ["E1-1", "E2-1", "E3-1"]
    assert {node.text for node in document.iter("{*}OrgnlMsgId")} == {"ORDER-1"}


@pytest.mark.parametrize("kind", KINDS[:2])
def test_a_cancellation_may_name_payments_of_several_orders(kind: str, tmp_path: Path) -> None:
    sealed = written(kind, items("ORDER-1", "ORDER-2"), tmp_path, "neft_bank_inr")
    found = {node.text for node in etree.parse(str(sealed.path)).iter("{*}OrgnlMsgId")}
    assert found == {"ORDER-1", "ORDER-2"}


@pytest.mark.parametrize(
    ("kind", "recalled", "says"),
    [
        (REVERSE, items("ORDER-1", "ORDER-2"), "one order"),
        (CANCEL_AT_BANK, [], "1 to"),
        (CANCEL_AT_BANK, items("ORDER-1") * 2, "once"),
    ],
)
def test_a_recall_that_makes_no_sense_is_not_written(
    kind: str, recalled: list[Recalled], says: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=says):
        written(kind, recalled, tmp_path, "neft_bank_inr")
    assert list(tmp_path.iterdir()) == []


def test_the_same_recall_is_the_same_bytes(tmp_path: Path) -> None:
    first = written(REVERSE, items("ORDER-1"), tmp_path, "neft_bank_inr")
    assert written(REVERSE, items("ORDER-1"), tmp_path, "neft_bank_inr") == first


ACCOUNTS = [
    {
        "end_to_end_id": "VERIFY-1",
        "instruction_id_text": "VERIFY-1-1",
        "creditor_name": "Sunita Devi & Co",
        "account": "030000000001",
        "account_kind": "IFSC_ACCOUNT",
        "agent": "ZZZZ0000691",
        "agent_scheme": "INFSC",
    },
    {
        "end_to_end_id": "VERIFY-2",
        "instruction_id_text": "VERIFY-2-1",
        "creditor_name": "Asha Devi",
        "account": "912345678",
        "account_kind": "IFSC_ACCOUNT",
        "agent": "ZZZZ0ABC12X",
        "agent_scheme": "INFSC",
    },
]


def test_a_verification_is_valid_by_the_published_schema(shared: Path, tmp_path: Path) -> None:
    sealed = write_verification(
        pa.Table.from_pylist(ACCOUNTS),
        load_profile("neft_bank_inr"),
        tmp_path,
        message_id="VRF-1",
        created_at=AT,
    )
    schema = etree.XMLSchema(etree.parse(str(shared / "bank" / "xsd" / f"{ACMT}.xsd")))
    document = etree.parse(str(sealed.path))
    schema.assertValid(document)
    assert [node.text for node in document.iter("{*}Vrfctn/{*}Id", "{*}Nm")][1:] == [
        "Sunita Devi & Co",
        "Asha Devi",
    ]


def test_penny_drops_can_be_written_by_the_banks_own_format() -> None:
    profile = load_profile("neft_bank_inr")
    clean = [row | {"creditor_name": "A"} for row in ACCOUNTS]
    drops = penny_drops(pa.Table.from_pylist(clean), profile)
    assert drops["amount_minor"].to_pylist() == [100, 100]
    assert check_instructions(drops, profile) == ()
