"""The outlet ``queue``: what each household would cost, and what puts it in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.plan import select
from cct_engine.rulebook.compiler.sqltext import bigint
from cct_engine.rulebook.compiler.unwritable import NotCompiled, standing_at
from cct_engine.rulebook.tree import Type

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.model_money import Budget

__all__ = ["queue_columns", "queue_outlet"]


def queue_columns(plan: Plan, budget: Budget) -> list[str]:
    """Return the columns of the household's row that the queue reads."""
    return ["h_enrolled", *(column for column, _ in _order(plan, budget))]


def queue_outlet(plan: Plan, budget: Budget) -> str:
    """Return household_id, enrolled, cost and order_1, order_2 …, the smallest first."""
    columns = ["household_id", "h_enrolled AS enrolled", f"{budget.counts} AS cost"]
    for place, (column, descending) in enumerate(_order(plan, budget), start=1):
        value = f"-({column})" if descending else column
        columns.append(f"{bigint(value)} AS order_{place}")
    return select(columns, "pay") + "\nORDER BY household_id"


def _order(plan: Plan, budget: Budget) -> list[tuple[str, bool]]:
    found = []
    for entry in budget.queue:
        name, _, direction = entry.partition(" ")
        if name == "household_id":
            continue
        known = plan.needs.attributes["household"][name]
        if known.type is Type.CODE:
            with standing_at("budget", "queue"):
                raise NotCompiled(f"a queue ordered by the code {name}")
        form = "_day" if known.type is Type.DATE else ""
        found.append((plan.needs.column("household", name, form), direction == "DESC"))
    return found
