"""Open items: an owner, an age, a reason; closed by the bank, or by two officers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import reconciliation
from reconciliation import ResolutionRefused

MAKER, CHECKER = 3, 4


def the_item(world: Any) -> reconciliation.OpenItem:
    (item,) = reconciliation.open_items(world.connection, on=world.now.date())
    return item


def propose(world: Any, resolution: str, **named: Any) -> int:
    item = the_item(world)
    reconciliation.propose(
        world.connection,
        item.item_id,
        resolution=resolution,
        remark="as the bank wrote to us",
        officer_id=MAKER,
        at=world.now,
        **named,
    )
    return item.item_id


def confirm(world: Any, item_id: int, officer_id: int = CHECKER) -> None:
    reconciliation.confirm(world.connection, item_id, officer_id=officer_id, at=world.now)


def test_every_open_item_has_an_owner_a_reason_and_an_age(world: Any) -> None:
    world.hear(world.statement(world.stray(5000)))
    on = world.now.date() + timedelta(days=30)
    (item,) = reconciliation.open_items(world.connection, on=on)
    assert (item.reason, item.owner_role, item.age_days) == ("unknown_reference", "maker", 31)
    assert item.text == "The entry names nothing that we sent."


def test_the_treasurys_funding_is_booked_as_such_by_two_officers(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.stray(5000)))
    confirm(world, propose(world, "funds"))
    assert world.open_items() == []
    assert world.balances() == {1010: 3200}
    assert world.proof().ties


def test_nothing_is_booked_before_a_second_officer_confirms(world: Any) -> None:
    world.hear(world.statement(world.stray(5000)))
    head = world.head()
    propose(world, "funds")
    assert world.head() == head
    assert the_item(world).state == "proposed"


def test_no_one_confirms_their_own_proposal(world: Any) -> None:
    world.hear(world.statement(world.stray(5000)))
    item_id = propose(world, "funds")
    with pytest.raises(ResolutionRefused, match="second officer"):
        confirm(world, item_id, officer_id=MAKER)


def test_a_proposal_can_be_sent_back_and_made_anew(world: Any) -> None:
    world.hear(world.statement(world.stray(5000)))
    item_id = propose(world, "funds")
    reconciliation.reject(world.connection, item_id, officer_id=CHECKER, remark="see the letter")
    assert the_item(world).state == "open"
    confirm(world, propose(world, "funds"))
    assert world.open_items() == []


def test_a_return_without_our_reference_is_put_to_its_payment(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.stray(600)))
    confirm(world, propose(world, "return", instruction_id=world.instruction_id(2)))
    assert world.states() == ["settled", "returned", "settled"]
    assert world.balances() == {1010: -1200, 2120: -600}
    assert world.proof().ties


def test_a_return_is_put_only_to_a_settled_payment_of_its_amount(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.stray(599)))
    with pytest.raises(ResolutionRefused, match="exactly the amount"):
        propose(world, "return", instruction_id=world.instruction_id(2))


def test_what_was_true_when_proposed_must_be_true_when_confirmed(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.stray(600)))
    item_id = propose(world, "return", instruction_id=world.instruction_id(2))
    world.hear(world.advice(world.credit(2)))
    with pytest.raises(ResolutionRefused, match="settled payment"):
        confirm(world, item_id)


def test_a_debit_the_bank_explains_as_its_charge_is_an_expense(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.stray(25, direction="DBIT")))
    confirm(world, propose(world, "charge"))
    assert world.balances() == {1010: -1825, 5150: 25}
    assert world.proof().ties


def test_an_item_is_resolved_only_as_something_it_can_be(world: Any) -> None:
    world.hear(world.statement(world.stray(5000)))
    for resolution in ("charge", "not_ours", "profit"):
        with pytest.raises(ResolutionRefused):
            propose(world, resolution)


def test_an_entry_on_a_strange_account_is_set_aside_without_a_booking(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.credit(1, account="11110000")))
    head = world.head()
    confirm(world, propose(world, "not_ours"))
    assert world.head() == head
    assert world.proof().ties


def test_what_only_the_bank_can_close_is_not_closed_by_officers(world: Any) -> None:
    world.hear(world.statement(world.debit(1800)), world.status(items={1: "RJCT AC06"}))
    with pytest.raises(ResolutionRefused, match="Ask the bank"):
        propose(world, "charge")


def test_the_bank_may_close_an_item_while_officers_still_think(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.stray(5000)))
    item_id = propose(world, "funds")
    world.hear(world.advice(world.stray(5000, direction="DBIT", reversal=True)))
    assert world.open_items() == []
    with pytest.raises(ResolutionRefused, match="closed"):
        confirm(world, item_id)
