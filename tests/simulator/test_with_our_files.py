"""The simulated bank on the product's own files: it reads what we write, we read what it writes."""

from __future__ import annotations

import ast
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import bank_adapters
from bank_adapters import (
    INSTRUCTION_SCHEMA,
    Action,
    BankMessage,
    FileContext,
    RefusedFile,
    action_for,
    end_to_end_id,
    instruction_text,
    load_profile,
    message_id,
    read,
    uetr_from,
    write_file,
)
from bank_adapters.simulator import FailureMix, Outcome, attempt_of

if TYPE_CHECKING:
    from tests.simulator.conftest import Desk

DAY = date(2026, 9, 18)
COUNT = 600


def _instructions(profile_code: str) -> pa.Table:
    brazil = profile_code == "pix_bank_brl"
    references = [end_to_end_id(f"{profile_code}-2026-09", n, f"lines {n}") for n in range(COUNT)]
    attempts = [instruction_text(reference, 1 + n % 3) for n, reference in enumerate(references)]
    accounts = ["1234/00000001-1", "52998224725"] if brazil else ["30000000001", "30000000002"]
    kinds = ["AGENCIA_CONTA", "PIX"] if brazil else ["IFSC_ACCOUNT", "IFSC_ACCOUNT"]
    same = {
        "currency": "BRL" if brazil else "INR",
        "creditor_name": "Neusalina Salvedao",
        "agent": "99999001" if brazil else "ZZZZ0000100",
        "agent_scheme": "BRISP" if brazil else "INFSC",
        "town": None,
        "country": "BR" if brazil else "IN",
        "purpose": "SSBE",
        "remittance": "2026-09",
        "short_reference": None,
    }
    columns = {
        "end_to_end_id": references,
        "instruction_id_text": attempts,
        "uetr": [uetr_from(text) for text in attempts],
        "amount_minor": [60_000 + n for n in range(COUNT)],
        "account": [accounts[n % 2] for n in range(COUNT)],
        "account_kind": [kinds[n % 2] for n in range(COUNT)],
        **{name: [value] * COUNT for name, value in same.items()},
    }
    return pa.table(columns, schema=INSTRUCTION_SCHEMA)


@pytest.fixture(params=["pix_bank_brl", "neft_bank_inr"])
def answered(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    """Two sealed files of one bank profile, released and answered to the last late return."""
    rows = _instructions(request.param)
    for sequence in (1, 2):
        context = FileContext(
            message_id=message_id(request.param, execution_on=DAY, sequence=sequence),
            created_at=datetime(2026, 9, 16, 12, tzinfo=UTC),
            execution_on=DAY,
            profile=load_profile(request.param),
            sequence=sequence,
        )
        write_file(rows.slice((sequence - 1) * COUNT // 2, COUNT // 2), context, desk.outbox)
    for on in (DAY, DAY + timedelta(days=7)):
        desk.simulate(mix=FailureMix.STRESS, on=on)
    return desk


def _messages(desk: Desk) -> dict[str, BankMessage]:
    messages = {}
    for path in desk.named():
        try:
            messages[path.name] = read(path, name=path.name)
        except RefusedFile:
            assert "camt.054-returns" in path.name  # the cut one
    return messages


def test_the_bank_knows_every_instruction_and_attempt_of_our_files(answered: Desk) -> None:
    rows = answered.expected(FailureMix.STRESS)
    assert len(rows) == COUNT
    attempts = Counter(attempt_of(row.end_to_end_id, row.instruction_id) for row in rows)
    assert attempts == {1: 200, 2: 200, 3: 200}


def test_our_reader_takes_every_answer_but_the_cut_one(answered: Desk) -> None:
    messages = _messages(answered)
    assert len(answered.named()) - len(messages) == 1
    assert not [name for name, message in messages.items() if message.refusals]
    formats = {message.format for message in messages.values()}
    assert formats == {"pain.002.001.10", "camt.054.001.08", "camt.053.001.08"}


def test_our_reader_finds_what_the_model_of_the_bank_says(answered: Desk) -> None:
    rejected, returned = set(), Counter()
    debited = 0
    for name, message in _messages(answered).items():
        for event in message.events.to_pylist():
            if event["kind"] == "ITEM_STATUS":
                rejected.add((event["instruction_id_text"], event["reason"]))
            elif "camt.053" in name and event["batch_count"]:
                debited += event["amount_minor"]
            elif "camt.053" in name and event["instruction_id_text"]:
                sign = 1 if event["direction"] == "CRDT" else -1
                key = (event["instruction_id_text"], event["reason"])
                returned[key] += sign * event["amount_minor"]
    rows = answered.expected(FailureMix.STRESS)
    of = {outcome: [row for row in rows if row.outcome is outcome] for outcome in Outcome}
    assert rejected == {(row.instruction_id, row.code) for row in of[Outcome.REJECTED]}
    assert returned == {
        (row.instruction_id, row.code): row.amount_minor for row in of[Outcome.RETURNED]
    }
    kept = of[Outcome.CREDITED] + of[Outcome.RETURNED]
    assert debited == sum(row.amount_minor for row in kept)


def test_every_code_the_bank_gives_has_a_meaning_for_us_and_none_blames_our_files() -> None:
    for reason in FailureMix.NORMAL.reasons:
        for kind, code in (("RETURN", reason.return_code), ("STATUS", reason.status_code)):
            action = action_for(kind, code)
            assert action not in (Action.UNCLASSIFIED, Action.OUR_FAULT), (reason.name, code)
    deceased = next(reason for reason in FailureMix.NORMAL.reasons if reason.name == "deceased")
    assert action_for("RETURN", deceased.return_code) is Action.STOP_DECEASED


def test_the_bank_shares_no_code_with_our_readers_and_writers() -> None:
    folder = Path(bank_adapters.__file__).parent / "simulator"
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1, path.name
                assert not (node.module or "").startswith("bank_adapters"), path.name
            elif isinstance(node, ast.Import):
                assert not any(name.name.startswith("bank_adapters") for name in node.names)
