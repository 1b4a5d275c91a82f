"""Whole files, to the byte: whatever changes in a payment file must be seen by a person.

To accept a change on purpose, write the new file over the golden one and read the difference.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from lxml import etree

from bank_adapters import (
    INSTRUCTION_SCHEMA,
    load_profile,
    profile_codes,
    verify_file,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bank_adapters import FileContext

GOLDEN = Path(__file__).parent / "golden"
ISO = ("neft_bank_inr", "pix_bank_brl", "cgi_bank_inr", "sepa_bank_eur")
FILES = {
    **dict.fromkeys(ISO, ".xml"),
    "nach_bank_inr": ".txt",
    "apbs_bank_inr": ".txt",
    "cnab_bank_brl": ".rem",
    "cnab_pix_bank_brl": ".rem",
    "nacha_bank_usd": ".ach",
    "spei_bank_mxn": ".txt",
}
# A delimited file is a .csv as its payments are: it stands in a folder of its own.
DELIMITED = ("csv_bank_inr",)


def golden_rows(name: str) -> pa.Table:
    with (GOLDEN / f"{name}.csv").open(newline="") as file:
        records: list[dict[str, Any]] = [
            {k: v or None for k, v in row.items()} for row in csv.DictReader(file)
        ]
    for record in records:
        record["amount_minor"] = int(record["amount_minor"])
        record.setdefault("short_reference", None)
    return pa.Table.from_pylist(records, schema=INSTRUCTION_SCHEMA)


def golden_file(name: str) -> Path:
    if name in DELIMITED:
        return GOLDEN / "delimited" / f"{name}.csv"
    return GOLDEN / f"{name}{FILES[name]}"


@pytest.mark.parametrize("name", [*FILES, *DELIMITED])
def test_the_same_payments_give_the_same_bytes_as_ever(
    name: str, context: Callable[..., FileContext], tmp_path: Path
) -> None:
    profile = load_profile(name)
    sealed = write_file(golden_rows(name), context(profile, "GOLDEN-20260902-0001"), tmp_path)
    assert sealed.path.read_bytes() == golden_file(name).read_bytes()
    assert verify_file(sealed) == ()


@pytest.mark.parametrize("name", ISO)
def test_golden_files_are_valid_by_the_published_schema(name: str, shared: Path) -> None:
    published = shared / "bank" / "xsd" / f"{load_profile(name).format}.xsd"
    schema = etree.XMLSchema(etree.parse(str(published)))
    assert schema.validate(etree.parse(str(GOLDEN / f"{name}.xml"))), schema.error_log


def test_every_shipped_profile_has_a_golden_file() -> None:
    assert set(profile_codes()) == {*FILES, *DELIMITED}
