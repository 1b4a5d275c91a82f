"""MT940, NACHA, CNAB 240, NPCI and delimited answers: what they tell, and what is refused.

The files are made here, character by character, from what the standards say; no writer of ours has
a hand in them.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from refused_files import refused

from bank_adapters import RefusalCode, load_answer, read

if TYPE_CHECKING:
    from bank_adapters import Answer, BankMessage


def taken(text: str | bytes, **more: Any) -> BankMessage:
    raw = text.encode() if isinstance(text, str) else text
    return read(io.BytesIO(raw), name="answer", **more)


def told(message: BankMessage, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in message.events.to_pylist()]


# --- MT940 and MT942 ----------------------------------------------------------------------------


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


# --- NACHA --------------------------------------------------------------------------------------


def nacha(*entries: str, credit: int = 0, debit: int = 0, rdfi_sum: int = 0, count: int = 0) -> str:
    control = f"{count:06d}{rdfi_sum:010d}{debit:012d}{credit:012d}"
    lines = [
        f"{'101 231380104 1210428822609021200A094101Federal Reserve Bank   My Bank Name':<94}",
        f"{'5220Programme':<40}121042882 PPD{'Benefits':<16}260902   1121042880000001",
        *entries,
        f"8220{control}{'121042882':<10}{'':25}121042880000001",
        f"9000001000001{count:08d}{rdfi_sum:010d}{debit:012d}{credit:012d}{'':39}",
    ]
    lines += ["9" * 94] * (-len(lines) % 10)
    assert {len(line) for line in lines} == {94}
    return "\n".join(lines) + "\n"


def entry(number: int, amount: int, *, code: str = "22", addenda: int = 1) -> str:
    return (
        f"6{code}231380104{number:<17}{amount:010d}{f'P{number}':<15}{'Maria Silva':<22}  {addenda}"
        f"12104288{number:07d}"
    )


def addenda(kind: str, reason: str, number: int) -> str:
    return f"7{kind}{reason}12104288{number:07d}{'':6}23138010{'A. Person':<44}12104288{number:07d}"


RETURNS = nacha(
    entry(1, 5000),
    addenda("99", "R03", 1),
    entry(2, 0),
    addenda("98", "C01", 2),
    entry(3, 700, addenda=0),
    count=5,
    rdfi_sum=3 * 23138010,
    credit=5700,
)


def test_nacha_returns_and_changes_are_statuses_of_the_payments_they_answer() -> None:
    message = taken(RETURNS)
    assert (message.format, message.entries) == ("nacha", 3)
    assert message.totals == {"USD.CRDT": 5700, "USD.DBIT": 0}
    names = ("kind", "status", "reason_list", "reason", "instruction_id_text", "amount_minor")
    assert told(message, *names) == [
        ("ITEM_STATUS", "RJCT", "NACHA", "R03", "P1", 5000),
        ("ITEM_STATUS", "ACWC", "NACHA", "C01", "P2", 0),
        ("DETAIL", None, None, None, "P3", 700),
    ]
    assert "Silva" not in str(message.events.to_pylist())
    assert "Person" not in str(message.events.to_pylist())


def test_blanks_cut_off_or_added_behind_a_line_make_no_difference() -> None:
    longer = "".join(f"{line}   \r\n" for line in RETURNS.splitlines())
    shorter = "".join(f"{line.rstrip()}\n" for line in RETURNS.splitlines())
    assert taken(longer).events == taken(shorter).events == taken(RETURNS).events
    assert taken(RETURNS.rstrip("\n")).entries == 3
    assert taken(RETURNS + "\x1a").entries == 3


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("0000005000", "0000005001", RefusalCode.TOTALS),
        ("0000005000", "00000050.0", RefusalCode.AMOUNT),
        ("0000005000", "-000005000", RefusalCode.AMOUNT),
        ("622", "620", RefusalCode.DIRECTION),
        ("Maria Silva ", "Maria\nSilva ", RefusalCode.AMOUNT),
        ("Maria Silva", "Maria\tSilv", RefusalCode.NOT_WELL_FORMED),
        ("9000001000001", "9000002000001", RefusalCode.TOTALS),
    ],
)
def test_what_is_wrong_in_a_nacha_file_is_refused(old: str, new: str, code: RefusalCode) -> None:
    found = refused(RETURNS.replace(old, new, 1)).code
    assert found == code or (old.startswith("Maria S") and found == RefusalCode.NOT_WELL_FORMED)


def test_a_nacha_file_cut_between_any_two_lines_is_refused() -> None:
    lines = RETURNS.splitlines(keepends=True)
    control = next(n for n, line in enumerate(lines) if line.startswith("9"))
    for at in range(1, control + 1):
        assert refused("".join(lines[:at])).place


# --- CNAB 240 -----------------------------------------------------------------------------------


def segment_a(number: int, amount: int, codes: str, *, movement: str = "0") -> str:
    payee = f"00101234 {number:012d}1 {'Maria da Silva':<30}"
    start = f"00100013{number:05d}A{movement}00018{payee}"
    return (
        f"{start}{f'P{number}':<20}02092026BRL{'0' * 15}{amount:015d}{f'B{number}':<20}02092026"
        f"{amount:015d}{'':40}{'':2}{'':5}{'':2}{'':3}0{codes:<10}"
    )


def cnab(*details: str, total: int, lots: int = 1) -> str:
    records = len(details) + 2
    lines = [
        f"{'00100000         2' + '1' * 14:<142}2{'02092026120000000001103':<23}".ljust(240),
        "00100011C9001046".ljust(240),
        *details,
        f"00100015{'':9}{records:06d}{total:018d}{'0' * 24}".ljust(240),
        f"00199999{'':9}{lots:06d}{records + 2:06d}{'0' * 6}".ljust(240),
    ]
    assert {len(line) for line in lines} == {240}
    return "\r\n".join(lines) + "\r\n"


ANSWER = cnab(
    segment_a(1, 70000, "00"),
    segment_a(2, 50000, "AG"),
    segment_a(3, 30000, "00ZA"),
    segment_a(4, 20000, "BD"),
    segment_a(5, 10000, "00", movement="3"),
    segment_a(6, 10000, "ANAO"),
    total=190000,
)


def test_cnab_occurrences_become_statuses_with_the_deciding_code() -> None:
    message = taken(ANSWER)
    assert (message.format, message.entries) == ("cnab240", 6)
    assert message.totals == {"BRL.DBIT": 190000}
    assert told(message, "status", "reason", "extra", "instruction_id_text") == [
        ("ACCC", "00", None, "P1"),
        ("RJCT", "AG", None, "P2"),
        ("ACWC", "ZA", "also 00", "P3"),
        ("ACCP", "BD", None, "P4"),
        ("RJCT", "00", None, "P5"),
        ("RJCT", "AN", "also AO", "P6"),
    ]
    assert {row["reason_list"] for row in message.events.to_pylist()} == {"CNAB_G059"}
    assert "Silva" not in str(message.events.to_pylist())


def test_accents_in_utf8_or_latin1_do_not_move_the_fields_of_cnab() -> None:
    accented = ANSWER.replace("Maria da Silva ", "Mária da Sílva ")
    for encoding in ("utf-8", "latin-1"):
        assert taken(accented.encode(encoding)).events == taken(ANSWER).events


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (f"{190000:018d}", f"{190001:018d}", RefusalCode.TOTALS),
        (f"{8:06d}{190000:018d}", f"{7:06d}{190000:018d}", RefusalCode.TOTALS),
        ("00199999         000001", "00199999         000002", RefusalCode.TOTALS),
        (f"{70000:015d}", f"{'7e4':>15}", RefusalCode.AMOUNT),
        ("Maria da Silva  ", "Maria da\nSilva  ", RefusalCode.NOT_WELL_FORMED),
    ],
)
def test_what_is_wrong_in_a_cnab_answer_is_refused(old: str, new: str, code: RefusalCode) -> None:
    found = refused(ANSWER.replace(old, new, 1)).code
    assert found == code or "\n" in new


def test_a_cnab_answer_cut_between_any_two_lines_is_refused() -> None:
    lines = ANSWER.splitlines(keepends=True)
    for at in range(1, len(lines)):
        assert refused("".join(lines[:at])).place


# --- NPCI ---------------------------------------------------------------------------------------


def ach(*items: tuple[int, str, str], count: int | None = None, total: int | None = None) -> str:
    paise = sum(amount for amount, _, _ in items)
    header = (
        f"12{'':7}{'PROGRAMME':<40}{'':14}{'':9}{'':9}{'':15}{'':3}{0:013d}"
        f"{paise if total is None else total:013d}02092026{'':10}{'':10}{'':3}{'NACH0001':<18}"
        f"{'OUR-1':<18}{'ZZZZ0000001':<11}{'999900010001':<35}"
        f"{len(items) if count is None else count:09d}{'':2}{'':57}"
    )
    lines = [header]
    for number, (amount, flag, reason) in enumerate(items, 1):
        lines.append(
            f"23{'':9}10{'':3}{'':15}{'Sunita Devi':<40}{'':9}{'':7}{'Benefit':<20}{'':13}"
            f"{amount:013d}{'':10}{'':10}{flag:<1}{reason:<2}{'ZZZZ0000002':<11}{number:<35}"
            f"{'ZZZZ0000001':<11}{'NACH0001':<18}{f'P{number}':<30}DBT{'':15}{'':20}{'':7}"
        )
    assert {len(line) for line in lines} == {306}
    return "\r\n".join(lines) + "\r\n"


NACH = ach((60000, "1", "00"), (60000, "0", "53"), (60000, "", ""), (60000, "1", "60"))


def test_a_nach_answer_tells_by_its_flag_and_deems_nothing_a_success() -> None:
    message = taken(NACH)
    assert (message.format, message.entries) == ("npci.ach", 4)
    assert message.totals == {"INR.DBIT": 240000}
    assert told(message, "status", "reason_list", "reason", "instruction_id_text") == [
        ("ACCC", None, None, "P1"),
        ("RJCT", "NPCI", "53", "P2"),
        ("PDNG", None, None, "P3"),
        ("PDNG", "NPCI", "60", "P4"),
    ]
    assert "Sunita" not in str(message.events.to_pylist())


def test_a_nach_file_without_flags_is_an_order_and_tells_no_status() -> None:
    message = taken(ach((60000, "", ""), (100, "", "")))
    assert {kind for (kind,) in told(message, "kind")} == {"DETAIL"}


def apbs(*items: tuple[int, str, str]) -> str:
    paise = sum(amount for amount, _, _ in items)
    header = (
        f"33{1:07d}{'PROGRAMME':<40}{'OUR-1':<14}{0:09d}{2:09d}{'9999':<15}{'':3}{0:013d}"
        f"{len(items):09d}{paise:013d}02092026{0:010d}{'':10}{'':15}"
    )
    lines = [header]
    for number, (amount, flag, reason) in enumerate(items, 1):
        lines.append(
            f"77{3:09d}10{'':3}{999900000000 + number:015d}{'Sunita Devi':<40}{2:09d}{1:07d}"
            f"{'Benefit':<20}{f'P{number}':<13}{amount:013d}{number:010d}{'':10}{flag}{'':1}{reason}"
            f"{number:<20}"
        )
    assert {len(line) for line in lines} == {177}
    return "\n".join(lines) + "\n"


def test_an_apbs_answer_is_read_and_its_aadhaar_numbers_stay_in_the_file() -> None:
    message = taken(apbs((60000, "1", "00"), (60000, "0", "60"), (60000, "3", "00")))
    assert (message.format, message.entries) == ("npci.apbs", 3)
    assert told(message, "status", "reason") == [("ACCC", None), ("RJCT", "60"), ("PDNG", None)]
    assert "99990000000" not in str(message.events.to_pylist())


@pytest.mark.parametrize(
    "text",
    [
        ach((1, "1", "00"), count=2),
        ach((1, "1", "00"), total=2),
        NACH[: NACH.rindex("23" + " " * 9)],
        NACH.replace("\r\n23", "\r\n24", 1),
        NACH.replace(f"{60000:013d}", f"{'6e4':>13}", 1),
        NACH.replace("Sunita Devi ", "Sunita\nDevi ", 1),
        NACH.replace("Sunita Devi ", "Sunita\x00Devi", 1),
    ],
)
def test_what_is_wrong_in_an_answer_of_npci_is_refused(text: str) -> None:
    assert refused(text).place


# --- delimited ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answer() -> Answer:
    return load_answer(
        {
            "code": "some_bank",
            "column_names": ["Type", "Name", "Cust Ref", "Amount", "Status", "Reason", "Date"],
            "columns": {
                "instruction_id_text": "Cust Ref",
                "amount": "Amount",
                "status": "Status",
                "reason": "Reason",
                "booked_on": "Date",
            },
            "statuses": {"Paid": "ACCC", "Failed": "RJCT"},
            "currency": "INR",
            "date_format": "%d/%m/%Y",
            "last_line": "T,{count},{total}",
        }
    )


HEAD = "Type,Name,Cust Ref,Amount,Status,Reason,Date\r\n"
CSV = HEAD + (
    'N,"Devi, Sunita",P1,600.00,Paid,,02/09/2026\r\n'
    "N,Ram Kumar,P2,600.5,Failed,53,02/09/2026\r\n"
    "N,Asha,P3,1,Who knows,,02/09/2026\r\n"
    "T,3,1201.50\r\n"
)


def test_the_next_banks_csv_is_a_description_and_no_code(answer: Answer) -> None:
    message = taken(CSV, answers=[answer])
    assert (message.format, message.entries) == ("delimited.some_bank", 3)
    assert told(message, "status", "reason_list", "reason", "amount_minor") == [
        ("ACCC", None, None, 60000),
        ("RJCT", "some_bank", "53", 60050),
        ("PDNG", None, None, 100),
    ]
    assert "Sunita" not in str(message.events.to_pylist())
    assert refused(CSV).code == RefusalCode.FORMAT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("T,3,1201.50\r\n", ""),
        ("T,3,", "T,2,"),
        ("1201.50", "1201.51"),
        ("600.00", "6e2"),
        ("600.00", "-600.00"),
        ("600.00", "600.001"),
        ("P1", "=P1"),
        ("P1", "+1"),
        ("02/09/2026", "2026-09-02"),
        ("Ram Kumar", "Ram\nKumar"),
        ("Ram Kumar", "Ram,Kumar"),
        ("T,3,1201.50", "T,3,1201.50\r\nT,3,1201.50"),
    ],
)
def test_what_is_wrong_in_a_delimited_answer_is_refused(old: str, new: str, answer: Answer) -> None:
    found = refused(CSV.replace(old, new, 1), answers=[answer])
    assert "Ram" not in str(found)
    assert "P1" not in str(found)
