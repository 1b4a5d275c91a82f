"""P1: a failed payment may go again, once at a time, and only when nothing speaks against it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

import reconciliation
from bank_adapters import load_profile
from ledger import Event


def may_go_again(world: Any, *, account_id: int = 1) -> list[tuple[int, str, int]]:
    """Return (payment, action, next attempt) when each payee's account is ``account_id``."""
    payees = [{"payee_id": n, "account_id": account_id} for n in range(1, len(world.amounts) + 1)]
    accounts = sa.values(
        sa.column("payee_id", sa.BigInteger),
        sa.column("account_id", sa.BigInteger),
        name="accounts",
    ).data([(p["payee_id"], p["account_id"]) for p in payees])
    rows = world.connection.execute(reconciliation.reissuable(accounts))
    return [(row.payee_id, row.action, row.next_attempt) for row in rows]


def test_a_technical_failure_may_go_again_at_once(world: Any) -> None:
    world.hear(world.status(items={1: "RJCT AB05"}))
    assert may_go_again(world) == [(1, "RETRY", 2)]


def test_a_wrong_account_goes_again_only_after_it_was_changed(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.credit(1, reason="AC04")))
    assert may_go_again(world, account_id=1) == []
    assert may_go_again(world, account_id=2) == [(1, "FIX_ACCOUNT", 2)]


@pytest.mark.parametrize("reason", ["MD07", "AC16", "NARR", "XX99"])
def test_a_death_a_compliance_case_and_an_unclear_reason_never_go_by_themselves(
    reason: str, world: Any
) -> None:
    world.hear(world.statement(world.debit(1800), world.credit(1, reason=reason)))
    assert may_go_again(world, account_id=2) == []


def test_one_report_of_a_death_stops_a_payment_whatever_else_was_said(world: Any) -> None:
    world.hear(
        world.statement(world.debit(1800)),
        world.status(items={1: "RJCT MD07"}),
        world.advice(world.credit(1, reason="AC04")),
    )
    assert may_go_again(world, account_id=2) == []
    (row,) = world.connection.execute(reconciliation.failed())
    assert (row.payee_id, row.action, row.reason) == (1, "STOP_DECEASED", "MD07")


def test_a_payment_whose_money_is_not_back_yet_waits(world: Any) -> None:
    world.hear(world.statement(world.debit(1800)), world.status(items={1: "RJCT AB05"}))
    assert world.open_items() == ["credit_awaited -600"]
    assert may_go_again(world) == []
    world.hear(world.advice(world.credit(1, reason="ED05")))
    assert may_go_again(world) == [(1, "RETRY", 2)]


def test_the_second_attempt_has_the_same_reference_and_a_new_instruction(world: Any) -> None:
    world.hear(world.status(whole="ACCP", items={1: "RJCT AB05"}))
    world.send([1], attempt=2, action=Event.REISSUE)
    rows = world.connection.execute(
        sa.text(
            "SELECT attempt, end_to_end_id, instruction_text FROM cycle.instruction "
            "WHERE payee_id = 1 ORDER BY attempt"
        )
    ).all()
    assert [row.attempt for row in rows] == [1, 2]
    assert len({row.end_to_end_id for row in rows}) == 1
    assert len({row.instruction_text for row in rows}) == 2


def test_a_payment_that_is_under_way_again_cannot_be_sent_a_third_time(world: Any) -> None:
    world.hear(world.status(items={1: "RJCT AB05"}))
    world.send([1], attempt=2, action=Event.REISSUE)
    assert may_go_again(world) == []


def test_two_living_instructions_for_one_entitlement_are_impossible(world: Any) -> None:
    with (
        pytest.raises(sa.exc.IntegrityError, match="line_seq"),
        world.connection.begin_nested(),
    ):
        world.draft([1], attempt=2)


def test_after_three_attempts_a_person_decides(world: Any) -> None:
    world.hear(world.status(items={1: "RJCT AB05"}))
    for attempt in (2, 3):
        world.send([1], attempt=attempt, action=Event.REISSUE)
        failed = {"items": {1: "RJCT AB05"}, "attempt": attempt, "name": f"status {attempt}"}
        world.hear(world.status(attempt, **failed))
    assert world.states(attempt=3) == ["rejected"]
    assert may_go_again(world) == []


def test_a_late_repeat_about_the_first_attempt_leaves_the_second_alone(world: Any) -> None:
    rejected = world.status(whole="ACCP", items={1: "RJCT AB05"})
    world.hear(rejected)
    world.send([1], attempt=2, action=Event.REISSUE)
    world.hear(world.status(whole="ACCP", items={1: "RJCT AB05"}, name="told again"))
    assert world.states(attempt=2) == ["sent"]
    assert world.states(attempt=1) == ["rejected", "accepted", "accepted"]


def test_a_return_that_names_only_the_shared_reference_is_of_the_last_attempt(world: Any) -> None:
    world.hear(world.status(items={1: "RJCT AB05"}), world.statement(world.debit(1200)))
    world.send([1], attempt=2, action=Event.REISSUE)
    world.hear(
        world.statement(world.debit(600, file=2, reference="D2"), name="second day"),
        world.advice(world.credit(1, instruction_id_text=None, reference="R9")),
    )
    assert (world.states(attempt=1)[0], world.states(attempt=2)) == ("rejected", ["returned"])
    assert world.balances() == {1010: -1200, 2120: -600}
    assert world.proof().ties


def test_returned_then_paid_to_a_corrected_account_is_paid_once(world: Any) -> None:
    """600 returned, account corrected, paid: 600 in all, under one entitlement."""
    world.hear(world.statement(world.debit(1800), world.credit(1, reason="AC04")))
    world.send([1], attempt=2, action=Event.REISSUE, account_id=2)
    world.hear(world.statement(world.debit(600, file=2, reference="D2"), name="second day"))
    assert (world.states(attempt=1)[0], world.states(attempt=2)) == ("returned", ["settled"])
    assert world.balances() == {1010: -1800}
    assert world.proof().ties


def test_a_banks_own_code_means_what_its_profile_says(
    connection: sa.Connection, new_world: Any
) -> None:
    own = {"X7": {"action": "STOP_DECEASED", "text": "The holder has died."}}
    agreed = load_profile(load_profile("neft_bank_inr").model_dump() | {"own_reasons": own})
    world = new_world(connection, bank=agreed)
    world.open([600, 600])
    world.send([1, 2])
    said = world.status(whole="ACCP", items={1: "RJCT X7", 2: "RJCT X8"})
    place = said.events.schema.get_field_index("reason_list")
    lists = pa.array([None, "PROPRIETARY", "PROPRIETARY"], pa.string())
    world.hear(replace(said, events=said.events.set_column(place, "reason_list", lists)))
    actions = connection.execute(
        sa.text("SELECT reason, action FROM recon.match WHERE evidence = 'refusal' ORDER BY 1")
    ).all()
    assert [tuple(row) for row in actions] == [("X7", "STOP_DECEASED"), ("X8", "UNCLASSIFIED")]
