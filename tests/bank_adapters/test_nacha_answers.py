"""NACHA returns: which payments came back or were changed, and what is refused.

The files are made here, character by character, from what the standards say; no writer of ours
has a hand in them.
"""

from __future__ import annotations

import pytest
from read_messages import taken, told
from refused_files import refused

from bank_adapters import RefusalCode


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
        ("Maria Silva ", "Maria\nSilva ", RefusalCode.NOT_WELL_FORMED),
        ("Maria Silva", "Maria\tSilv", RefusalCode.NOT_WELL_FORMED),
        ("9000001000001", "9000002000001", RefusalCode.TOTALS),
    ],
)
def test_what_is_wrong_in_a_nacha_file_is_refused(old: str, new: str, code: RefusalCode) -> None:
    assert refused(RETURNS.replace(old, new, 1)).code == code


def test_a_nacha_file_cut_between_any_two_lines_is_refused() -> None:
    lines = RETURNS.splitlines(keepends=True)
    control = next(n for n, line in enumerate(lines) if line.startswith("9"))
    for at in range(1, control + 1):
        assert refused("".join(lines[:at])).place
