"""Money that came back, and that nobody claimed within the window of the law, is the Treasury's."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import reconciliation
from ledger import Event, totals_by_event

CHECKER = 4


def lapse(world: Any) -> tuple[Any, ...]:
    """Let everything lapse that lies idle."""
    found = reconciliation.idle(world.connection)
    return reconciliation.lapse(
        world.connection,
        [(one.cycle_id, one.value_on) for one in found],
        approved_by=CHECKER,
        at=world.now,
    )


def surrendered(world: Any) -> int:
    books = totals_by_event(world.connection, world.cycle_id)
    return books[Event.UNCLAIMED_RETURNED].total_minor if Event.UNCLAIMED_RETURNED in books else 0


def test_returned_money_that_lapses_is_due_to_the_treasury_and_the_cycle_ties(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.credit(1, reason="AC04")))
    (found,) = reconciliation.idle(world.connection)
    assert (found.cycle_id, found.number, found.total_minor) == (world.cycle_id, 1, 600)
    (seal,) = lapse(world)
    assert (seal.count, seal.total_minor) == (1, 600)
    assert world.states()[0] == "expired"
    proof = reconciliation.proof(world.connection, world.cycle_id)
    assert proof.ties, proof.text()
    assert proof.awaiting_reissue_minor == 0


def test_a_payment_that_lapsed_never_goes_again_and_lapses_once(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.credit(1, reason="AC04")))
    lapse(world)
    assert lapse(world) == ()
    assert surrendered(world) == 600
    assert not world.connection.execute(reconciliation.failed()).all()


def test_the_page_of_the_day_tells_what_lapsed(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.credit(1, reason="AC04")))
    lapse(world)
    page = reconciliation.day(world.connection, world.now.date())
    assert ("payments that lapsed unclaimed", 1, 600) in [
        (row.what, row.number, row.total_minor) for row in page.matched
    ]


def test_money_that_is_not_back_yet_does_not_lapse(world: Any) -> None:
    world.hear(world.statement(world.debit(1800)), world.status(items={1: "RJCT AB05"}))
    assert reconciliation.idle(world.connection) == ()
    assert lapse(world) == ()
    assert surrendered(world) == 0


def test_what_was_sent_again_does_not_lapse(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.credit(1, reason="AC04")))
    world.send([1], attempt=2, action=Event.REISSUE, account_id=2)
    assert reconciliation.idle(world.connection) == ()


def test_a_late_refusal_does_not_bring_a_lapsed_right_back(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.credit(1, reason="AC04")))
    lapse(world)
    world.hear(world.status(items={1: "RJCT MD07"}))
    assert world.states()[0] == "expired"
    assert reconciliation.proof(world.connection, world.cycle_id).ties


def test_a_late_debit_is_an_open_item_and_does_not_bring_a_lapsed_right_back(world: Any) -> None:
    world.hear(world.status(items={1: "RJCT AC04"}))
    lapse(world)
    world.hear(world.statement(world.debit(1800)))
    assert world.states()[0] == "expired"
    (item,) = reconciliation.open_items(world.connection, on=world.now.date())
    assert item.reason == "debited_though_refused"


def test_the_engine_prepares_it_and_an_officer_answers_for_it(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.credit(1, reason="AC04")))
    (seal,) = lapse(world)
    by = world.connection.execute(
        sa.text("SELECT prepared_by, approved_by FROM ledger.batch WHERE batch_id = :batch"),
        {"batch": seal.batch_id},
    ).one()
    assert tuple(by) == (1, CHECKER)
