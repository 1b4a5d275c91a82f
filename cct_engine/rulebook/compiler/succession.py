"""The payee's succession: with ``new_payee: next_cycle`` whoever takes over is paid a cycle later.

The cycle remembers whom its list named. In the next one that person is paid, also where the list
now names another; the other is named from then on. If the person named before has died or left,
nobody can be paid in this cycle and the money is held for the new payee. A family without a memory
since its enrolment has no payee to succeed, so its first one is paid at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.sqltext import bigint, flag, literal

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.payees import PayeeChoice
    from cct_engine.rulebook.compiler.plan import Plan

__all__ = [
    "NEW_PAYEE",
    "PAYEE_STATE",
    "is_delayed",
    "named_keys",
    "named_member",
    "still_there",
    "succession",
    "succession_names",
    "succession_state",
]

NEW_PAYEE = "new_payee"
"""Why the money of a family waits whose payee is gone."""
PAYEE_STATE = "payee"
"""The entry of the table of states that remembers whom a cycle's list named."""


def is_delayed(plan: Plan) -> bool:
    """Return whether a new payee of this law is paid a cycle later."""
    return bool(plan.law.payee) and plan.law.conventions.new_payee == "next_cycle"


def still_there(plan: Plan) -> str:
    """Return the test that a member neither died nor left by the end of the cycle."""
    last = literal(plan.moment.cycle_last.last_day)
    return f"(died_on IS NULL OR died_on > {last}) AND (left_on IS NULL OR left_on > {last})"


def named_member(plan: Plan) -> tuple[str, list[str]]:
    """Return the join that brings to a member whom an earlier cycle named, and its columns."""
    if not is_delayed(plan):
        return "", []
    join = (
        f"\nLEFT JOIN src_state AS np ON np.household_id = s.household_id"
        f" AND np.ladder = {literal(PAYEE_STATE)} AND np.counter_1 = s.member_id"
    )
    here = still_there(plan)
    return join, [f"{flag(here)} AS m_here", f"{flag('np.counter_1 IS NOT NULL')} AS m_named"]


def named_keys(plan: Plan, choice: PayeeChoice) -> list[str]:
    """Return the sum over members that finds the payee named before, if still there."""
    if not is_delayed(plan):
        return []
    key = f"CASE WHEN m_named = 1 AND m_here = 1 THEN {choice.packed('0')} END"
    return [f"{bigint(f'MIN({key})')} AS named_key"]


def succession(plan: Plan, choice: PayeeChoice) -> tuple[str, list[str]]:
    """Return the join to the household's memory, and its columns: who is paid, who is named."""
    if not is_delayed(plan):
        return "", ["COALESCE(payee_key, -1) AS payee_key"]
    now = plan.cycle.number
    join = (
        "\nLEFT JOIN (SELECT household_id, counter_1 AS before_id, since_month AS before_since,"
        f" cycle_month AS before_month FROM src_state WHERE ladder = {literal(PAYEE_STATE)}) AS pb"
        " ON pb.household_id = s.household_id"
    )
    since = f"COALESCE(enrolled_on_month, {now})"
    succeeds = (
        f"payee_key IS NOT NULL AND before_id IS NOT NULL AND before_month >= {since}"
        f" AND before_id <> {choice.person_id}"
    )
    paid = f"CASE WHEN {succeeds} THEN COALESCE(named_key, payee_key) ELSE payee_key END"
    kept = f"before_id = {choice.person_id} AND before_month >= {since}"
    return join, [
        f"COALESCE({paid}, -1) AS payee_key",
        f"{bigint(f'COALESCE({choice.person_id}, 0)')} AS payee_named",
        f"{bigint(f'CASE WHEN {kept} THEN before_since ELSE {now} END')} AS payee_since",
        f"{flag(f'{succeeds} AND named_key IS NULL')} AS payee_waits",
    ]


def succession_names(plan: Plan) -> list[str]:
    """Return the columns that the succession adds to a household."""
    return ["payee_named", "payee_since", "payee_waits"] if is_delayed(plan) else []


def succession_state() -> list[str]:
    """Return the columns of the memory's row, in the order of the outlet ``state``."""
    zero, no_month = bigint("0"), "CAST(NULL AS INTEGER)"
    return [
        "household_id",
        f"{literal(PAYEE_STATE)} AS ladder",
        f"{zero} AS subject_id",
        "'named' AS state",
        "CAST(payee_since AS INTEGER) AS since_month",
        f"{no_month} AS until_month",
        f"{no_month} AS last_effect_month",
        f"{no_month} AS phase_since_month",
        "payee_named AS counter_1",
        f"{zero} AS counter_2",
        f"{zero} AS counter_3",
        "'' AS shows",
        f"{zero} AS breach",
        f"{zero} AS judged",
        "'' AS why",
        f"{zero} AS step",
    ]
