"""A cycle closes when every sum ties and nothing is open; otherwise it says why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

import ledger
import reconciliation

if TYPE_CHECKING:
    from collections.abc import Callable

    from cct_engine.database import Database

_FUND_NAMED = sa.text(
    """INSERT INTO registry.department VALUES (1, 'food', 'Food and supplies');
       INSERT INTO registry.fund
       VALUES (1, 'food-2026', 'Food 2026', 1, 'INR', '0001000012345678', 2026)"""
)


def why_open(world: Any) -> list[tuple[str, int, int]]:
    return [(b.kind, b.count, b.amount_minor) for b in world.proof().blockers]


def test_a_cycle_that_was_paid_and_returned_ties(world: Any) -> None:
    world.hear(
        world.status(whole="ACCP", items={2: "RJCT AC01"}),
        world.statement(world.debit(1200), world.credit(3)),
    )
    proof = world.proof()
    assert proof.ties
    assert proof.awaiting_reissue_minor == 1200
    assert {s.state: s.count for s in proof.states} == {"settled": 1, "rejected": 1, "returned": 1}


def test_sent_is_accepted_rejected_returned_and_pending_and_pending_keeps_it_open(
    world: Any,
) -> None:
    world.hear(world.status(items={1: "ACCP", 2: "RJCT AC01"}))
    proof = world.proof()
    assert not proof.ties
    assert why_open(world) == [("in_transit", 1, 600), ("in_transit", 1, 600)]
    assert sum(s.amount_minor for s in proof.states) == 1800


def test_a_cycle_with_suspense_does_not_close_and_says_why(world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.stray(5000)))
    proof = world.proof()
    assert not proof.ties
    assert why_open(world) == [("suspense", 1, 5000)]
    assert "The entry names nothing that we sent. 5,000 since 2026-09-17" in proof.text()
    assert proof.text().endswith("cannot be closed while something is open.")


def test_a_cycle_with_messages_not_applied_does_not_close(world: Any) -> None:
    world.hear(world.statement(world.debit(1800)))
    assert world.proof().ties
    world.receive(world.statement(world.stray(5000), name="next day"))
    assert why_open(world) == [("inbox", 1, 0)]


def test_what_no_instruction_pays_is_visible_and_ties(
    connection: sa.Connection, new_world: Any
) -> None:
    world = new_world(connection)
    world.open([600, 600], owed_more=[450])
    world.send([1, 2])
    world.hear(world.statement(world.debit(1200)))
    assert world.proof().ties
    assert world.balances() == {1010: -1200, 2100: -450}


def test_the_proof_can_be_printed_and_names_itself_by_a_digest(world: Any) -> None:
    world.hear(world.statement(world.debit(1800)))
    proof = world.proof()
    assert proof.text().endswith("The cycle ties.")
    assert proof.text(name="may", money="₹ {}".format).startswith("Proof of may\n")
    assert "₹ 1800" in proof.text(money="₹ {}".format)
    assert proof.digest == world.proof().digest
    world.hear(world.statement(world.credit(1), name="next day"))
    assert proof.digest != world.proof().digest


class Killed(Exception):  # noqa: N818 - stands for a death, not an error
    """The process died."""


def _dying(database: Database, world: Any) -> None:
    with database.transaction() as connection:
        reconciliation.reconcile(connection, at=world.now)
        raise Killed


SPOILT: dict[str, Callable[[sa.Connection], object]] = {
    "Settled instructions are settled in the books": lambda c: c.execute(
        sa.text("UPDATE cycle.instruction SET state = 'sent' WHERE payee_id = 1")
    ),
    "Instructions are in sealed files": lambda c: c.execute(
        sa.text("UPDATE cycle.instruction_part SET amount_minor = 601 WHERE household_id = 1")
    ),
    "What came back was sent again, or awaits it": lambda c: c.execute(
        sa.text("UPDATE cycle.instruction SET state = 'settled' WHERE payee_id = 3")
    ),
}


@pytest.mark.parametrize("identity", SPOILT)
def test_an_instruction_that_disagrees_with_the_books_shows(identity: str, world: Any) -> None:
    world.hear(world.statement(world.debit(1800), world.credit(3)))
    assert world.proof().ties
    SPOILT[identity](world.connection)
    proof = world.proof()
    assert identity in {i.name for i in proof.identities if i.difference_minor}
    assert not proof.ties


def test_the_books_and_the_bank_are_compared_entry_by_entry(
    database: Database, owner_engine: sa.Engine, new_world: Any
) -> None:
    with database.transaction() as connection:
        world = new_world(connection)
        world.open([600])
        world.send([1])
        world.hear(world.statement(world.debit(600)))
        assert world.proof().ties
    with owner_engine.begin() as owner:
        owner.execute(sa.text("ALTER TABLE recon.entry DISABLE TRIGGER USER"))
        owner.execute(sa.text("UPDATE recon.entry SET amount_minor = 599"))
        owner.execute(_FUND_NAMED)
    with database.transaction() as connection:
        proof = reconciliation.proof(connection, 1)
    wrong = {i.name: i.difference_minor for i in proof.identities if i.difference_minor}
    assert wrong == {"The bank account of fund food-2026 is what the bank says": 1}


def test_the_same_messages_give_the_same_chain_in_another_database(
    database: Database, new_world: Any
) -> None:
    """Nothing hashed depends on sequences or clocks: a resumed run ends with the same head."""

    def played(connection: sa.Connection) -> Any:
        world = new_world(connection)
        world.open([600, 700, 800])
        world.send([1, 2, 3])
        world.hear(
            world.status(whole="ACCP", items={2: "RJCT AC01"}),
            world.advice(world.credit(3), world.stray(5000)),
            world.statement(world.debit(1400), world.stray(9, direction="DBIT", reference="X")),
        )
        return world.head()

    heads = []
    for _ in range(2):
        with database.engine.connect() as connection, connection.begin() as transaction:
            heads.append(played(connection))
            assert tuple(ledger.verify(connection)) == ()
            transaction.rollback()
    assert heads[0] == heads[1]


def test_a_run_that_dies_before_its_commit_leaves_nothing_and_is_repeated_in_full(
    database: Database, new_world: Any
) -> None:
    with database.transaction() as connection:
        world = new_world(connection)
        world.open([600, 700])
        world.send([1, 2])
        world.receive(world.statement(world.debit(1300), world.credit(2)))
    with pytest.raises(Killed):
        _dying(database, world)
    with database.transaction() as connection:
        world.connection = connection
        assert world.states() == ["sent", "sent"]
        outcome = reconciliation.reconcile(connection, at=world.now)
        assert outcome.file_count == 1
        assert world.states() == ["settled", "returned"]
        assert world.proof().ties


def test_a_statement_of_a_closed_period_is_booked_on_the_day_it_became_known(
    world: Any,
) -> None:
    (period,) = ledger.periods(world.connection)
    ledger.open_period(
        world.connection,
        opens_on=date(2025, 1, 1),
        closes_on=date(2025, 12, 31),
        by=1,
        at=world.now,
    )
    ledger.close_period(world.connection, 2, by=1, at=world.now)
    late = date(2025, 12, 31)
    world.hear(world.statement(world.debit(1800, booked_on=late, value_on=late)))
    assert world.states() == ["settled"] * 3
    assert world.proof().ties
    assert period.closed_at is None
