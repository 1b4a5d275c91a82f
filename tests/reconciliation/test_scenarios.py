"""Every rule of ``scenarios.yaml``, in the order it gives or in all orders of its messages."""

from __future__ import annotations

import random
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from ruamel.yaml import YAML

if TYPE_CHECKING:
    import sqlalchemy as sa

    import reconciliation
    from bank_adapters import BankMessage

SCENARIOS = YAML(typ="safe").load(Path(__file__).with_name("scenarios.yaml").read_text("utf-8"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s["rule"] for s in SCENARIOS])
def test_money_goes_where_the_rule_says(
    scenario: dict[str, Any], connection: sa.Connection, new_world: Any
) -> None:
    world = new_world(connection)
    world.open(scenario["pay"])
    world.send(range(1, len(scenario["pay"]) + 1))
    said = [message_of(world, step) for step in scenario["bank"]]
    orders = orders_of(said) if scenario.get("order") == "any" else [tuple(said)]
    for order in orders:
        with connection.begin_nested() as attempt:
            outcome = world.hear(*order)
            names = [m.message_id for m in order]
            expect(world, outcome, scenario["then"], names)
            if order is orders[0] or order is orders[-1]:
                prove(world, names)
            attempt.rollback()


def orders_of(said: list[BankMessage]) -> list[tuple[BankMessage, ...]]:
    """All orders of up to three messages; of more, the given one, its reverse and some others."""
    orders = list(permutations(said))
    if len(said) <= 3:
        return orders
    return [orders[0], *random.Random(len(said)).sample(orders[1:-1], 8), orders[-1]]


def expect(
    world: Any, outcome: reconciliation.Outcome, then: dict[str, Any], order: list[str]
) -> None:
    assert world.states() == then["states"], order
    assert world.balances() == then["books"], order
    allowed = then.get("open_any_of") or [then["open"]]
    assert world.open_items() in allowed, order
    assert outcome.unrecognised_count == then.get("unrecognised", 0)
    if "reasons" in then:
        assert world.reasons() == then["reasons"], order


def prove(world: Any, order: list[str]) -> None:
    """Nothing is lost or made on the way, and a cycle with something open does not close."""
    proof = world.proof()
    assert [i for i in proof.identities if i.difference_minor] == [], order
    is_open = bool(world.open_items()) or not {"sent", "acknowledged", "accepted"}.isdisjoint(
        world.states()
    )
    assert proof.ties is not is_open, order


def message_of(world: Any, step: dict[str, Any]) -> BankMessage:
    kind = next(key for key in ("status", "advice", "statement") if key in step)
    if kind == "status":
        return status_of(world, dict(step["status"]))
    entries = [entry_of(world, dict(entry)) for entry in step[kind]]
    name = f"{kind} {step.get('name', '')}"
    message: BankMessage = getattr(world, kind)(*entries, name=name)
    return message


def status_of(world: Any, said: dict[str, Any]) -> BankMessage:
    about, amount = said.pop("about", None), said.pop("amount", None)
    message: BankMessage = world.status(**said)
    if about:
        message = replaced(message, "original_message_id", about)
    if amount:
        message = replaced(message, "amount_minor", amount)
        message = replaced(message, "currency", world.bank.currency)
    return message


def replaced(message: BankMessage, column: str, value: object) -> BankMessage:
    events = message.events
    place = events.schema.get_field_index(column)
    same = pa.array([value] * events.num_rows, events.schema.field(column).type)
    return message.__class__(
        **{
            **{name: getattr(message, name) for name in message.__slots__},
            "events": events.set_column(place, events.schema.field(column), same),
        }
    )


def entry_of(world: Any, said: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any]
    if "debit" in said:
        made = world.debit(said.pop("debit"), **said)
    elif "credit" in said:
        made = world.credit(said.pop("credit"), **said)
    elif "item_debit" in said:
        payment = said.pop("item_debit")
        usual = {"reason": None, "reference": f"D-{payment}", "direction": "DBIT"}
        made = world.credit(payment, **{**usual, **said})
    elif "charge" in said:
        usual = {"reference": "C1", "direction": "DBIT", "kind": "CHARGE"}
        made = world.stray(said.pop("charge"), **{**usual, **said})
    else:
        made = world.stray(said.pop("stray"), **said)
    return made
