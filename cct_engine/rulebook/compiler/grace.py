"""The grace's memory: since when it runs, whether something interrupts it, whether it was had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.place import NEVER_HOLDS
from cct_engine.rulebook.compiler.sqltext import case, conjunction, disjunction

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.plan import Plan

__all__ = ["grace_began", "grace_memory", "grace_names", "grace_over", "grace_read"]

_HAD, _RUNNING = "past_had", "past_running"


def grace_names(plan: Plan) -> list[str]:
    """Return the columns that the grace's memory adds to a household, where the law needs any.

    ``past_had``: the first month of the last grace, over or not. ``past_running``: that of a grace
    which an exclusion interrupts.
    """
    grace = plan.law.standing.grace
    if grace is None:
        return []
    interrupted = bool(plan.law.standing.excluded) or plan.law.budget is not None
    return [_HAD] * (grace.again != "always") + [_RUNNING] * interrupted


def grace_read(plan: Plan) -> list[str]:
    """Return these columns of the standing's stored row.

    The row of a running grace says its first month itself.
    """
    written = {
        _HAD: "CASE WHEN state = 'grace' THEN since_month ELSE last_effect_month END",
        _RUNNING: "phase_since_month",
    }
    return [f"{written[name]} AS {name}" for name in grace_names(plan)]


def grace_began(plan: Plan) -> str:
    """Return the first month of the grace: of the one that runs, else this cycle's."""
    branches = [("past_label = 'grace'", "past_since")]
    if _RUNNING in grace_names(plan):
        branches.append((f"{_RUNNING} > 0", _RUNNING))
    return case(branches, str(plan.cycle.number))


def grace_over(plan: Plan, months: str) -> str:
    """Return the test that the months are used up, or that the one grace was had before."""
    over = f"{plan.cycle.number} - grace_month >= {months}"
    return disjunction([over, _had_before(plan)])


def _had_before(plan: Plan) -> str:
    grace, names = plan.law.standing.grace, grace_names(plan)
    if grace is None or _HAD not in names:
        return NEVER_HOLDS
    tests = ["past_label <> 'grace'", f"{_HAD} > 0"]
    if _RUNNING in names:
        tests.append(f"{_RUNNING} = 0")
    if grace.again == "once_per_enrolment":
        tests.append(f"{_HAD} >= h_enrolled_on_month")
    return f"({conjunction(tests)})"


def grace_memory(plan: Plan) -> dict[str, str]:
    """Return what the standing's new row remembers of the grace, by its column.

    An exclusion interrupts a grace, while ``keep`` still fails; the months go on counting.
    """
    names = grace_names(plan)
    had = running = "NULL"
    if _HAD in names:
        branches = [("standing_label = 'grace'", "grace_month"), (f"{_HAD} > 0", _HAD)]
        had = case(branches, "NULL")
    if _RUNNING in names:
        ran = f"(past_label = 'grace' OR {_RUNNING} > 0)"
        waits = ["standing_label = 'not_eligible'", "h_enrolled = 1", "keep_ok = 0", ran]
        running = case([(conjunction(waits), "grace_month")], "NULL")
    return {"last_effect_month": had, "phase_since_month": running}
