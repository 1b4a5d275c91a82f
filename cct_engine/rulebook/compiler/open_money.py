"""Open money of earlier cycles, one row each, with what becomes of it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.certificates import withheld_fate
from cct_engine.rulebook.compiler.ladders import EFFECTS
from cct_engine.rulebook.compiler.plan import select
from cct_engine.rulebook.compiler.sqltext import bigint, case, conjunction, disjunction, literal
from cct_engine.rulebook.compiler.standing import RECERTIFY
from cct_engine.rulebook.compiler.succession import NEW_PAYEE, is_delayed
from cct_engine.rulebook.compiler.waiting import deductions, waiting_fate

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.compiler.verdicts import Verdicts
    from cct_engine.rulebook.model_rules import Ladder

__all__ = ["open_money"]

_KEPT = ("household_id", "kind", "component", "person_id", "pregnancy_id", "for_month")


def open_money(plan: Plan, verdicts: Verdicts) -> str:
    """Return each open balance with what becomes of it: released, lapsed, arrears, or nothing.

    Money of a household to which nothing can go now stays open; what lapses does so anyway.
    """
    released, lapsed, joins = _held(plan)
    withheld, joins_withheld = withheld_fate(plan)
    waiting, joins_waiting = waiting_fate(plan, verdicts)
    fates = [
        (conjunction(["kind = 'held'", disjunction(lapsed)]), "lapsed"),
        (waiting["lapsed"], "lapsed"),
        (withheld["lapsed"], "lapsed"),
        ("blocked = 1", ""),
        (conjunction(["kind = 'held'", disjunction(released)]), "released"),
        (waiting["released"], "released"),
        (withheld["released"], "released"),
        ("kind = 'arrears'", "arrears"),
    ]
    what = case([(test, literal(fate)) for test, fate in fates], literal(""))
    columns = [f"b.{name} AS {name}" for name in _KEPT]
    columns += ["b.origin_month AS origin_month", "b.amount AS amount"]
    columns += ["b.reason_code AS reason_code", f"{what} AS becomes"]
    source = "src_balance AS b\nJOIN eff ON eff.household_id = b.household_id"
    return select(columns, source + joins + joins_withheld + joins_waiting)


def _held(plan: Plan) -> tuple[list[str], list[str], str]:
    """Return the tests that a hold is over, that it has lapsed, and the joins they need."""
    tests = [
        "reason_code = 'no_payee'",
        "reason_code = 'incomplete'",
        "reason_code = 'review_hold'",
    ]
    if is_delayed(plan):
        tests.append(f"reason_code = {literal(NEW_PAYEE)}")
    lapsed = []
    recertify = plan.law.recertify
    if recertify is not None:
        tests.append("reason_code = 'recertify:hold'")
        if recertify.held_at_cancel == "lapse":
            cancelled = f"registration = {RECERTIFY['cancel']}"
            lapsed.append(f"reason_code = 'recertify:hold' AND {cancelled}")
    for stop in plan.law.stops:
        cleared = plan.needs.event("household", f"cleared_{stop.name}")
        tests.append(f"reason_code = {literal(f'stop:{stop.name}')} AND {cleared} = 1")
    joins = ""
    for name, ladder in plan.law.ladders.items():
        over, gone, join = _of_ladder(plan, name, ladder)
        tests += over
        lapsed += gone
        joins += join
    return tests, lapsed, joins


def _of_ladder(plan: Plan, name: str, ladder: Ladder) -> tuple[list[str], list[str], str]:
    holding = [(code, state) for code, state in ladder.states.items() if state.money == "hold"]
    if not holding:
        return [], [], ""
    of_all = _of_all_members(plan, name, ladder)
    effect, current, since, join = f"x_{name}", f"s_{name}", f"since_{name}", ""
    if ladder.each == "member":
        alias = f"lb_{name}"
        effect, current = f"COALESCE({alias}.effect, 0)", f"COALESCE({alias}.state, 'none')"
        since = f"COALESCE({alias}.since_month, 0)"
        join = (
            f"\nLEFT JOIN ladder_{name} AS {alias} ON {alias}.household_id = b.household_id"
            f" AND {alias}.subject_id = b.person_id{of_all}"
        )
    tests, lapsed = [], []
    for code, state in holding:
        mine = f"reason_code = {literal(f'ladder:{name}:{code}')}"
        held = f"{effect} = {EFFECTS['hold']}"
        still = f"{held} AND {current} = {literal(code)} AND {since} <= b.origin_month"
        if of_all:
            waits = f"COALESCE(la_{name}.since_{code} <= b.origin_month, FALSE)"
            still = case([(_is_deduction(plan), waits)], still)
            effect = case([(_is_deduction(plan), f"COALESCE(la_{name}.effect, 0)")], effect)
        over = f"NOT ({still})" if state.release == "next_cycle" else f"{effect} = 0"
        tests.append(f"{mine} AND {over}")
        if state.hold_limit is not None:
            span = plan.rulebook.cycle_months if state.hold_limit.unit == "cycle" else 1
            oldest = plan.cycle.number - state.hold_limit.length * span
            lapsed.append(f"{mine} AND b.origin_month < {oldest} AND {still}")
    return tests, lapsed, join


def _of_all_members(plan: Plan, name: str, ladder: Ladder) -> str:
    """Return the join of a ladder's members taken together, for the deductions that wait with them.

    A deduction is of nobody: it waits until the last of its lines goes out.
    """
    if ladder.each != "member" or not deductions(plan):
        return ""
    columns = ["household_id", f"{bigint('MAX(effect)')} AS effect"]
    for code, state in ladder.states.items():
        if state.money == "hold":
            holds = f"effect = {EFFECTS['hold']} AND state = {literal(code)}"
            columns.append(f"MIN(CASE WHEN {holds} THEN since_month END) AS since_{code}")
    inner = select(columns, f"ladder_{name}", group_by="household_id")
    return f"\nLEFT JOIN ({inner}) AS la_{name} ON la_{name}.household_id = b.household_id"


def _is_deduction(plan: Plan) -> str:
    return f"b.component IN ({', '.join(literal(code) for code in deductions(plan))})"
