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

__all__ = ["deductions", "waiting_fate"]

_Tests = dict[str, list[str]]


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
        for back in dict.fromkeys(judging.back for judging in again):
            of_cycle = [judging for judging in again if judging.back == back]
            for way, test in _judged(plan, of_cycle).items():
                (released if way == "released" else lapsed).append(conjunction([mine, test]))
        last = plan.cycle.number - condition.hold.cycles * plan.rulebook.cycle_months
        over = f"b.origin_month < {last}"
        ended = released if condition.hold.then == "release" else lapsed
        ended.append(conjunction([mine, over]))
    found = {"released": disjunction(released), "lapsed": disjunction(lapsed)}
    return found, _joins(verdicts)


def _judged(plan: Plan, judgings: list[Judging]) -> dict[str, str]:
    """Return what the windows of one cycle, judged again, do to the balances held for them.

    A line of one month waits for its own month where the law says so; any other line waits for
    every window of its cycle. A deduction waits for all of whom its lines wait.
    """
    one = judgings[0]
    tests: _Tests = {"released": [], "lapsed": []}
    by_month = one.condition.breach.scope in {"member_month", "household_month"}
    months = dict.fromkeys(judging.window.for_month for judging in judgings)
    monthly = {c.code for c in plan.law.components if c.months == "each"}
    origin = f"b.origin_month = {plan.cycle.number - one.back * plan.rulebook.cycle_months}"
    for codes, verdict in zip(_codes(plan, one), ("jm", "jg"), strict=True):
        dated = [code for code in codes if by_month and code in monthly]
        whole = [code for code in codes if code not in dated]
        parts = [(dated, [j for j in judgings if j.window.for_month == m]) for m in months]
        parts.append((whole, judgings))
        for listed, mine in parts:
            if not listed:
                continue
            here = [origin, f"b.component IN ({', '.join(literal(code) for code in listed)})"]
            if listed is dated:
                here.append(f"b.for_month = {mine[0].window.for_month.number}")
            _fate(one, here, _any(verdict, "s", mine), _any(verdict, "n", mine), tests)
    return {way: disjunction(found) for way, found in tests.items()}


def _any(verdict: str, letter: str, judgings: list[Judging]) -> str:
    return disjunction(f"COALESCE({verdict}.{letter}{j.number}, 0) = 1" for j in judgings)


def _fate(one: Judging, here: list[str], silent: str, failed: str, tests: _Tests) -> None:
    hold = one.condition.hold
    tests["lapsed"].append(conjunction([*here, failed]))
    tests["released"].append(conjunction([*here, f"NOT ({failed})", f"NOT ({silent})"]))
    if hold is not None and one.back == hold.cycles:
        way = "released" if hold.then == "release" else "lapsed"
        tests[way].append(conjunction([*here, silent, f"NOT ({failed})"]))


def deductions(plan: Plan) -> list[str]:
    """Return the codes of the deductions, which wait with the lines above them."""
    return [c.code for c in plan.law.components if c.kind == "deduction"]


def _codes(plan: Plan, judging: Judging) -> tuple[list[str], list[str]]:
    own, household = [], []
    for component in plan.law.components:
        whose = waits_for(plan, judging.condition, component)
        if component.kind == "deduction":
            whose = "household"  # whoever its lines wait for
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
