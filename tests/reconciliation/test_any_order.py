"""P7: messages may come 0, 1 or n times, in any order; the outcome is right or visibly open.

Each seed is one small world: what really happened to each payment, and all messages about it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import reconciliation

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bank_adapters import BankMessage

WORLDS = 100
FATES = ("paid", "paid", "paid", "rejected", "returned", "rejected late")
FINAL = {
    "paid": "settled",
    "rejected": "rejected",
    "returned": "returned",
    "rejected late": "returned",
}


@dataclass
class Truth:
    """What the bank did with each payment of a file, and the mistakes it made and put right."""

    amounts: list[int]
    fates: list[str]
    has_stray: bool
    has_short: bool
    charge: int

    @classmethod
    def drawn(cls, rng: random.Random) -> Truth:
        count = rng.randint(2, 5)
        fates = [rng.choice(FATES) for _ in range(count)]
        return cls(
            amounts=[rng.choice([500, 600, 750]) for _ in range(count)],
            fates=fates,
            has_stray=rng.random() < 0.3,
            has_short="returned" in fates and rng.random() < 0.3,
            charge=rng.choice([0, 0, 12]),
        )

    def sum_of(self, *fates: str) -> int:
        return sum(a for a, fate in zip(self.amounts, self.fates, strict=True) if fate in fates)

    def payments(self, *fates: str) -> list[int]:
        return [n for n, fate in enumerate(self.fates, start=1) if fate in fates]

    @property
    def debited(self) -> int:
        return self.sum_of("paid", "returned", "rejected late")

    @property
    def back(self) -> int:
        return self.sum_of("returned", "rejected late")

    @property
    def books(self) -> dict[int, int]:
        """The balances at the end, as anyone would add them up."""
        held = {
            1010: -self.debited + self.back - self.charge,
            2120: -self.back - self.sum_of("rejected"),
            5150: self.charge,
        }
        return {account: amount for account, amount in held.items() if amount}


def messages_of(world: Any, truth: Truth, rng: random.Random) -> list[BankMessage]:
    refused = dict.fromkeys(truth.payments("rejected"), "RJCT AC01")
    late = dict.fromkeys(truth.payments("rejected late"), "RJCT AC06")
    said = [world.status(whole="ACCP", items=refused)]
    if late:
        said.append(world.status(items=late, name="late status"))
    entries = entries_of(world, truth)
    rng.shuffle(entries)
    cut = rng.randint(0, len(entries))
    if early := entries[::2]:
        said.append(world.advice(*early))
    statements = [entries[:cut], entries[cut:]]
    said += [world.statement(*part, name=f"day {n}") for n, part in enumerate(statements) if part]
    return said


def entries_of(world: Any, truth: Truth) -> list[dict[str, Any]]:
    """What the bank booked in the end: debit, returns, and the mistakes it took back."""
    entries = [world.debit(truth.debited)] if truth.debited else []
    entries += [world.credit(payment) for payment in truth.payments("returned", "rejected late")]
    if truth.has_short:
        payment = truth.payments("returned")[0]
        wrong = {"amount": truth.amounts[payment - 1] - 1, "reference": "WRONG"}
        entries.append(world.credit(payment, **wrong))
        entries.append(world.credit(payment, **wrong, direction="DBIT", reversal=True))
    if truth.has_stray:
        stray = {"end_to_end_id": "NOBODY", "reference": "S1"}
        entries.append(world.stray(4321, **stray))
        entries.append(world.stray(4321, **stray, direction="DBIT", reversal=True))
    if truth.charge:
        entries.append(world.stray(truth.charge, reference="C1", direction="DBIT", kind="CHARGE"))
    return entries


def a_world(connection: sa.Connection, new_world: Any, rng: random.Random) -> tuple[Any, Truth]:
    truth = Truth.drawn(rng)
    world = new_world(connection)
    world.open(truth.amounts)
    world.send(range(1, len(truth.amounts) + 1))
    return world, truth


@pytest.mark.parametrize("seed", range(WORLDS))
def test_in_any_order_and_repeated_the_outcome_is_what_the_bank_did(
    seed: int, connection: sa.Connection, new_world: Any
) -> None:
    rng = random.Random(seed)
    world, truth = a_world(connection, new_world, rng)
    said = messages_of(world, truth, rng)
    heard = said + rng.choices(said, k=1)
    rng.shuffle(heard)
    world.hear(*heard)
    assert world.states() == [FINAL[fate] for fate in truth.fates]
    assert world.balances() == truth.books
    assert world.open_items() == []
    proof = world.proof()
    assert proof.ties, proof.text()
    head = world.head()
    for again in reversed(said):
        world.receive(again)
    reconciliation.reconcile(world.connection, at=world.now)
    assert world.head() == head, "messages that were all applied must not post anything again"


@pytest.mark.parametrize("seed", range(1000, 1000 + WORLDS // 4))
def test_with_messages_missing_nothing_is_wrong_and_what_is_open_is_visible(
    seed: int, connection: sa.Connection, new_world: Any
) -> None:
    rng = random.Random(seed)
    world, truth = a_world(connection, new_world, rng)
    said = messages_of(world, truth, rng)
    heard = rng.sample(said, k=rng.randint(0, len(said) - 1))
    world.hear(*heard)
    proof = world.proof()
    assert [i for i in proof.identities if i.difference_minor] == []
    for state, fate in zip(world.states(), truth.fates, strict=True):
        assert state in {"sent", "accepted", FINAL[fate]} | (
            {"settled", "rejected"} if fate != "paid" else set()
        )
    # The rest of the messages, whenever they come, still lead to the truth.
    world.hear(*[m for m in said if m not in heard])
    assert world.states() == [FINAL[fate] for fate in truth.fates]
    assert world.balances() == truth.books
