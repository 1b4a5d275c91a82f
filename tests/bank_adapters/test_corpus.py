"""Every real file of the corpus is read with the number of entries its manifest states.

What is refused is listed here with the reason why refusing is right. Where a file contradicts only
itself, ``inspect`` still shows what stands in it, and its entries are counted too.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from typer.testing import CliRunner

from bank_adapters import (
    ANY_ENVELOPE,
    EVENT_SCHEMA,
    EVERY_DIALECT,
    MISSING_NAMESPACE,
    BankMessage,
    ReadLimits,
    RefusalCode,
    RefusedFile,
    inspect,
    read,
)
from cct_engine.cli.bank import app

if TYPE_CHECKING:
    from collections.abc import Collection

CORPUS = Path(__file__).parents[3] / "shared" / "bank" / "corpus"
GRANTED = ReadLimits(dialects=EVERY_DIALECT)

# SHA-256 begins → code, and why no bank file like this may be booked.
CONTRADICTIONS = {
    "51f8fa3c": (RefusalCode.TOTALS, "invented balances: 1.01 + 8.85 is not 4.04"),
    "b77a3111": (RefusalCode.TOTALS, "-33.06 - 10.00 is not +23.06: edited by hand"),
    "bd4721ed": (RefusalCode.TOTALS, "14 entries of 606.80 stated, 1 of 195.86 there: cut"),
    "febc1cdf": (RefusalCode.MESSAGE, "an empty Document"),
    "f4c6691d": (RefusalCode.MESSAGE, "an empty Document"),
    "ada37735": (RefusalCode.TOTALS, "control sum of a payment group is not its sum"),
    "1144158b": (RefusalCode.TOTALS, "control sum of the header is not the sum"),
    "c6e7ced2": (RefusalCode.TOTALS, "control sum of the header is not the sum"),
    "1ebd9c33": (RefusalCode.TOTALS, "control sum of the header is not the sum"),
    "63cf4382": (RefusalCode.TOTALS, "a lot of 1 record stated, 6 there"),
    "814070ca": (RefusalCode.TOTALS, "229.20 - 69.80 is not 159.60"),
    "2e5e95ad": (RefusalCode.TOTALS, "25170637.10 - 1012213.50 is not 25281687.60"),
    "f8a00238": (RefusalCode.DATE, "a closing balance of 31 November; and its sums are invented"),
    "81d1e029": (RefusalCode.DATE, "a closing balance of 31 November; and its sums are invented"),
    "8df9a97f": (RefusalCode.TOTALS, "12345.12 - 233.15 is not 12345.98"),
    "c0cdb1b1": (RefusalCode.TOTALS, "12345.12 - 233.15 is not 12345.98"),
    "4a904c08": (RefusalCode.TOTALS, "12345.12 - 233.15 is not 12345.98"),
    "ce0a7ff1": (RefusalCode.TOTALS, "4975.09 - 715.70 is not 4370.79"),
    "cf68999b": (RefusalCode.TOTALS, "10.00 + 1.00 is not 15.00"),
    "2d94a097": (RefusalCode.TOTALS, "13564.13 - 141.04 is not 13523.09"),
    "4e845354": (RefusalCode.TOTALS, "3236.28 - 321.44 is not 876.84"),
    "de04c815": (RefusalCode.TOTALS, "3236.28 - 321.44 is not 876.84"),
    "ab3f6553": (RefusalCode.TOTALS, "672 - 2640 is not 987"),
    "b121fbf6": (RefusalCode.TOTALS, "3058.98 - 6760 is not 798.98"),
    "c176e302": (RefusalCode.TOTALS, "-1970431.87 - 2501917.30 is not -4472049.09"),
    "21ae31ed": (RefusalCode.NOT_WELL_FORMED, "no closing balance: a cut statement looks so"),
    "0bd76383": (RefusalCode.NOT_WELL_FORMED, "no closing balance: a cut statement looks so"),
    "497ab91d": (RefusalCode.NOT_WELL_FORMED, "no balance at all: a cut statement looks so"),
    "51a2091a": (RefusalCode.NOT_WELL_FORMED, "an entry behind the closing balance"),
    "01bb606f": (RefusalCode.TOTALS, "75475 debits of 123 stated, 2 of 880 there"),
    "74c8ab17": (RefusalCode.TOTALS, "debits of 2.30 stated, 0.42 there"),
    "ad6cfc59": (RefusalCode.TOTALS, "a batch of 2 entries stated, none there"),
    "a1ac9ae8": (RefusalCode.NOT_WELL_FORMED, "no file control: cut behind a batch it looks so"),
    "3224b685": (RefusalCode.NOT_WELL_FORMED, "no file control: cut behind a batch it looks so"),
    "1c11015a": (RefusalCode.TOTALS, "an entry hash of nines"),
    "b215272f": (RefusalCode.TOTALS, "2 batches stated, 1 there"),
}
UNREADABLE = {
    "9d2780b3": (RefusalCode.AMOUNT, "an amount garbled on purpose"),
    "54fd9698": (RefusalCode.CURRENCY, "gold (XAU) has no minor unit and pays no benefit"),
    "c9b08f78": (RefusalCode.CURRENCY, "gold (XAU) has no minor unit and pays no benefit"),
    "e9f43b12": (RefusalCode.CURRENCY, "a currency invented to be invalid"),
    "51fe450b": (RefusalCode.AMOUNT, "500 without its comma may be 5,00: a hundredfold"),
    "e91f842e": (RefusalCode.NOT_WELL_FORMED, "a batch control behind the file control"),
    "35fb5627": (RefusalCode.NOT_WELL_FORMED, "control characters put into an addenda"),
    "d7b4ece8": (RefusalCode.NOT_WELL_FORMED, "control characters put into an addenda"),
    "c74e0d53": (RefusalCode.NOT_WELL_FORMED, "control characters put into an addenda"),
    "5d5a1062": (RefusalCode.DIRECTION, "transaction code 90: neither credit nor debit"),
    "ddd78158": (RefusalCode.AMOUNT, "fields moved by three places: letters in an amount"),
}
REFUSED = CONTRADICTIONS | UNREADABLE
# Read only where a bank's profile grants the dialect.
DIALECTS = {
    MISSING_NAMESPACE: {"9a4c9de5", "6aa59b38", "c5861200"},  # 'Xmlns' instead of 'xmlns'
    ANY_ENVELOPE: {
        *("a604db50", "e481b059", "32e1707b", "fe30efea", "ace24406", "68f78284", "b11e6404"),
        *("b9690b42", "edee6587", "8f894412", "5b6d1580", "cf145e70", "2ede1ce0", "1ec944f1"),
        "e9f43b12",
    },
}
# Without the grant they are refused, with this code.
UNGRANTED = {
    **dict.fromkeys(DIALECTS[MISSING_NAMESPACE], RefusalCode.NAMESPACE),
    **dict.fromkeys(DIALECTS[ANY_ENVELOPE], RefusalCode.ENVELOPE),
}
ISO_20022 = ("acmt", "camt", "pacs", "pain")
# Messages of ISO 20022 that tell nothing of our payments: recognised when one only looks.
NOT_OURS = {
    "acmt.007": RefusalCode.NAMESPACE,
    "camt.003": RefusalCode.ENVELOPE,
    "pacs.009": RefusalCode.ENVELOPE,
}
NAMELESS = {*DIALECTS[MISSING_NAMESPACE], "8f894412"}  # no namespace: the version is not known


def manifest(*families: str) -> list[dict[str, str]]:
    if not CORPUS.is_dir():
        return []
    with (CORPUS / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if not families or row["format"].startswith(families)]


def _key(row: dict[str, str]) -> str:
    return row["sha256"][:8]


def every_file(
    *families: str, among: Collection[str] | None = None, but: Collection[str] = ()
) -> pytest.MarkDecorator:
    """Test with each file of some families, or of all; ``among`` and ``but`` name files by key."""
    rows = [
        row
        for row in manifest(*families)
        if _key(row) not in but and (among is None or _key(row) in among)
    ]
    return pytest.mark.parametrize("row", rows, ids=_key)


def taken(row: dict[str, str], limits: ReadLimits = GRANTED) -> BankMessage:
    return read(CORPUS / row["file"], name=_key(row), limits=limits)


def test_the_corpus_is_here(shared: Path) -> None:
    assert CORPUS.is_relative_to(shared.parent)
    assert len(manifest()) == 242
    assert Counter(row["format"][:8] for row in manifest()) == {
        "acmt.007": 1,
        "camt.003": 2,
        "camt.052": 8,
        "camt.053": 20,
        "camt.054": 19,
        "cnab240": 14,
        "cnab400": 26,
        "mt940": 33,
        "mt942": 3,
        "nacha": 67,
        "pacs.002": 7,
        "pacs.008": 13,
        "pacs.009": 3,
        "pain.001": 16,
        "pain.002": 8,
        "pain.008": 2,
    }


@every_file()
def test_a_real_file_has_the_entries_its_manifest_states(row: dict[str, str]) -> None:
    if _key(row) in REFUSED:
        with pytest.raises(RefusedFile) as refused:
            taken(row)
        assert refused.value.code == REFUSED[_key(row)][0]
        return
    message = taken(row)
    assert message.entries == int(row["entries"])
    assert message.sha256 == row["sha256"]
    assert message.bytes == int(row["bytes"])
    assert message.format == (row["format"][:8] if _key(row) in NAMELESS else row["format"])
    assert message.message_id or row["format"][:8] in NOT_OURS
    assert message.events.schema == EVENT_SCHEMA
    assert message.events["position"].to_pylist() == list(range(1, message.events.num_rows + 1))


def test_what_is_listed_here_is_in_the_corpus(shared: Path) -> None:
    assert shared.is_dir()
    listed = REFUSED.keys() | NAMELESS | DIALECTS[ANY_ENVELOPE]
    assert listed <= {_key(row) for row in manifest()}


@every_file(among=CONTRADICTIONS)
def test_a_file_that_only_contradicts_itself_can_still_be_looked_at(row: dict[str, str]) -> None:
    seen = inspect(CORPUS / row["file"], name=_key(row))
    assert seen.doubts[0].code == CONTRADICTIONS[_key(row)][0]
    assert seen.message.entries == int(row["entries"])


@every_file(*ISO_20022, but=REFUSED.keys() - UNGRANTED)
def test_a_dialect_is_refused_unless_the_banks_profile_grants_it(row: dict[str, str]) -> None:
    code = UNGRANTED.get(_key(row)) or NOT_OURS.get(row["format"][:8])
    if code is None:
        assert taken(row, ReadLimits()).dialects == frozenset()
    else:
        with pytest.raises(RefusedFile) as refused:
            taken(row, ReadLimits())
        assert refused.value.code == code


def _money(message: BankMessage) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for event in message.events.to_pylist():
        if event["kind"] in ("ENTRY", "RETURN", "CHARGE"):
            found[event["currency"], event["direction"]] += event["amount_minor"]
    return found


@every_file("camt.05", but=UNREADABLE)
def test_money_rows_add_up_to_what_another_reader_adds_up(row: dict[str, str]) -> None:
    theirs: Counter[tuple[str, str]] = Counter()
    for entry in etree.parse(str(CORPUS / row["file"])).iterfind(".//{*}Ntry"):
        amount = entry.find("{*}Amt")
        whole, _, part = amount.text.strip().partition(".")
        way = entry.findtext("{*}CdtDbtInd").strip()
        theirs[amount.get("Ccy"), way] += int(whole) * 100 + int(f"{part:0<2}"[:2])
    message = inspect(CORPUS / row["file"], name=_key(row)).message
    assert _money(message) == theirs
    assert {tuple(name.split(".")): total for name, total in message.totals.items()} == theirs


@every_file("mt94", but=UNREADABLE)
def test_an_mt940_adds_up_to_what_a_plain_search_adds_up(row: dict[str, str]) -> None:
    text = (CORPUS / row["file"]).read_bytes().decode("latin-1").replace("\r", "")
    theirs: Counter[str] = Counter()
    for mark, amount in re.findall(r"(?m)^:61:\d{6}(?:\d{4}| {4})?(R?[CD])[A-Z]? ?(\d+,\d*)", text):
        theirs["CRDT" if mark in ("C", "RD") else "DBIT"] += int(
            Decimal(amount.replace(",", ".")) * 100
        )
    ours: Counter[str] = Counter()
    for (_, way), total in _money(inspect(CORPUS / row["file"], name="x").message).items():
        ours[way] += total
    assert +ours == +theirs


@every_file("nacha", but=REFUSED)
def test_a_nacha_file_adds_up_to_its_own_file_control(row: dict[str, str]) -> None:
    lines = (CORPUS / row["file"]).read_text("latin-1").splitlines()
    control = next(line for line in lines if line.startswith("9"))
    widths = (20, 20) if any("ADV" in line[50:53] for line in lines[:2]) else (12, 12)
    debit, credit = control[31 : 31 + widths[0]], control[31 + widths[0] : 31 + sum(widths)]
    totals = taken(row).totals
    assert (totals["USD.DBIT"], totals["USD.CRDT"]) == (int(debit), int(credit))


@every_file(*ISO_20022, but=UNREADABLE)
def test_no_name_of_a_person_reaches_the_events(row: dict[str, str]) -> None:
    tree = etree.parse(str(CORPUS / row["file"]))
    names = {e.text.strip() for e in tree.iterfind(".//{*}Nm") if e.text and len(e.text) > 4}
    events = inspect(CORPUS / row["file"], name=_key(row)).message.events.to_pylist()
    texts = {value for event in events for value in event.values()}
    assert not names & {text for text in texts if isinstance(text, str)}


@pytest.mark.parametrize("family", ["cnab240", "mt940", "nacha", "pain.002", "camt.053"])
def test_the_command_prints_a_real_file_and_says_whether_it_is_good(
    family: str, shared: Path
) -> None:
    assert shared.is_dir()
    for row in manifest(family)[:4]:
        path = str(CORPUS / row["file"])
        printed = CliRunner().invoke(app, ["read", path, "--json"])
        if _key(row) in UNREADABLE:
            assert isinstance(printed.exception, RefusedFile)
        else:
            told = json.loads(printed.stdout)
            assert told["entries"] == int(row["entries"])
            assert set(told) >= {"format", "entries", "totals", "events"}
            assert printed.exit_code == (3 if _key(row) in REFUSED else 0)
        checked = CliRunner().invoke(app, ["check", path, "--json"])
        verdict = json.loads(checked.stdout)
        assert verdict["sound"] == (_key(row) not in REFUSED) == (checked.exit_code == 0)
