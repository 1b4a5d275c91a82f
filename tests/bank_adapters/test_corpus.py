"""Every real file of the corpus is read with the number of entries its manifest states.

What is refused is listed here with the reason why refusing is right.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from bank_adapters import (
    ANY_ENVELOPE,
    EVENT_SCHEMA,
    MISSING_NAMESPACE,
    BankMessage,
    ReadLimits,
    RefusalCode,
    RefusedFile,
    read,
)

CORPUS = Path(__file__).parents[3] / "shared" / "bank" / "corpus"
FAMILIES = ("pain.001", "pain.002", "pacs.002", "pacs.008", "camt.052", "camt.053", "camt.054")
GRANTED = ReadLimits(dialects=frozenset({ANY_ENVELOPE, MISSING_NAMESPACE}))

# SHA-256 begins → code, and why no bank file like this may be booked.
REFUSED = {
    "51f8fa3c": (RefusalCode.TOTALS, "invented balances: 1.01 + 8.85 is not 4.04"),
    "b77a3111": (RefusalCode.TOTALS, "-33.06 - 10.00 is not +23.06: edited by hand"),
    "bd4721ed": (RefusalCode.TOTALS, "14 entries of 606.80 stated, 1 of 195.86 there: cut"),
    "9d2780b3": (RefusalCode.AMOUNT, "an amount garbled on purpose"),
    "febc1cdf": (RefusalCode.MESSAGE, "an empty Document"),
    "f4c6691d": (RefusalCode.MESSAGE, "an empty Document"),
    "54fd9698": (RefusalCode.CURRENCY, "gold (XAU) is no currency a benefit is paid in"),
    "c9b08f78": (RefusalCode.CURRENCY, "gold (XAU) is no currency a benefit is paid in"),
    "e9f43b12": (RefusalCode.CURRENCY, "a currency invented to be invalid"),
    "ada37735": (RefusalCode.TOTALS, "control sum of a payment group is not its sum"),
    "1144158b": (RefusalCode.TOTALS, "control sum of the header is not the sum"),
    "c6e7ced2": (RefusalCode.TOTALS, "control sum of the header is not the sum"),
    "1ebd9c33": (RefusalCode.TOTALS, "control sum of the header is not the sum"),
}
# Read only where a bank's profile grants the dialect.
DIALECTS = {
    MISSING_NAMESPACE: {"9a4c9de5", "6aa59b38", "c5861200"},  # 'Xmlns' instead of 'xmlns'
    ANY_ENVELOPE: {
        *("a604db50", "e481b059", "32e1707b", "fe30efea", "ace24406", "68f78284", "b11e6404"),
        *("b9690b42", "edee6587", "8f894412", "5b6d1580", "cf145e70", "2ede1ce0", "1ec944f1"),
        "e9f43b12",
    },
}


def manifest() -> list[dict[str, str]]:
    if not CORPUS.is_dir():
        return []
    with (CORPUS / "manifest.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["format"][:8] in FAMILIES]


def _key(row: dict[str, str]) -> str:
    return row["sha256"][:8]


every_file = pytest.mark.parametrize("row", manifest(), ids=_key)


def taken(row: dict[str, str], limits: ReadLimits = GRANTED) -> BankMessage:
    return read(CORPUS / row["file"], name=_key(row), limits=limits)


def test_the_corpus_is_here(shared: Path) -> None:
    assert CORPUS.is_relative_to(shared.parent)
    assert Counter(row["format"][:8] for row in manifest()) == {
        "camt.052": 8,
        "camt.053": 20,
        "camt.054": 19,
        "pacs.002": 7,
        "pacs.008": 13,
        "pain.001": 16,
        "pain.002": 8,
    }


@every_file
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
    assert message.message_id
    assert message.events.schema == EVENT_SCHEMA
    assert message.events["position"].to_pylist() == list(range(1, message.events.num_rows + 1))


@every_file
def test_a_dialect_is_refused_unless_the_banks_profile_grants_it(row: dict[str, str]) -> None:
    code = {
        **dict.fromkeys(DIALECTS[MISSING_NAMESPACE], RefusalCode.NAMESPACE),
        **dict.fromkeys(DIALECTS[ANY_ENVELOPE], RefusalCode.ENVELOPE),
    }.get(_key(row))
    if code is not None:
        with pytest.raises(RefusedFile) as refused:
            taken(row, ReadLimits())
        assert refused.value.code == code
    elif _key(row) not in REFUSED:
        assert taken(row, ReadLimits()).dialects == frozenset()


@every_file
def test_money_rows_add_up_to_what_another_reader_adds_up(row: dict[str, str]) -> None:
    if not row["format"].startswith("camt.05") or _key(row) in REFUSED:
        return
    events = taken(row).events.to_pylist()
    ours: Counter[tuple[str, str]] = Counter()
    for event in events:
        if event["kind"] in ("ENTRY", "RETURN", "CHARGE"):
            ours[event["currency"], event["direction"]] += event["amount_minor"]
    theirs: Counter[tuple[str, str]] = Counter()
    for entry in etree.parse(str(CORPUS / row["file"])).iterfind(".//{*}Ntry"):
        amount = entry.find("{*}Amt")
        whole, _, part = amount.text.strip().partition(".")
        way = entry.findtext("{*}CdtDbtInd").strip()
        theirs[amount.get("Ccy"), way] += int(whole) * 100 + int(f"{part:0<2}"[:2])
    assert ours == theirs


@every_file
def test_no_name_of_a_person_reaches_the_events(row: dict[str, str]) -> None:
    if _key(row) in REFUSED:
        return
    tree = etree.parse(str(CORPUS / row["file"]))
    names = {e.text.strip() for e in tree.iterfind(".//{*}Nm") if e.text and len(e.text) > 4}
    texts = {value for event in taken(row).events.to_pylist() for value in event.values()}
    assert not names & {text for text in texts if isinstance(text, str)}
