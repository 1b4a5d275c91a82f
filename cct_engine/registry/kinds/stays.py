"""Stays: which household a person is counted in, and since when.

A person is counted in one household at a time. A stay that overlaps one elsewhere is written as
``claimed`` and counts for nothing until the other one ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.registry.intake.stage import work_table

if TYPE_CHECKING:
    from datetime import date

    from cct_engine.registry.bitemporal import Stamp

__all__ = ["write_stays"]

_OPEN = "known_to = 'infinity'"
_COLUMNS = (
    "person_id, household_id, status, relationship, responsible, valid_from, valid_to,"
    " known_from, source_id, collected_on, basis, act_id"
)
_STAMP = "CAST(:known_at AS timestamptz), :source_id, CAST(:collected_on AS date), :basis, :act_id"


def write_stays(connection: sa.Connection, rows: str, collected_on: date, stamp: Stamp) -> None:
    """Write the stays of ``pg_temp.<rows>`` (person, household, joined_on, left_on, …).

    A stay that overlaps a known one in the same household corrects it. Adds the numbers of rows
    that changed something to ``pg_temp.written``.
    """
    bound = stamp.bound() | {"collected_on": collected_on}
    work_table(
        connection,
        "stay",
        f"""
        SELECT s.row_number, s.person_id, s.household_id, s.joined_on AS valid_from,
               coalesce(s.left_on, 'infinity') AS valid_to,
               coalesce(s.relationship, k.relationship) AS relationship,
               coalesce(s.responsible, k.responsible, false) AS responsible
        FROM pg_temp.{rows} s
        LEFT JOIN LATERAL (
            SELECT m.relationship, m.responsible, m.valid_from, m.valid_to
                FROM registry.membership m
            WHERE m.person_id = s.person_id AND m.household_id = s.household_id AND m.{_OPEN}
              AND m.status <> 'guest' AND m.valid_from < coalesce(s.left_on, 'infinity')
              AND s.joined_on < m.valid_to
            ORDER BY m.valid_from DESC LIMIT 1) k ON true
        WHERE k.valid_from IS NULL
           OR (k.valid_from, k.valid_to)
              IS DISTINCT FROM (s.joined_on, coalesce(s.left_on, 'infinity'))
           OR coalesce(s.relationship, k.relationship) IS DISTINCT FROM k.relationship
           OR coalesce(s.responsible, k.responsible) IS DISTINCT FROM k.responsible""",
    )
    connection.execute(
        sa.text(f"""
            UPDATE registry.membership m SET known_to = CAST(:known_at AS timestamptz)
                FROM pg_temp.stay s
            WHERE m.person_id = s.person_id AND m.household_id = s.household_id AND m.{_OPEN}
              AND m.status <> 'guest' AND m.valid_from < s.valid_to
                AND s.valid_from < m.valid_to"""),
        bound,
    )
    connection.execute(
        sa.text(f"""
            INSERT INTO registry.membership ({_COLUMNS})
            SELECT person_id, household_id,
                   CASE WHEN e.row_number IS NOT NULL OR earlier_end > valid_from THEN 'claimed'
                        ELSE 'counted' END,
                   relationship, responsible, valid_from, valid_to, {_STAMP}
            FROM (SELECT *, max(valid_to) OVER earlier AS earlier_end FROM pg_temp.stay
                  WINDOW earlier AS (PARTITION BY person_id ORDER BY valid_from, row_number
                                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) c
            LEFT JOIN (SELECT DISTINCT s.row_number FROM pg_temp.stay s
                       JOIN registry.membership m ON m.person_id = s.person_id AND m.{_OPEN}
                            AND m.status = 'counted' AND m.valid_from < s.valid_to
                            AND s.valid_from < m.valid_to) e USING (row_number)
            ORDER BY person_id"""),
        bound,
    )
    _count_claims(connection, bound)
    connection.execute(sa.text("INSERT INTO pg_temp.written SELECT row_number FROM pg_temp.stay"))


def _count_claims(connection: sa.Connection, bound: dict[str, object]) -> None:
    """Count the claimed stays that nothing contradicts any more: the other household let go."""
    work_table(
        connection,
        "claim",
        f"""
        SELECT DISTINCT ON (m.person_id) m.*
        FROM registry.membership m
        JOIN (SELECT DISTINCT person_id FROM pg_temp.stay) s USING (person_id)
        WHERE m.{_OPEN} AND m.status = 'claimed' AND NOT EXISTS (
            SELECT FROM registry.membership o
            WHERE o.person_id = m.person_id AND o.{_OPEN} AND o.status = 'counted'
              AND o.valid_from < m.valid_to AND m.valid_from < o.valid_to)
        ORDER BY m.person_id, m.valid_from""",
    )
    connection.execute(
        sa.text(f"""
            UPDATE registry.membership m SET known_to = CAST(:known_at AS timestamptz)
                FROM pg_temp.claim c
            WHERE m.person_id = c.person_id AND m.household_id = c.household_id
              AND m.valid_from = c.valid_from AND m.{_OPEN}"""),
        bound,
    )
    connection.execute(
        sa.text(f"""
            INSERT INTO registry.membership ({_COLUMNS})
            SELECT person_id, household_id, 'counted', relationship, responsible, valid_from,
                   valid_to, CAST(:known_at AS timestamptz), source_id, collected_on, basis,
                   :act_id
            FROM pg_temp.claim ORDER BY person_id"""),
        bound,
    )
