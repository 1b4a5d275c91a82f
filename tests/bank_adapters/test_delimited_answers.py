"""Delimited answers: a bank's columns are described, not programmed, and broken ones refused.

The files are made here, character by character, from what the standards say; no writer of ours
has a hand in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from refused_files import refused

from bank_adapters import RefusalCode, load_answer

if TYPE_CHECKING:
    from bank_adapters import Answer
from read_messages import taken, told


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
