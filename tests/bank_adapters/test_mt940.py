"""MT940 and MT942: what they tell of an account, and what in them is refused.

The files are made here, character by character, from what the standards say; no writer of ours
has a hand in them.
"""

from __future__ import annotations

import pytest
from read_messages import taken, told
from refused_files import refused

from bank_adapters import RefusalCode


def mt940(
    *entries: str, closing: str = "C260903INR100,00", opening: str = "C260902INR100,00"
) -> str:
    body = "\n".join(entries)
    return f":20:S1\n:25:999900010001\n:28C:1/1\n:60F:{opening}\n{body}\n:62F:{closing}\n-\n"


def test_an_mt940_tells_debits_returns_and_charges() -> None:
    message = taken(
        mt940(
            ":61:2609030903D900,00NTRFOUR-1//B1",
            ":86:020?00SAMMLER?20KREF+OUR-1-1",
            ":61:2609030903C30,50NRTINONREF//B2",
            ":86:159?00RETOURE?20EREF+CCT202609ABCDEFGHIJKLMN?21OPQSVWZ+Cash?34914",
            ":61:2609030903D1,50NCHGNONREF//B3",
            ":61:2609030903RC2,00NTRFNONREF//B4",
            ":61:2609030903RD3,00NTRFNONREF//B5",
            opening="C260902INR1000,00",
            closing="C260903INR130,00",
        )
    )
    assert message.format == "mt940"
    assert message.entries == 5
    assert message.totals == {"INR.CRDT": 3350, "INR.DBIT": 90350}
    assert told(message, "kind", "direction", "amount_minor", "reversal", "bank_reference")[:5] == [
        ("ENTRY", "DBIT", 90000, False, "B1"),
        ("RETURN", "CRDT", 3050, False, "B2"),
        ("CHARGE", "DBIT", 150, False, "B3"),
        ("ENTRY", "DBIT", 200, True, "B4"),
        ("ENTRY", "CRDT", 300, True, "B5"),
    ]
    first, second = message.events.to_pylist()[:2]
    assert first["payment_information_id"] == "OUR-1-1"
    assert second["end_to_end_id"] == "CCT202609ABCDEFGHIJKLMNOPQ"
    assert (second["reason_list"], second["reason"]) == ("PROPRIETARY", "914")
    assert {row["account"] for row in message.events.to_pylist()} == {"999900010001"}
    assert told(message, "kind", "status", "amount_minor")[5:] == [
        ("BALANCE", "OPBD", 100000),
        ("BALANCE", "CLBD", 13000),
    ]


def test_an_iso_reason_in_a_dutch_text_is_told() -> None:
    entry = (":61:2609030903C5,00NRTINONREF//B1", ":86:/RTRN/AC04/EREF/CCT-1/REMI/x/")
    message = taken(mt940(*entry, closing="C260903INR105,00"))
    assert told(message, "kind", "reason_list", "reason", "end_to_end_id")[0] == (
        "RETURN",
        "RETURN",
        "AC04",
        "CCT-1",
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig"])
def test_line_ends_and_encodings_of_an_mt940_make_no_difference(
    newline: str, encoding: str
) -> None:
    text = mt940(":61:2609030903C1,00NTRFR1//B1", ":86:José", closing="C260903INR101,00")
    assert taken(text.replace("\n", newline).encode(encoding)).entries == 1


def test_the_thirtieth_of_february_of_german_banks_is_the_last_day_of_february() -> None:
    message = taken(mt940(":61:2602300301C1,00NTRFR1//B1", closing="C260903INR101,00"))
    assert [str(day) for row in told(message, "value_on", "booked_on")[:1] for day in row] == [
        "2026-02-28",
        "2026-03-01",
    ]


def test_an_entry_around_new_year_is_booked_in_its_own_year() -> None:
    message = taken(mt940(":61:2601021231C1,00NTRFR1//B1", closing="C260903INR101,00"))
    assert str(told(message, "booked_on")[0][0]) == "2025-12-31"


def test_a_text_that_looks_like_an_entry_moves_no_money_unseen() -> None:
    forged = (":61:2609030903C1,00NTRFR1//B1", ":86:Thanks", ":61:2609030903C99,00NTRFR1//B9")
    assert refused(mt940(*forged, closing="C260903INR101,00")).code == RefusalCode.TOTALS


ONE = ":61:2609030903C1,00NTRFR1//B1"


GOOD = mt940(ONE, closing="C260903INR101,00")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("1,00", "1", RefusalCode.AMOUNT),
        ("1,00", "1.00", RefusalCode.AMOUNT),
        ("1,00", "1,001", RefusalCode.AMOUNT),
        ("1,00", "-1,00", RefusalCode.NOT_WELL_FORMED),
        ("1,00", "NaN", RefusalCode.NOT_WELL_FORMED),
        ("1,00", "1e5", RefusalCode.AMOUNT),
        ("1,00", "1,00,00", RefusalCode.AMOUNT),
        ("260903", "261303", RefusalCode.DATE),
        ("C1,00", "X1,00", RefusalCode.NOT_WELL_FORMED),
        ("INR", "XXX", RefusalCode.CURRENCY),
        ("INR", "inr", RefusalCode.AMOUNT),
        ("INR101", "INR102", RefusalCode.TOTALS),
        (":62F:", ":64:", RefusalCode.NOT_WELL_FORMED),
        (":60F:", ":64:", RefusalCode.NOT_WELL_FORMED),
        ("R1//B1", "R1\x00", RefusalCode.NOT_WELL_FORMED),
        (":61:", ":61:\n:61:", RefusalCode.NOT_WELL_FORMED),
    ],
)
def test_what_is_wrong_in_an_mt940_is_refused(old: str, new: str, code: RefusalCode) -> None:
    assert taken(GOOD).entries == 1
    at = GOOD.rindex(old) if old.startswith("INR") else GOOD.index(old)
    assert refused(GOOD[:at] + new + GOOD[at + len(old) :]).code == code


def test_an_mt940_cut_anywhere_before_its_closing_balance_is_refused() -> None:
    entries = [f":61:2609030903C1,00NTRFR{n}//B{n}" for n in range(9)]
    text = mt940(*entries, closing="C260903INR109,00")
    for at in range(8, text.index(":62F:") + 16):
        assert refused(text[:at]).place


def test_an_interim_report_is_measured_by_its_own_sums() -> None:
    head = ":20:R1\n:25:1\n:28C:1\n:34F:INR0,\n:13D:2609031200+0530\n"
    entries = ":61:260903D4,00NTRFR1//B1\n:61:260903EC9,00NTRFR2//B2\n"
    message = taken(f"{head}{entries}:90D:1INR4,00\n:90C:0INR0,00\n-")
    assert (message.format, message.entries) == ("mt942", 2)
    assert told(message, "status", "direction") == [("BOOK", "DBIT"), ("PDNG", "CRDT")]
    assert refused(f"{head}{entries}:90D:2INR4,00\n-").code == RefusalCode.TOTALS
