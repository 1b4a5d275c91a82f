"""What a ladder counts: breaches in a row, in a year, in the last cycles; and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.past import school_year_start

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.model_rules import Counter, Ladder

__all__ = ["counted", "ladder_words"]


def counted(plan: Plan, counter: Counter, before: str) -> str:
    """Return a counter after this period's trip, from its value before."""
    if counter.consecutive:
        unjudged = before if counter.not_judged == "keep" else "0"
        return f"CASE WHEN breach = 1 THEN {before} + 1 WHEN judged = 1 THEN 0 ELSE {unjudged} END"
    if counter.last is not None:
        span = 2**counter.last.length
        doubled = f"({before} * 2 + breach)"
        return f"{doubled} - CAST(DIV({doubled}, {span}) AS BIGINT) * {span}"
    start = plan.cycle.year * 12
    if counter.within == "school_year" and plan.law.school_year is not None:
        start = school_year_start(plan)
    return f"CASE WHEN a_month >= {start} THEN {before} ELSE 0 END + breach"


def ladder_words(plan: Plan, ladder: Ladder) -> dict[str, str]:
    """Return what the words of a ladder's steps stand for."""
    now = plan.cycle.number
    words = {"breach": "breach", "judged": "judged"}
    words["months_in_state"] = f"({now} - COALESCE(c_since, {now}))"
    words["months_in_phase"] = f"({now} - COALESCE(c_phase, {now}))"
    for number, (name, counter) in enumerate(ladder.counters.items(), start=1):
        words[name] = f"c_{number}" if counter.last is None else _ones(number, counter.last.length)
    return words


def _ones(number: int, length: int) -> str:
    """Return how many of the last cycles had a breach: the counter keeps one bit for each."""
    bits = []
    for place in range(length):
        high, low = f"DIV(c_{number}, {2**place})", f"DIV(c_{number}, {2 ** (place + 1)})"
        bits.append(f"CAST({high} AS BIGINT) - 2 * CAST({low} AS BIGINT)")
    return f"({' + '.join(bits)})"
