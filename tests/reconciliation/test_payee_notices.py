"""What a bank says of a payee's account is seen, and moves no money (golden case RL-07)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

import reconciliation
from bank_adapters import load_answer

if TYPE_CHECKING:
    from pathlib import Path

    from bank_adapters import BankMessage


@pytest.fixture
def world(connection: sa.Connection, new_world: Any) -> Any:
    """Three payments sent; the token of payment n is 'token n'."""
    made = new_world(connection)
    made.open([60_000, 60_000, 60_000])
    made.send([1, 2, 3])
    return made


def tokens(accounts: pa.Array) -> pa.Array:
    """Turn account '1' into 'token 1'."""
    return pa.array([None if a is None else f"token {a}" for a in accounts.to_pylist()])


def told(said: BankMessage, accounts: list[str | None]) -> BankMessage:
    """Let the message name the accounts of payees."""
    place = said.events.schema.get_field_index("creditor_account")
    events = said.events.set_column(place, "creditor_account", pa.array(accounts, pa.string()))
    object.__setattr__(said, "events", events)
    return said


def hear(world: Any, said: BankMessage) -> reconciliation.Outcome:
    reconciliation.accept(world.connection, said, name="answer", at=world.now, tokens=tokens)
    return reconciliation.reconcile(world.connection, at=world.now)


def notices(world: Any) -> list[tuple[int, str, str]]:
    found = reconciliation.payee_notices(world.connection)
    return [(one.payee_id, one.kind, one.reason) for one in found]


def test_a_payment_told_on_another_account_is_seen(world: Any) -> None:
    said = world.status(items={1: "ACCC", 2: "ACCC", 3: "ACCC"})
    outcome = hear(world, told(said, ["1", "999", None]))
    assert outcome.notice_count == 1
    assert notices(world) == [(2, "another_account", "")]


def test_a_debit_booked_for_another_account_is_seen(world: Any) -> None:
    reference = world.reference(2)
    entry = world.debit(
        60_000, batch_count=None, end_to_end_id=reference, instruction_id_text=f"{reference}-1"
    )
    hear(world, told(world.statement(entry), ["999"]))
    assert notices(world) == [(2, "another_account", "")]


def test_a_return_names_our_own_account_and_that_is_no_notice(world: Any) -> None:
    debit = world.debit(180_000)
    hear(world, told(world.statement(debit, world.credit(1)), [None, "our own"]))
    assert notices(world) == []


def test_a_correction_of_an_account_is_kept_until_the_payee_has_another(world: Any) -> None:
    hear(world, world.status(items={1: "ACWC C01", 2: "ACCC"}))
    assert notices(world) == [(1, "account_corrected", "C01")]
    assert world.states() == ["accepted", "accepted", "sent"]
    world.connection.execute(
        sa.text(
            "UPDATE cycle.instruction SET account_id = 7, drafted_at = now() + interval '1 year'"
            " WHERE payee_id = 2"
        )
    )
    assert len(notices(world)) == 1


def test_account_numbers_themselves_are_not_kept(world: Any) -> None:
    hear(world, told(world.status(items={1: "ACCC"}), ["424242"]))
    kept = world.connection.execute(sa.text("SELECT e::text FROM recon.event e")).scalars().all()
    assert any("token 424242" in row for row in kept)
    said = told(world.status(items={2: "ACCC"}, name="second"), ["515151"])
    reconciliation.accept(world.connection, said, name="answer", at=world.now)
    kept = world.connection.execute(sa.text("SELECT e::text FROM recon.event e")).scalars().all()
    assert not any("515151" in row for row in kept)


def test_the_same_message_twice_gives_one_notice(world: Any) -> None:
    said = told(world.status(items={2: "ACCC"}), ["999"])
    hear(world, said)
    hear(world, said)
    assert len(notices(world)) == 1


def test_a_banks_own_table_is_received_by_its_description(world: Any, tmp_path: Path) -> None:
    names = [f"{world.reference(n)}-1" for n in (1, 2, 3)]
    path = tmp_path / "answer.csv"
    path.write_text(
        "Ref,Amount,Status,Reason\n"
        f"{names[0]},600.00,Paid,\n{names[1]},600.00,Failed,AC04\n{names[2]},600.01,Paid,\n"
        "T;3;1800.01\n"
    )
    described = load_answer(
        {
            "code": "some_bank",
            "column_names": ["Ref", "Amount", "Status", "Reason"],
            "columns": {
                "instruction_id_text": "Ref",
                "amount": "Amount",
                "status": "Status",
                "reason": "Reason",
            },
            "statuses": {"Paid": "ACCC", "Failed": "RJCT"},
            "currency": "INR",
            "last_line": "T;{count};{total}",
        }
    )
    kept = reconciliation.receive(world.connection, path, at=world.now, answers=[described])
    assert (kept.state, kept.format) == ("received", "delimited.some_bank")
    outcome = reconciliation.reconcile(world.connection, at=world.now)
    assert world.states() == ["accepted", "rejected", "sent"]
    assert outcome.unrecognised_count == 1, "another amount is not our payment"
    quarantined = tmp_path / "cut.csv"
    quarantined.write_text(path.read_text().replace("T;3;1800.01\n", ""))
    kept = reconciliation.receive(world.connection, quarantined, at=world.now, answers=[described])
    assert (kept.state, kept.refusal_code) == ("quarantined", "NOT_WELL_FORMED")
