"""The outlets ``verdict`` and ``state``: what was judged, and what the next cycle remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.grace import grace_memory
from cct_engine.rulebook.compiler.plan import UNION_ALL, Plan, in_order, select
from cct_engine.rulebook.compiler.sqltext import case, literal
from cct_engine.rulebook.compiler.standing import standing_shows
from cct_engine.rulebook.compiler.succession import is_delayed, succession_state
from cct_engine.rulebook.compiler.verdict_codes import (
    EXEMPT_REASONS,
    MET,
    NO_INFORMATION,
    NOT_MET,
    WAITING,
)

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.verdicts import Judging, Verdicts

__all__ = ["state_outlet", "verdict_outlet"]

_ZERO = "CAST(0 AS BIGINT)"


def verdict_outlet(verdicts: Verdicts) -> str:
    """Return one row per subject, condition and window judged.

    Numbers are sorted, and become words afterwards: sorting words takes twice as long.
    """
    judgings = sorted(verdicts.judgings, key=lambda j: (j.name, j.window.first.number))
    if not judgings:
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
    first = _by_place([str(judging.window.first.number) for judging in judgings])
    last = _by_place([str(judging.window.last.number) for judging in judgings])
    columns = [
        "household_id",
        f"{_by_place([literal(judging.name) for judging in judgings])} AS condition",
        "subject_id",
        f"CAST({first} AS INTEGER) AS window_first_month",
        f"CAST({last} AS INTEGER) AS window_last_month",
        "numerator",
        "denominator",
        f"{_VERDICT} AS verdict",
        f"{_reason(judgings)} AS reason",
    ]
    rows = UNION_ALL.join(_judged(place, judging) for place, judging in enumerate(judgings))
    return select(columns, in_order(rows, "household_id, place, subject_id"))


_VERDICT = case(
    [
        (f"code = {MET}", literal("met")),
        (f"code = {NOT_MET}", literal("not_met")),
        (f"code IN ({NO_INFORMATION}, {WAITING})", literal("no_information")),
    ],
    literal("exempt"),
)


def _judged(place: int, judging: Judging) -> str:
    columns = ["household_id", f"{place} AS place", "subject_id", f"{judging.column} AS code"]
    columns += [f"{judging.fact}_n AS numerator", f"{judging.fact}_d AS denominator"]
    return select(columns, f"judged_{judging.condition.each}", where=f"{judging.column} <> 0")


def _by_place(values: list[str]) -> str:
    """Return the SQL of the value of each place; one value for all is written once."""
    *others, last = values
    if not set(others) - {last}:
        return last
    return case([(f"place = {place}", value) for place, value in enumerate(others)], last)


def _reason(judgings: list[Judging]) -> str:
    """Return the SQL of why a subject is exempt, for a reason of any or of its own condition."""
    branches = [(f"code = {n}", literal(reason)) for n, reason in EXEMPT_REASONS.items()]
    for place, judging in enumerate(judgings):
        branches += [
            (f"place = {place} AND code = {n}", literal(reason))
            for n, reason in judging.reasons().items()
            if n not in EXEMPT_REASONS
        ]
    return case(branches, literal(""))


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
    memory = grace_memory(plan)
    columns = [
        "household_id",
        "'standing' AS ladder",
        f"{_ZERO} AS subject_id",
        "standing_label AS state",
        f"CAST({since_sql} AS INTEGER) AS since_month",
        f"CAST({until} AS INTEGER) AS until_month",
        *(f"CAST({sql} AS INTEGER) AS {column}" for column, sql in memory.items()),
        *(f"{_ZERO} AS counter_{n}" for n in (1, 2, 3)),
        f"{standing_shows(plan)} AS shows",
        f"{_ZERO} AS breach",
        f"{_ZERO} AS judged",
        "excluded AS why",
        f"{_ZERO} AS step",
    ]
    where = "standing_label <> 'full' OR (past_label <> '' AND past_label <> 'full')"
    return select(columns, "stand", where=where)
