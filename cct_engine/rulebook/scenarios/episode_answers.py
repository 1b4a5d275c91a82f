"""Expectations about what happens once: deposits, instalments, days that have passed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.tree import Call, Compare, Name, walk
from cct_engine.rulebook.values import format_minor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cct_engine.rulebook.scenarios.outcome import Outcome
    from cct_engine.rulebook.scenarios.world import World
    from cct_engine.rulebook.tree import Node

__all__ = ["EPISODE_ANSWERS"]


def _whole(world: World, amount: int) -> int | str:
    """Return an amount as the cases write it: whole units where there are no smaller ones."""
    text = format_minor(amount, currency=world.rulebook.currency).replace(",", "")
    units, _, rest = text.partition(".")
    return text if rest.strip("0") else int(units)


def _deposits(world: World, key: str, outcomes: Sequence[Outcome]) -> list[int | str]:
    del key
    once = {c.code for c in world.rulebook.law.components if c.once is not None}
    return [
        _whole(world, line["due"])
        for outcome in outcomes
        for line in outcome.lines
        if line["source"] == "due" and line["due"] > 0 and line["component"] in once
    ]


def _total(world: World, key: str, outcomes: Sequence[Outcome]) -> int | str:
    amounts = _deposits(world, key, outcomes)
    return sum(amount for amount in amounts if isinstance(amount, int))


def _instalment(world: World, key: str, outcomes: Sequence[Outcome]) -> int | str | None:
    """Return what the n-th instalment paid, or the first day it can be claimed."""
    number = key.split("_")[1]
    code = world.file.instalments[int(number) - 1]
    if key.endswith("_from"):
        return _claim_from(world, code)
    return _whole(world, sum(outcome.due(code) for outcome in outcomes))


def _claim_from(world: World, code: str) -> str | None:
    """Read off the law's test: so many days after a date of the pregnancy."""
    order = next(n for n, c in enumerate(world.rulebook.law.components) if c.code == code)
    (row,) = world.rows["pregnancy"]
    for node in walk(world.rulebook.expression("components", order, "where")):
        if isinstance(node, Compare) and node.operator == ">=":
            start, days = _days_after(world, node)
            if start:
                on: date = row[start]
                return (on + timedelta(days=days)).isoformat()
    return None


def _days_after(world: World, node: Compare) -> tuple[str, int]:
    call, least = node.left, node.right
    if not (isinstance(call, Call) and call.function == "days_between"):
        return "", 0
    start: Node = call.arguments[0]
    if not (isinstance(start, Name) and start.of == "pregnancy" and isinstance(least, Name)):
        return "", 0
    values = world.rulebook.law.parameters[least.name].values
    held = [value.value for value in values if value.from_ <= world.first_day]
    return start.name, int(str(held[-1]))


def _elapsed(first: str, second: str) -> Callable[[World, str, Sequence[Outcome]], int]:
    def days(world: World, key: str, outcomes: Sequence[Outcome]) -> int:
        del key, outcomes
        (row,) = world.rows["pregnancy"]
        between: int = row[f"{second}_day"] - row[f"{first}_day"]
        return between

    return days


EPISODE_ANSWERS: dict[str, Callable[[World, str, Sequence[Outcome]], Any]] = {
    "deposits": _deposits,
    "total": _total,
    "instalment": _instalment,
    "interval_days": _elapsed("previous_delivery_on", "delivery_on"),
    "registered_on_day": _elapsed("lmp_on", "registered_on"),
}
