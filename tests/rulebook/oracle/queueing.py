"""A budget that is not enough: who is served, who waits, and at which place."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from .calculation import calculate
from .households import home
from .law import first_day
from .scope import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .households import Rows
    from .law import PlainLaw

WAITS = "waiting_list"
"""The decision that a household waits in this cycle."""


class Waiting(NamedTuple):
    """A household that waits: its place among all who queue, and what it would cost."""

    household_id: int
    place: int
    cost: int


def waiting(law: PlainLaw, drawn: Sequence[Rows], cycle: int) -> tuple[list[Waiting], int]:
    """Return who waits in the order of the queue, and what is spent on the others.

    The enrolled come first, where only applicants queue. Everybody who costs anything stands in the
    line; the first whom the rest of the budget does not reach waits, and all behind him as well,
    unless the law skips him.
    """
    budget = law.law["budget"]
    left = ceiling = law.parameter(budget["ceiling"], first_day(cycle))
    line = []
    for rows in drawn:
        one = home(rows)
        cost = calculate(law, one, cycle)[budget["counts"]]
        if cost <= 0:
            continue
        scope = Scope(law, one, cycle, cycle, now=cycle)
        number = one.row["household_id"]
        if budget["of"] == "applicants" and scope.name("enrolled"):
            left -= cost
        else:
            line.append((_rank(law, scope), number, cost))
    found, full = [], False
    for place, (_, number, cost) in enumerate(sorted(line), start=1):
        full = full and budget["when_full"] == "stop"
        if full or cost > left:
            full = True
            found.append(Waiting(number, place, cost))
        else:
            left -= cost
    return found, ceiling - left


def wait(rows: Rows, number: int, cycle: int) -> None:
    """Record that a household waits in a cycle."""
    event: dict[str, Any] = {"household_id": number, "subject_id": 0, "code": WAITS, "detail": ""}
    months = {"from_month": cycle, "until_month": cycle, "for_month": None}
    rows["event"].append(event | months | {"on_date": first_day(cycle)})


def _rank(law: PlainLaw, scope: Scope) -> list[Any]:
    """Return what puts a household in the line: who returns in time, then the law's order."""
    found: list[Any] = []
    priority = law.law["standing"].get("return_priority")
    if priority is not None:
        past = next((s for s in scope.home.states if s["ladder"] == "standing"), None)
        returns = past is not None and past["state"] in priority["after"]
        last = (past["since_month"] or 0) + int(priority["months"]) if past is not None else 0
        found.append(not (returns and scope.cycle <= last))
    for entry in law.law["budget"]["queue"]:
        name, _, direction = entry.partition(" ")
        if name == "household_id":
            continue
        value = _number(law, name, scope.name(name))
        found.append(-value if direction == "DESC" else value)
    return found


def _number(law: PlainLaw, name: str, value: Any) -> int:
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, str):
        codes = law.section("attributes")["household"][name]["values"]
        return codes.index(value) if value in codes else len(codes)
    return int(value)
