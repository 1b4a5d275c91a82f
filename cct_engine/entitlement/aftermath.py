"""What the database says of one household in one cycle: its list, and what became of the money."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from cct_engine.entitlement.explanation import ExplainedLine, LadderState, Notice
from cct_engine.rulebook import Month

__all__ = ["Aftermath", "aftermath"]


class Aftermath(NamedTuple):
    """The stored figures and lines with their payments, ladders, findings and holds."""

    figures: dict[str, Any]
    lines: tuple[ExplainedLine, ...]
    states: tuple[LadderState, ...]
    notices: tuple[Notice, ...]


def aftermath(connection: sa.Connection, *, cycle_id: int, household_id: int) -> Aftermath | None:
    """Return what is stored of a household in a cycle; None when it has no result there."""
    ids = {"cycle_id": cycle_id, "household_id": household_id}
    figures = connection.execute(sa.text(_FIGURES), ids).one_or_none()
    if figures is None:
        return None
    return Aftermath(
        dict(figures._mapping),  # noqa: SLF001 - SQLAlchemy's public name for a row's mapping
        tuple(ExplainedLine(*row) for row in connection.execute(sa.text(_LINES), ids)),
        tuple(_ladder(row) for row in connection.execute(sa.text(_STATES), ids)),
        tuple(Notice(*row) for row in connection.execute(sa.text(_NOTICES), ids)),
    )


def _ladder(row: sa.Row[Any]) -> LadderState:
    since, until = (
        "" if number is None else str(Month(number))
        for number in (row.since_month, row.until_month)
    )
    return LadderState(row.ladder, row.subject_id, row.state, since, until, row.caused_by)


_FIGURES = """
SELECT enrolment_id, member_count, gross_minor, arrears_minor, released_minor, recovery_minor,
       pay_now_minor, held_minor, withheld_minor, forfeited_minor, standing, sanction_state,
       payee_person_id
FROM cycle.household_result WHERE cycle_id = :cycle_id AND household_id = :household_id"""

_LINES = """
SELECT l.line_seq, l.source, l.component, l.person_id, l.pregnancy_id,
       to_char(l.for_period, 'YYYY-MM'), l.money_state, l.amount_minor, l.reason_code,
       coalesce(i.state, ''), coalesce(i.reason, ''), i.value_on
FROM cycle.entitlement_line AS l
LEFT JOIN LATERAL (
    SELECT i.state, i.reason, i.value_on
    FROM cycle.instruction_part AS p JOIN cycle.instruction AS i USING (instruction_id)
    WHERE p.cycle_id = l.cycle_id AND p.household_id = l.household_id AND p.line_seq = l.line_seq
    ORDER BY i.attempt DESC, i.instruction_id DESC LIMIT 1
) AS i ON true
WHERE l.cycle_id = :cycle_id AND l.household_id = :household_id
ORDER BY l.line_seq"""

_STATES = """
SELECT ladder, subject_id, state, since_month, until_month, caused_by
FROM cycle.effect_state WHERE cycle_id = :cycle_id AND household_id = :household_id
ORDER BY ladder, subject_id"""

_NOTICES = """
SELECT 'finding', code, effect, state FROM cycle.finding
WHERE cycle_id = :cycle_id AND household_id = :household_id
UNION ALL
SELECT 'hold', reason_kind, coalesce(component, 'all lines'),
       CASE WHEN released_in IS NULL THEN 'open' ELSE 'released' END
FROM cycle.hold WHERE household_id = :household_id
     AND cycle_id = :cycle_id
ORDER BY 1, 2, 3, 4"""
