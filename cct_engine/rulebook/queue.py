"""A budget that is not enough for everybody: who is admitted, who waits, in the law's order.

The only rule besides duplicate persons that looks across households, so it stands between two
passes of the same statement: the first says what each household would cost, this puts them in
order and admits until the ceiling, and the second finds an event ``waiting_list`` for the others,
from and until the cycle's first month, its detail the place in the queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cct_engine.rulebook.compiler import WAITING_LIST
from cct_engine.rulebook.months import day_number
from cct_engine.rulebook.sources import shard_schemas
from cct_engine.rulebook.values import read_minor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["Queue", "Waiting", "queue", "waiting_events"]


class Waiting(NamedTuple):
    """A household whom the money does not reach: its place in the queue, and its cost."""

    household_id: int
    place: int
    cost_minor: int


@dataclass(frozen=True, slots=True)
class Queue:
    """What a cycle may cost, what the admitted cost, and who waits, in the order of the queue."""

    ceiling_minor: int
    spent_minor: int
    waiting: tuple[Waiting, ...]


def queue(rulebook: Rulebook, month: Month, rows: pa.Table | None) -> Queue:
    """Admit households until the budget of a cycle is spent.

    ``rows``: the outlet ``queue`` of every shard, in any order; None without households. With
    ``of: applicants`` those enrolled are served first and always, even past the ceiling; the
    applicants stand in the queue. With ``of: all`` everybody does. The lowest household id is the
    last to break a tie. Raises ``LookupError`` if the law has no budget, or none that is in force.
    """
    budget = rulebook.law.budget
    if budget is None:
        raise LookupError(f"{rulebook.programme} has no `budget`, so nobody queues.")
    ceiling = _ceiling(rulebook, month)
    if rows is None:
        return Queue(ceiling, 0, ())
    costs = rows.filter(pc.greater(rows["cost"], 0))
    served = 0
    if budget.of == "applicants":
        enrolled = costs.filter(pc.equal(costs["enrolled"], 1))
        served = int(pc.sum(enrolled["cost"]).as_py() or 0)
        costs = costs.filter(pc.equal(costs["enrolled"], 0))
    order = [(name, "ascending") for name in costs.column_names if name.startswith("order_")]
    costs = costs.sort_by([*order, ("household_id", "ascending")])
    cost = costs["cost"].to_numpy().astype(np.int64)
    ids = costs["household_id"].to_numpy()
    admitted = _admitted(cost, max(ceiling - served, 0), skip=budget.when_full == "skip")
    places = np.flatnonzero(~admitted)
    waiting = tuple(Waiting(int(ids[place]), int(place) + 1, int(cost[place])) for place in places)
    return Queue(ceiling, served + int(cost[admitted].sum()), waiting)


def _ceiling(rulebook: Rulebook, month: Month) -> int:
    budget = rulebook.law.budget
    name = budget.ceiling if budget is not None else ""
    begun = [v for v in rulebook.law.parameters[name].values if v.from_ <= month.first_day]
    if not begun or begun[-1].value is None:
        raise LookupError(f"RB-024 `{name}` has no value in {month}; the budget is not known.")
    return read_minor(begun[-1].value, currency=rulebook.currency)


def _admitted(cost: NDArray[np.int64], room: int, *, skip: bool) -> NDArray[np.bool_]:
    """Return who fits, in the order given: up to the first who does not, or skipping those."""
    admitted = np.zeros(len(cost), dtype=bool)
    left = np.arange(len(cost))
    while len(left):
        total = np.cumsum(cost[left])
        fits = int(np.searchsorted(total, room, side="right"))
        admitted[left[:fits]] = True
        room -= int(total[fits - 1]) if fits else 0
        if not skip or fits == len(left):
            break
        later = left[fits + 1 :]
        left = later[cost[later] <= room]
    return admitted


def waiting_events(rulebook: Rulebook, month: Month, waiting: Iterable[Waiting]) -> pa.Table:
    """Return the events of those who wait, as rows of the shard's table ``event``."""
    day = month.first_day
    rows = [
        {
            "household_id": one.household_id,
            "subject_id": 0,
            "code": WAITING_LIST,
            "on_date": day,
            "on_date_day": day_number(day),
            "on_date_month": month.number,
            "from_month": month.number,
            "until_month": month.number,
            "detail": str(one.place),
        }
        for one in waiting
    ]
    return pa.Table.from_pylist(rows, schema=shard_schemas(rulebook)["event"])
