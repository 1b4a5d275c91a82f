"""Worlds of about sixty messages each, from one seed: whatever a bank does, the books end right.

A world is three orders of one rail, written by our writers and answered by the simulated bank at
its worst: late, twice, overtaking, cut, forged, denied after the fact. Nothing of the simulator is
ours but the payments. ``CCT_TEST_WORLDS=1000`` plays a thousand; a failing seed is in the test's
name, and ``CCT_TEST_WORLD=<seed>`` plays that one alone.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

import reconciliation
from bank_adapters import INSTRUCTION_SCHEMA, Expected, load_answer, load_profile, write_file
from bank_adapters.simulator.worlds import CSV, SPEI, Fate, Played, Table, play
from ledger import Event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bank_adapters import Answer

WORLDS = int(os.environ.get("CCT_TEST_WORLDS", "18"))
KEPT = (34,)  # a file cut in what only fills it
SEEDS = (
    [int(os.environ["CCT_TEST_WORLD"])]
    if "CCT_TEST_WORLD" in os.environ
    else [*range(WORLDS), *(seed for seed in KEPT if seed >= WORLDS)]
)
RAILS = {
    "neft_bank_inr": ("30000000001", "IFSC_ACCOUNT", "ZZZZ0000691", "INFSC"),
    "cgi_bank_inr": ("30000000001", "IFSC_ACCOUNT", "ZZZZ0000691", "INFSC"),
    "nach_bank_inr": ("30000000001", "IFSC_ACCOUNT", "ZZZZ0000691", "INFSC"),
    "apbs_bank_inr": ("234123412346", "AADHAAR", "508534", "IIN"),
    "cnab_bank_brl": ("0042-1/123456-7", "AGENCIA_CONTA", "60701190", "BRISP"),
    "csv_bank_inr": ("30000000001", "IFSC_ACCOUNT", "ZZZZ0000691", "INFSC"),
    "cnab_pix_bank_brl": ("+5511987654321", "PIX", None, None),
    "nacha_bank_usd": ("00123-456", "ABA_ACCOUNT", "231380104", "USABA"),
    "spei_bank_mxn": ("032180000118359719", "CLABE", None, None),
}
# What is agreed with the bank of the CSV: its status settles, and how its answers look.
CONFIRMED = "csv_bank_inr"


def answer_of(code: str, table: Table, currency: str, date_format: str) -> Answer:
    """Describe a bank's table: what its columns are, and what its words mean."""
    _, reference, amount, status, reason, day = table.columns
    return load_answer(
        {
            "code": code,
            "column_names": list(table.columns),
            "columns": {
                "instruction_id_text": reference,
                "amount": amount,
                "status": status,
                "reason": reason,
                "booked_on": day,
            },
            "statuses": {table.paid: "ACCC", table.failed: "RJCT"},
            "currency": currency,
            "date_format": date_format,
            "last_line": table.total + ",{count},{total}",
        }
    )


ANSWERS = [
    answer_of("csv_bank", CSV, "INR", "%d/%m/%Y"),
    answer_of("spei_bank", SPEI, "MXN", "%Y%m%d"),
]
ORDERS = 3
ENDS = {
    Fate.PAID: {"settled"},
    Fate.REJECTED: {"rejected"},
    Fate.RETURNED: {"returned"},
    Fate.DENIED: {"returned"},
}


def released(connection: sa.Connection, new_world: Any, rail: str, outbox: Path, seed: int) -> Any:
    """Three files of real bytes, sealed, instructed and sent."""
    bank = load_profile(rail)
    if rail == CONFIRMED:
        bank = bank.model_copy(update={"settlement": "confirmed"})
    world = new_world(connection, bank=bank)
    amounts = [60_000 + 7 * n + seed % 1000 for n in range(ORDERS * 8)]
    world.open(amounts)
    for number in range(ORDERS):
        payments = range(8 * number + 1, 8 * number + 9)
        world.draft(payments)
        rows = _drafted(connection)
        order = reconciliation.FileOrder(
            f"order {number}", world.bank, 1, world.fund_id, world.cycle_id, rows[0].value_on
        )
        total = sum(row.amount_minor for row in rows)
        (file,) = reconciliation.allocate(
            connection, order, [Expected(len(rows), total)], at=world.now
        )
        world.put_in(file.file_id)
        reconciliation.refer_shortly(connection, file.file_id)
        sealed = write_file(_columns(rows, world.bank, rail), file.context(world.bank), outbox)
        reconciliation.register(connection, sealed, at=world.now)
        world.post(Event.INSTRUCT, payments, [amounts[n - 1] for n in payments], seq=1)
        reconciliation.begin_delivery(connection, file.message_id, sha256=sealed.sha256)
        reconciliation.end_delivery(
            connection,
            file.message_id,
            outcome="sent",
            channel="folder",
            at=world.now,
            officer_id=5,
        )
        world.files.append(file)
    return world


