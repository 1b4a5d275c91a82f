"""The outlet ``queue``: what each household would cost, and what puts it in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.plan import select
from cct_engine.rulebook.compiler.sqltext import bigint, case, literal
from cct_engine.rulebook.compiler.unwritable import NotCompiled, standing_at
from cct_engine.rulebook.tree import Type

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.model_money import Budget

__all__ = ["queue_columns", "queue_outlet"]


def queue_columns(plan: Plan, budget: Budget) -> list[str]:
    """Return the columns of the household's row that the queue reads."""
    columns = [column for columns, _, _ in _order(plan, budget) for column in columns]
    return ["h_enrolled", *columns]


def queue_outlet(plan: Plan, budget: Budget) -> str:
    """Return household_id, enrolled, cost and order_1, order_2 …, the smallest first.

    Who returns within the months of ``return_priority`` comes before all others.
    """
    columns = ["household_id", "h_enrolled AS enrolled", f"{budget.counts} AS cost"]
    for place, (_, sql, descending) in enumerate(_order(plan, budget), start=1):
        value = f"-({sql})" if descending else sql
        columns.append(f"{bigint(value)} AS order_{place}")
    return select(columns, "pay") + "\nORDER BY household_id"


def _order(plan: Plan, budget: Budget) -> list[tuple[tuple[str, ...], str, bool]]:
    """Return, of each rank of the queue, the columns it reads, its SQL, and if it descends."""
    found = [*_returns_first(plan)]
    for entry in budget.queue:
        name, _, direction = entry.partition(" ")
        if name == "household_id":
            continue
        known = plan.needs.attributes["household"][name]
        form = "_day" if known.type is Type.DATE else ""
        column = sql = plan.needs.column("household", name, form)
        if known.type is Type.CODE:
            if not known.values:
                with standing_at("budget", "queue"):
                    what = f"A queue ordered by the code `{name}`, which lists no values,"
                    raise NotCompiled(what, "`values:` of the attribute, the first in line first.")
            ranks = [(f"{column} = {literal(v)}", str(n)) for n, v in enumerate(known.values)]
            sql = case(ranks, str(len(ranks)))
        found.append(((column,), sql, direction == "DESC"))
    return found


def _returns_first(plan: Plan) -> list[tuple[tuple[str, ...], str, bool]]:
    priority = plan.law.standing.return_priority
    if priority is None:
        return []
    after = ", ".join(literal(label) for label in priority.after)
    returns = f"past_label IN ({after}) AND {plan.cycle.number} <= past_since + {priority.months}"
    return [(("past_label", "past_since"), case([(returns, "0")], "1"), False)]
