"""The worked cases of the payment rails in the reference material, played against the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from ruamel.yaml import YAML

import reconciliation
from ledger import Event, statement

if TYPE_CHECKING:
    from pathlib import Path

# What a bank that speaks ISO 20022 says for the codes of NPCI that the cases use.
ISO = {"53": "AC06", "01": "AC04", "60": "MD07"}
ACCOUNT = {"bank": 1010, "returned_payments_payable": 2120}


@pytest.fixture(scope="module")
def cases(shared: Path) -> dict[str, Any]:
    text = (shared / "domain" / "golden_cases.yaml").read_text(encoding="utf-8")
    return {
        case["id"]: case for case in YAML(typ="safe").load(text)["cases"] if case["id"][:3] == "RL-"
    }


def one_payment(connection: sa.Connection, new_world: Any, amount: int) -> Any:
    world = new_world(connection)
    world.open([amount])
    world.send([1])
    return world


def may_go_again(world: Any, *, account_id: int) -> bool:
    accounts = sa.values(
        sa.column("payee_id", sa.BigInteger), sa.column("account_id", sa.BigInteger), name="a"
    ).data([(1, account_id)])
    return bool(world.connection.execute(reconciliation.reissuable(accounts)).all())


def test_rl_01_a_return_is_money_awaiting_reissue_to_a_corrected_account(
    cases: dict[str, Any], connection: sa.Connection, new_world: Any
) -> None:
    case = cases["RL-01"]
    amount = case["inputs"]["amount"]
    world = one_payment(connection, new_world, amount)
    code = ISO[case["inputs"]["response"]["code"]]
    world.hear(world.statement(world.debit(amount), world.credit(1, reason=code)))
    expected = case["expect"]
    assert world.states() == [expected["instruction_status"]]
    (posted,) = expected["ledger"]
    last = statement(connection, 1)[-1]
    assert (last.debit, last.credit, last.amount_minor) == (
        ACCOUNT[posted["debit"]],
        ACCOUNT[posted["credit"]],
        posted["amount"],
    )
    assert not may_go_again(world, account_id=1), "to the same account it is blocked"
    assert may_go_again(world, account_id=2), "the corrected account unblocks it"


def test_rl_02_a_reissue_pays_the_same_entitlement_once(
    cases: dict[str, Any], connection: sa.Connection, new_world: Any
) -> None:
    case = cases["RL-02"]
    first, second = case["inputs"]["instructions"]
    world = one_payment(connection, new_world, first["amount"])
    code = ISO[first["response"]["code"]]
    world.hear(world.statement(world.debit(first["amount"]), world.credit(1, reason=code)))
    world.send([1], attempt=2, action=Event.REISSUE, account_id=2)
    world.hear(world.statement(world.debit(second["amount"], file=2, reference="D2"), name="2"))
    assert world.states(attempt=1) == ["returned"]
    assert world.states(attempt=2) == ["settled"]
    assert world.balances() == {1010: -case["expect"]["paid_total"]}
    assert world.proof().ties


def test_rl_03_a_deceased_holder_stops_the_payment(
    cases: dict[str, Any], connection: sa.Connection, new_world: Any
) -> None:
    code = ISO[cases["RL-03"]["inputs"]["response"]["code"]]
    world = one_payment(connection, new_world, 600)
    world.hear(world.statement(world.debit(600), world.credit(1, reason=code)))
    (row,) = connection.execute(reconciliation.failed())
    assert row.action == "STOP_DECEASED"
    assert not may_go_again(world, account_id=2)


def test_rl_04_the_same_response_file_twice_adds_no_ledger_entry(
    cases: dict[str, Any], connection: sa.Connection, new_world: Any
) -> None:
    world = one_payment(connection, new_world, 600)
    said = world.statement(world.debit(600), world.credit(1))
    world.hear(said)
    before = len(statement(connection, 1))
    for _ in range(1, cases["RL-04"]["inputs"]["response_file_loads"]):
        world.hear(said)
    added = len(statement(connection, 1)) - before
    assert added == cases["RL-04"]["expect"]["ledger_entries_added_second_time"]


def test_rl_06_a_batch_with_a_pending_payment_is_not_reconciled(
    cases: dict[str, Any], connection: sa.Connection, new_world: Any
) -> None:
    case = cases["RL-06"]
    batch, ack = case["inputs"]["batch"], case["inputs"]["ack"]
    each = batch["amount"] // batch["count"]
    world = new_world(connection)
    world.open([each] * batch["count"])
    world.send(range(1, batch["count"] + 1))
    paid = [
        world.credit(n, reason=None, reference=f"D{n}", direction="DBIT")
        for n in range(1, ack["accepted"] + 1)
    ]
    world.hear(
        world.status(items={ack["accepted"] + 1: "RJCT AC01"}), world.advice(*paid, name="debits")
    )
    proof = world.proof()
    assert proof.ties is case["expect"]["reconciled"]
    (open_item,) = proof.blockers
    assert open_item.count == case["expect"]["open_items"]
    assert open_item.amount_minor == case["expect"]["open_amount"]
    by_state = {total.state: total.amount_minor for total in proof.states}
    equation = case["expect"]["equation"]
    assert by_state["settled"] == equation["accepted"]
    assert by_state["rejected"] == equation["rejected"]
    assert by_state["sent"] == equation["pending"]
    assert sum(by_state.values()) == equation["sent"]