def _drafted(connection: sa.Connection) -> Sequence[Any]:
    return connection.execute(
        sa.text(
            "SELECT instruction_id, value_on, end_to_end_id, instruction_text, uetr, amount_minor"
            " FROM cycle.instruction WHERE state = 'drafted' ORDER BY instruction_id"
        )
    ).all()


def _columns(rows: Sequence[Any], bank: Any, rail: str) -> pa.Table:
    account, kind, agent, scheme = RAILS[rail]
    return pa.Table.from_pylist(
        [
            {
                "end_to_end_id": row.end_to_end_id,
                "instruction_id_text": row.instruction_text,
                "uetr": row.uetr,
                "amount_minor": row.amount_minor,
                "currency": bank.currency,
                "creditor_name": "A Payee",
                "account": account,
                "account_kind": kind,
                "agent": agent,
                "agent_scheme": scheme,
                "short_reference": f"{row.instruction_id:013d}",
            }
            for row in rows
        ],
        INSTRUCTION_SCHEMA,
    )


def heard(connection: sa.Connection, world: Any, played: Played, folder: Path) -> None:
    """Receive every message in the order of arrival; reconcile after every few."""
    for number, message in enumerate(played.messages):
        path = folder / message.name
        path.write_bytes(message.content)
        world.minutes += 1
        file = reconciliation.receive(connection, path, at=world.now, answers=ANSWERS)
        if message.is_cut and not file.is_repeat:
            assert file.state == "quarantined", f"{message.name} is cut and was taken"
        if number % 7 == 6:
            reconciliation.reconcile(connection, at=world.now)
    reconciliation.reconcile(connection, at=world.now)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_payment_ends_in_the_state_of_the_model(
    seed: int, connection: sa.Connection, new_world: Any, tmp_path: Path
) -> None:
    rail = list(RAILS)[seed % len(RAILS)]
    outbox, inbox = tmp_path / "outbox", tmp_path / "inbox"
    outbox.mkdir()
    inbox.mkdir()
    world = released(connection, new_world, rail, outbox, seed)
    account = world.bank.debtor.account
    played = play(outbox.iterdir(), seed=seed, on=world.files[0].execution_on, account=account)
    assert len(played.messages) >= 55
    heard(connection, world, played, inbox)

    payments = _payments(connection)
    truth = {played_key(row, played): row for row in payments}
    assert set(truth) == set(played.fates), "every payment was decided by the bank"
    wrong = {
        key: (played.fates[key], row.state)
        for key, row in truth.items()
        if row.state not in ENDS[played.fates[key]]
    }
    assert wrong == {}
    assert world.open_items() == []
    proof = world.proof()
    assert proof.ties, proof.text()
    kept = sum(r.amount_minor for k, r in truth.items() if played.fates[k] is Fate.PAID)
    failed = sum(world.amounts) - kept
    assert world.balances() == {
        account: amount for account, amount in {1010: -kept, 2120: -failed}.items() if amount
    }
    _assert_nothing_paid_twice_or_lost(connection, truth, played)


def _payments(connection: sa.Connection) -> Sequence[Any]:
    return connection.execute(
        sa.text(
            "SELECT i.instruction_id, i.payee_id, i.end_to_end_id, i.instruction_text, i.state,"
            " i.amount_minor, l.line_seq IS NOT NULL AS lives FROM cycle.instruction i"
            " JOIN cycle.instruction_part p USING (instruction_id)"
            " LEFT JOIN cycle.living_part l"
            " USING (cycle_id, household_id, line_seq, instruction_id)"
        )
    ).all()


def played_key(row: Any, played: Played) -> str:
    """Return what the bank calls a payment: our references, or the short one."""
    ours = f"{row.instruction_text}|{row.end_to_end_id}", row.instruction_text
    return next((key for key in ours if key in played.fates), f"{row.instruction_id:013d}")


def _assert_nothing_paid_twice_or_lost(
    connection: sa.Connection, truth: dict[str, Any], played: Played
) -> None:
    """Only lines whose money is back are free to be paid again, and all of those are."""
    for key, row in truth.items():
        assert row.lives is (played.fates[key] is Fate.PAID)
    accounts = sa.text("SELECT payee_id, 2::bigint AS account_id FROM cycle.instruction").columns(
        sa.column("payee_id"), sa.column("account_id")
    )
    again = connection.execute(reconciliation.reissuable(accounts.subquery())).all()
    failed = {r.payee_id for k, r in truth.items() if played.fates[k] is not Fate.PAID}
    assert {row.payee_id for row in again} <= failed
    assert len({row.payee_id for row in again}) == len(again)
