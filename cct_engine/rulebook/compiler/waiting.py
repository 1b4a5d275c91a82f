"""Money that waits for a report (``missing: hold``): the report comes, or the wait is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.effects import waits_for
from cct_engine.rulebook.compiler.plan import select
from cct_engine.rulebook.compiler.sqltext import bigint, conjunction, disjunction, literal
from cct_engine.rulebook.compiler.verdict_codes import NOT_MET, WAITING

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.compiler.verdicts import Judging, Verdicts

__all__ = ["waiting_fate"]


def waiting_fate(plan: Plan, verdicts: Verdicts) -> tuple[dict[str, str], str]:
    """Return the tests that waiting money is released or lapses, and the joins they need.

    Every cycle the window is judged again with what is known by then. A report that the condition
    was met, or is excused, releases; that it was not met, lapses; silence past the last cycle of
    the wait does what `then` says.
    """
    released: list[str] = []
    lapsed: list[str] = []
    for name, condition in plan.law.conditions.items():
        if condition.hold is None:
            continue
        mine = f"kind = 'held' AND b.reason_code = {literal(f'missing:{name}')}"
        again = [judging for judging in verdicts.again if judging.name == name]
        for judging in again:
            for way, test in _judged(plan, judging).items():
                (released if way == "released" else lapsed).append(conjunction([mine, test]))
        last = plan.cycle.number - condition.hold.cycles * plan.rulebook.cycle_months
        over = f"b.origin_month < {last}"
        ended = released if condition.hold.then == "release" else lapsed
        ended.append(conjunction([mine, over]))
    found = {"released": disjunction(released), "lapsed": disjunction(lapsed)}
    return found, _joins(verdicts)


def _judged(plan: Plan, judging: Judging) -> dict[str, str]:
    """Return what a window judged again does to the balances that were held for it."""
    hold = judging.condition.hold
    cycle = plan.cycle.number - judging.back * plan.rulebook.cycle_months
    origin = [f"b.origin_month = {cycle}"]
    if judging.condition.breach.scope in {"member_month", "household_month"}:
        origin.append(f"b.for_month = {judging.window.for_month.number}")
    own, household = _codes(plan, judging)
    tests: dict[str, list[str]] = {"released": [], "lapsed": []}
    for codes, verdict in ((own, "jm"), (household, "jg")):
        if not codes:
            continue
        listed = ", ".join(literal(code) for code in codes)
        here = [*origin, f"b.component IN ({listed})"]
        silent = f"COALESCE({verdict}.s{judging.number}, 0) = 1"
        failed = f"COALESCE({verdict}.n{judging.number}, 0) = 1"
        tests["lapsed"].append(conjunction([*here, failed]))
        tests["released"].append(conjunction([*here, f"NOT ({failed})", f"NOT ({silent})"]))
        if hold is not None and judging.back == hold.cycles:
            way = "released" if hold.then == "release" else "lapsed"
            tests[way].append(conjunction([*here, silent, f"NOT ({failed})"]))
    return {way: disjunction(parts) for way, parts in tests.items()}


def _codes(plan: Plan, judging: Judging) -> tuple[list[str], list[str]]:
    own, household = [], []
    for component in plan.law.components:
        whose = waits_for(plan, judging.condition, component)
        if whose == "own":
            own.append(component.code)
        elif whose == "household":
            household.append(component.code)
    return own, household


def _joins(verdicts: Verdicts) -> str:
    """Join, of the windows judged again, each person's verdict and the household's worst."""
    joins = ""
    if not verdicts.again:
        return joins
    parts = []
    for each in ("member", "household"):
        if any(judging.condition.each == each for judging in verdicts.again):
            columns = ["household_id", "subject_id"]
            for judging in verdicts.again:
                for letter, code in (("s", WAITING), ("n", NOT_MET)):
                    hit = f"CASE WHEN {judging.column} = {code} THEN 1 ELSE 0 END"
                    sql = hit if judging.condition.each == each else "0"
                    columns.append(f"{bigint(sql)} AS {letter}{judging.number}")
            parts.append(select(columns, f"judged_{each}"))
    union = "\nUNION ALL\n".join(parts)
    worst = ["household_id"]
    worst += [
        f"{bigint(f'MAX({letter}{judging.number})')} AS {letter}{judging.number}"
        for judging in verdicts.again
        for letter in ("s", "n")
    ]
    grouped = select(worst, f"({union}) AS u", group_by="household_id")
    joins += (
        f"\nLEFT JOIN ({union}) AS jm ON jm.household_id = b.household_id"
        " AND jm.subject_id = b.person_id AND jm.subject_id <> 0"
    )
    return joins + f"\nLEFT JOIN ({grouped}) AS jg ON jg.household_id = b.household_id"
