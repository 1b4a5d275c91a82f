"""Orders of our writer, answered by the simulated bank, read by our readers, and reconciled.

The bank rejects, returns, returns late, credits a wrong amount and puts it right, credits a
stranger's money and takes it back, sends a file twice and another one cut; it tells beforehand
what it will do.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

import reconciliation
from bank_adapters import INSTRUCTION_SCHEMA, Expected, write_file
from bank_adapters.simulator import FailureMix, Outcome, expected_outcomes, simulate
from ledger import Event

if TYPE_CHECKING:
    from pathlib import Path

PAYMENTS = 60
MIX = FailureMix(
    failures_per_100k=30_000,
    failures_again_per_100k=0,
    late_percent=40,
    late_days_max=3,
    repeats_per_100k=20_000,
    cut_each=1,
    twice_each=1,
    wrong_amount_each=1,
    stray_each=1,
)
FINAL = {
    Outcome.CREDITED: "settled",
    Outcome.REJECTED: "rejected",
    Outcome.RETURNED: "returned",
}


def released(connection: sa.Connection, new_world: Any, outbox: Path) -> Any:
    """Two files of real bytes, sealed, instructed and sent."""
    world = new_world(connection)
    world.open([60_000 + 100 * n for n in range(PAYMENTS)])
    for number, payments in enumerate((range(1, 41), range(41, PAYMENTS + 1)), start=1):
        world.draft(payments)
        rows = connection.execute(
            sa.text(
                "SELECT end_to_end_id, instruction_text AS instruction_id_text, uetr, "
                "amount_minor, trim(currency) AS currency, 'Payee' AS creditor_name, "
                "'30000000001' AS account, 'IFSC_ACCOUNT' AS account_kind, "
                "'SBIN0000691' AS agent, 'INFSC' AS agent_scheme, "
                "instruction_id, value_on FROM cycle.instruction WHERE state = 'drafted' ORDER BY 1"
            )
        ).all()
        total = sum(row.amount_minor for row in rows)
        order = reconciliation.FileOrder(
            f"order {number}", world.bank, 1, world.fund_id, world.cycle_id, rows[0].value_on
        )
        (file,) = reconciliation.allocate(
            connection, order, [Expected(len(rows), total)], at=world.now
        )
        world.put_in(file.file_id)
        table = pa.Table.from_pylist([dict(row._mapping) for row in rows], INSTRUCTION_SCHEMA)
        sealed = write_file(table, file.context(world.bank), outbox)
        reconciliation.register(connection, sealed, at=world.now)
        world.post(Event.INSTRUCT, payments, [world.amounts[n - 1] for n in payments], seq=1)
        world.files.append(file)
    return world


@pytest.mark.parametrize("order", ["as delivered", "backwards", "shuffled"])
def test_every_payment_ends_as_the_bank_decided(
    order: str, connection: sa.Connection, new_world: Any, tmp_path: Path
) -> None:
    outbox, answers = tmp_path / "outbox", tmp_path / "answers"
    outbox.mkdir()
    answers.mkdir()
    world = released(connection, new_world, outbox)
    first_day = world.files[0].execution_on
    told = [
        simulate(outbox, answers, seed=7, mix=MIX, on=first_day + timedelta(days=day))
        for day in range(8)
    ]
    paths = list(dict.fromkeys(path for day in told for path in day))
    assert len(paths) >= 8
    if order == "backwards":
        paths.reverse()
    if order == "shuffled":
        random.Random(7).shuffle(paths)
    received = [reconciliation.receive(connection, path, at=world.now) for path in paths]
    assert "quarantined" in {file.state for file in received}, "one advice comes cut"
    assert any(file.is_repeat for file in received), "one advice comes twice"
    reconciliation.reconcile(connection, at=world.now)

    truth = {e.end_to_end_id: e for e in expected_outcomes(outbox, seed=7, mix=MIX)}
    assert {e.outcome for e in truth.values()} == set(Outcome)
    rows = connection.execute(
        sa.text("SELECT end_to_end_id, state, reason FROM cycle.instruction")
    ).all()
    wrong = {
        row.end_to_end_id: row.state
        for row in rows
        if row.state != FINAL[truth[row.end_to_end_id].outcome]
    }
    assert wrong == {}
    assert {r.end_to_end_id: r.reason for r in rows} == {k: e.code for k, e in truth.items()}
    back = sum(e.amount_minor for e in truth.values() if e.outcome is not Outcome.CREDITED)
    assert world.balances() == {1010: back - sum(world.amounts), 2120: -back}
    assert world.open_items() == []
    assert world.proof().ties, world.proof().text()
    head = world.head()
    for path in reversed(paths):
        assert reconciliation.receive(connection, path, at=world.now).is_repeat
    reconciliation.reconcile(connection, at=world.now)
    assert world.head() == head
