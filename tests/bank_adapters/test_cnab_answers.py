"""CNAB 240 return files: what became of each payment, and what is refused.

The files are made here, character by character, from what the standards say; no writer of ours
has a hand in them.
"""

from __future__ import annotations

import pytest
from read_messages import taken, told
from refused_files import refused

from bank_adapters import RefusalCode


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
    assert refused(ANSWER.replace(old, new, 1)).code == code


def test_a_cnab_answer_cut_between_any_two_lines_is_refused() -> None:
    lines = ANSWER.splitlines(keepends=True)
    for at in range(1, len(lines)):
        assert refused("".join(lines[:at])).place
