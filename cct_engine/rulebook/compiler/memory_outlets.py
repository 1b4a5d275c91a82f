"""The outlets ``verdict`` and ``state``: what was judged, and what the next cycle remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.plan import UNION_ALL, Plan, select
from cct_engine.rulebook.compiler.sqltext import case, literal
from cct_engine.rulebook.compiler.standing import standing_shows
from cct_engine.rulebook.compiler.succession import is_delayed, succession_state
from cct_engine.rulebook.compiler.verdict_codes import MET, NO_INFORMATION, NOT_MET, WAITING

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.verdicts import Judging, Verdicts

__all__ = ["state_outlet", "verdict_outlet"]

_ZERO = "CAST(0 AS BIGINT)"


def verdict_outlet(verdicts: Verdicts) -> str:
    """Return one row per subject, condition and window judged."""
    selects = [_verdicts(judging) for judging in verdicts.judgings]
    if not selects:
        columns = [
            "household_id",
            "'' AS condition",
            f"{_ZERO} AS subject_id",
            "CAST(0 AS INTEGER) AS window_first_month",
            "CAST(0 AS INTEGER) AS window_last_month",
            f"{_ZERO} AS numerator",
            f"{_ZERO} AS denominator",
            "'' AS verdict",
            "'' AS reason",
        ]
        return select(columns, "stand", where="1 = 0")
    order = "household_id, condition, subject_id, window_first_month"
    return UNION_ALL.join(selects) + f"\nORDER BY {order}"


def _verdicts(judging: Judging) -> str:
    column = judging.column
    verdict = case(
        [
            (f"{column} = {MET}", literal("met")),
            (f"{column} = {NOT_MET}", literal("not_met")),
            (f"{column} IN ({NO_INFORMATION}, {WAITING})", literal("no_information")),
        ],
        literal("exempt"),
    )
    reasons = [(f"{column} = {n}", literal(reason)) for n, reason in judging.reasons().items()]
    columns = [
        "household_id",
        f"{literal(judging.name)} AS condition",
        "subject_id",
        f"CAST({judging.window.first.number} AS INTEGER) AS window_first_month",
        f"CAST({judging.window.last.number} AS INTEGER) AS window_last_month",
        f"{judging.fact}_n AS numerator",
        f"{judging.fact}_d AS denominator",
        f"{verdict} AS verdict",
        f"{case(reasons, literal(''))} AS reason",
    ]
    return select(columns, f"judged_{judging.condition.each}", where=f"{column} <> 0")


_STATE_MONTHS = ("since_month", "until_month", "last_effect_month", "phase_since_month")


def state_outlet(plan: Plan) -> str:
    """Return the new memory: one row per ladder and subject that has one, and per standing."""
    selects = [_standing_state(plan)]
    if is_delayed(plan):
        named = "eligible = 1 AND payee_named <> 0"
        selects.append(select(succession_state(), "stand", where=named))
    for name in plan.law.ladders:
        columns = ["household_id", f"{literal(name)} AS ladder", "subject_id", "state"]
        columns += [*_STATE_MONTHS, "counter_1", "counter_2", "counter_3"]
        columns += ["shows", "breach", "judged", "why", "step"]
        memory = "counter_1 <> 0 OR counter_2 <> 0 OR counter_3 <> 0"
        where = f"state <> 'none' OR a_state <> 'none' OR breach = 1 OR {memory}"
        selects.append(select(columns, f"ladder_{name}", where=where))
    return UNION_ALL.join(selects) + "\nORDER BY household_id, ladder, subject_id"


def _standing_state(plan: Plan) -> str:
    now = plan.cycle.number
    since = [
        ("standing_label = 'grace'", "grace_month"),
        ("standing_label = past_label", "past_since"),
    ]
    until = "NULL"
    priority = plan.law.standing.return_priority
    since_sql = case(since, str(now))
    if priority is not None:
        after = ", ".join(literal(label) for label in priority.after)
        later = f"({since_sql}) + {priority.months}"
        until = case([(f"standing_label IN ({after})", later)], "NULL")
    columns = [
        "household_id",
        "'standing' AS ladder",
        f"{_ZERO} AS subject_id",
        "standing_label AS state",
        f"CAST({since_sql} AS INTEGER) AS since_month",
        f"CAST({until} AS INTEGER) AS until_month",
        "CAST(NULL AS INTEGER) AS last_effect_month",
        "CAST(NULL AS INTEGER) AS phase_since_month",
        *(f"{_ZERO} AS counter_{n}" for n in (1, 2, 3)),
        f"{standing_shows(plan)} AS shows",
        f"{_ZERO} AS breach",
        f"{_ZERO} AS judged",
        "excluded AS why",
        f"{_ZERO} AS step",
    ]
    where = "standing_label <> 'full' OR (past_label <> '' AND past_label <> 'full')"
    return select(columns, "stand", where=where)
