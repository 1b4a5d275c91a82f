"""Who breached in this cycle, by which conditions, and whether anything was judged at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.plan import Layer, select
from cct_engine.rulebook.compiler.sqltext import bigint, disjunction, flag, literal
from cct_engine.rulebook.compiler.verdict_codes import MET, NOT_MET

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.verdicts import Judging, Verdicts
    from cct_engine.rulebook.model_rules import Ladder

__all__ = ["trip_layers"]


def trip_layers(name: str, ladder: Ladder, verdicts: Verdicts) -> list[Layer]:
    """Return who breached, who was judged at all, and by which conditions."""
    tripping = [j for j in verdicts.judgings if j.condition.breach.ladder == name]
    conditions = dict.fromkeys(judging.name for judging in tripping)
    sources = []
    for each in ("member", "household"):
        mine = [judging for judging in tripping if judging.condition.each == each]
        if mine:
            sources.append(_tripped(mine, each, tuple(conditions)))
    if not sources:
        columns = ["household_id", "subject_id", "subject_id AS breach", "subject_id AS judged"]
        columns.append("state AS why")
        return [Layer(f"trip_{name}", select(columns, "src_state", where="1 = 0"))]
    subject = "CAST(0 AS BIGINT)" if ladder.each == "household" else "subject_id"
    named = [f"CASE WHEN MAX(b_{c}) = 1 THEN {literal(';' + c)} ELSE '' END" for c in conditions]
    columns = [
        "household_id",
        f"{subject} AS subject_id",
        f"{bigint('MAX(breach)')} AS breach",
        f"{bigint('MAX(judged)')} AS judged",
        f"SUBSTR({' || '.join(named)}, 2) AS why",
    ]
    key = "household_id" if ladder.each == "household" else "household_id, subject_id"
    union = "\nUNION ALL\n".join(sources)
    return [Layer(f"trip_{name}", select(columns, f"({union}) AS t", group_by=key))]


def _tripped(judgings: list[Judging], each: str, conditions: tuple[str, ...]) -> str:
    not_met = disjunction(f"{j.column} = {NOT_MET}" for j in judgings)
    judged = disjunction(f"{j.column} IN ({MET}, {NOT_MET})" for j in judgings)
    columns = [
        "household_id",
        "subject_id",
        f"{flag(not_met)} AS breach",
        f"{flag(judged)} AS judged",
    ]
    for name in conditions:
        mine = [f"{j.column} = {NOT_MET}" for j in judgings if j.name == name]
        columns.append(f"{flag(disjunction(mine))} AS b_{name}")
    return select(
        columns, f"judged_{each}", where=disjunction(f"{j.column} <> 0" for j in judgings)
    )
