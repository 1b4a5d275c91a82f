"""Answers of NPCI's NACH and APBS: what became of each payment, and what is refused.

The files are made here, character by character, from what the standards say; no writer of ours
has a hand in them.
"""

from __future__ import annotations

import pytest
from read_messages import taken, told
from refused_files import refused


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
