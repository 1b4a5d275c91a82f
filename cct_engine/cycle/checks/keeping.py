"""The findings of a cycle: what a check selected becomes rows that keep what officers decided.

A finding that was there stays what it is (an override stays an override); one that is gone becomes
``resolved``; a new one is numbered after the last, in the order of code, household and subjects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Finding", "findings", "merge", "stage"]

_LOCK = 0x63_63_74_66_69_6E_64  # "cctfind": findings are numbered by one writer at a time

_STAGE = """
    CREATE TEMP TABLE found (
        code text NOT NULL, effect text NOT NULL, household_id bigint,
        subject_a bigint NOT NULL DEFAULT 0, subject_b bigint NOT NULL DEFAULT 0,
        evidence jsonb NOT NULL DEFAULT '{}',
        UNIQUE NULLS NOT DISTINCT (code, household_id, subject_a, subject_b)
    ) ON COMMIT DROP
"""

_SAME = """f.code = n.code AND f.household_id IS NOT DISTINCT FROM n.household_id
           AND f.subject_a = n.subject_a AND f.subject_b = n.subject_b"""

_MERGE = (
    f"""
    UPDATE cycle.finding f SET state = 'resolved'
    WHERE f.cycle_id = :cycle_id AND f.state IN ('open', 'overridden')
      AND NOT EXISTS (SELECT FROM found n WHERE {_SAME})
    """,
    f"""
    UPDATE cycle.finding f
    SET effect = n.effect, evidence = n.evidence,
        state = CASE WHEN f.state <> 'resolved' THEN f.state
                     WHEN EXISTS (SELECT FROM cycle.override o WHERE o.finding_id = f.finding_id
                                  AND o.confirmed_by IS NOT NULL) THEN 'overridden'
                     ELSE 'open' END
    FROM found n WHERE f.cycle_id = :cycle_id AND {_SAME}
    """,
    f"""
    INSERT INTO cycle.finding (finding_id, cycle_id, code, effect, household_id, subject_a,
                               subject_b, evidence, found_at)
    SELECT (SELECT coalesce(max(finding_id), 0) FROM cycle.finding)
               + row_number() OVER (ORDER BY n.code, n.household_id, n.subject_a, n.subject_b),
           :cycle_id, n.code, n.effect, n.household_id, n.subject_a, n.subject_b, n.evidence, :at
    FROM found n
    WHERE NOT EXISTS (SELECT FROM cycle.finding f WHERE f.cycle_id = :cycle_id AND {_SAME})
    """,
)


class Finding(NamedTuple):
    """What a check found. ``household_id`` None: it is about the whole cycle.

    ``state`` is open, overridden, resolved or distinct; ``proposed_by`` tells that an override
    waits for a second officer.
    """

    finding_id: int
    code: str
    effect: str
    household_id: int | None
    subject_a: int
    subject_b: int
    evidence: Mapping[str, Any]
    state: str
    proposed_by: int | None


def findings(
    connection: sa.Connection, code: str, *, code_of_check: str | None = None, count_max: int = 1000
) -> list[Finding]:
    """Return the findings of the cycle ``code``, blocking ones first, those resolved left out."""
    rows = connection.execute(
        sa.text(
            "SELECT f.finding_id, f.code, f.effect, f.household_id, f.subject_a, f.subject_b,"
            " f.evidence, f.state, o.proposed_by FROM cycle.finding f"
            " JOIN cycle.cycle c USING (cycle_id) LEFT JOIN cycle.override o USING (finding_id)"
            " WHERE c.code = :code AND f.state <> 'resolved'"
            " AND f.code = coalesce(CAST(:check AS text), f.code)"
            " ORDER BY f.effect, f.finding_id LIMIT :count_max"
        ),
        {"code": code, "check": code_of_check, "count_max": count_max},
    )
    return [Finding._make(row) for row in rows]


def stage(connection: sa.Connection) -> None:
    """Make the empty table ``found`` that checks insert into; it ends with the transaction."""
    connection.execute(sa.text("DROP TABLE IF EXISTS found"))
    connection.execute(sa.text(_STAGE))


def merge(connection: sa.Connection, cycle_id: int, *, at: datetime) -> dict[str, int]:
    """Take what stands in ``found`` as the findings of the cycle; return how many by effect."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    for statement in _MERGE:
        connection.execute(sa.text(statement), {"cycle_id": cycle_id, "at": at})
    rows = connection.execute(
        sa.text(
            "SELECT effect, count(*) FROM cycle.finding WHERE cycle_id = :cycle_id "
            "AND state = 'open' GROUP BY effect ORDER BY effect"
        ),
        {"cycle_id": cycle_id},
    )
    return {effect: int(found) for effect, found in rows}
