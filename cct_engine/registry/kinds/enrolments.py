"""Lists of programmes, ours and others': who entered, who left, who applied.

One decision stands for all rows of a file with the same programme and reason; an application is a
decision of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.registry.intake.fields import FeedKind, Field, FieldType, RowRule, Written
from cct_engine.registry.intake.stage import (
    drop_rejected,
    reject,
    scalar,
    settle_doubles,
    work_table,
)

if TYPE_CHECKING:
    from cct_engine.registry.bitemporal import Stamp
    from cct_engine.registry.intake.fields import Intake

__all__ = ["ENROLMENTS"]

_APPLIED = "applied"


def _prepare(intake: Intake) -> int:
    connection = intake.connection
    work_table(
        connection,
        "resolved",
        """
        SELECT s.*, g.programme_id, h.household_id, p.person_id,
               coalesce(p.person_id, 0) AS whom
        FROM pg_temp.stage s
        LEFT JOIN registry.programme g ON g.code = s.programme
        LEFT JOIN registry.household_reference h ON h.issued_by = :issued_by
            AND h.reference = s.household
        LEFT JOIN registry.person_reference p ON p.issued_by = :issued_by
            AND p.reference = s.person""",
        intake.parameters,
    )
    reject(
        connection,
        "resolved",
        [
            RowRule("programme", "unknown_code", "programme_id IS NULL"),
            RowRule("household", "unknown_reference", "household_id IS NULL"),
            RowRule("person", "unknown_reference", "person IS NOT NULL AND person_id IS NULL"),
        ],
    )
    drop_rejected(connection, "resolved")
    repeated = settle_doubles(
        connection,
        "resolved",
        key=["household_id", "programme_id", "whom", "entered_on"],
        values=["exited_on", "reason", "applied_on", "entitled_from"],
        field="household",
        last_wins=intake.declaration.conflicts == "last_wins",
    )
    _refuse_contradictions(connection)
    return repeated


def _refuse_contradictions(connection: sa.Connection) -> None:
    """Compare with the list as it is known: the open enrolment, or the same one, ended."""
    work_table(
        connection,
        "listed",
        """
        SELECT r.*, o.enrolment_id, o.valid_from AS open_from, e.enrolment_id AS ended_id,
               e.valid_to AS ended_on,
               coalesce(r.reason, '') = 'applied' AS is_application
        FROM pg_temp.resolved r
        LEFT JOIN registry.enrolment o ON o.programme_id = r.programme_id
              AND o.household_id = r.household_id AND o.person_id IS NOT DISTINCT FROM r.person_id
              AND o.known_to = 'infinity' AND o.valid_to = 'infinity'
        LEFT JOIN registry.enrolment e ON e.programme_id = r.programme_id
              AND e.household_id = r.household_id AND e.person_id IS NOT DISTINCT FROM r.person_id
              AND e.known_to = 'infinity' AND e.valid_to <> 'infinity'
                AND e.valid_from = r.entered_on""",
    )
    other_day = "NOT is_application AND enrolment_id IS NOT NULL AND open_from <> entered_on"
    ended_otherwise = (
        "NOT is_application AND ended_id IS NOT NULL AND ended_on IS DISTINCT FROM exited_on"
    )
    reject(
        connection,
        "listed",
        [
            RowRule("entered_on", "enrolled_already", f"{other_day} AND exited_on IS NULL"),
            RowRule(
                "exited_on",
                "not_enrolled",
                f"{other_day} AND exited_on IS NOT NULL AND ended_id IS NULL",
            ),
            RowRule("entered_on", "left_already", ended_otherwise),
        ],
    )
    drop_rejected(connection, "listed")


def _write(intake: Intake, stamp: Stamp) -> Written:
    connection = intake.connection
    bound = stamp.bound() | {
        "collected_on": intake.collected_on,
        "officer_id": intake.parameters["officer_id"],
        "article": intake.declaration.article,
    }
    applied = _write_applications(connection, bound)
    work_table(
        connection,
        "change",
        """
        SELECT l.*, coalesce(l.enrolment_id, CASE WHEN l.enrolment_id IS NULL THEN
                   (SELECT coalesce(max(e.enrolment_id), 0) FROM registry.enrolment e)
                   + row_number() OVER (PARTITION BY l.enrolment_id IS NULL
                       ORDER BY l.row_number) END)
                   AS kept_id
        FROM pg_temp.listed l
        WHERE NOT is_application AND ended_id IS NULL
          AND (enrolment_id IS NULL OR exited_on IS NOT NULL)""",
    )
    _write_decisions(connection, bound)
    connection.execute(
        sa.text("""
            UPDATE registry.enrolment e SET known_to = CAST(:known_at AS timestamptz)
            FROM pg_temp.change c WHERE e.enrolment_id = c.enrolment_id
                AND e.known_to = 'infinity'"""),
        bound,
    )
    changed = connection.execute(
        sa.text("""
            INSERT INTO registry.enrolment (enrolment_id, programme_id, household_id, person_id,
                applied_on, entitled_from, entered_by, exited_by, attributes, valid_from, valid_to,
                known_from, source_id, collected_on, basis, act_id)
            SELECT c.kept_id, c.programme_id, c.household_id, c.person_id,
                   coalesce(c.applied_on, w.applied_on), coalesce(c.entitled_from, w.entitled_from),
                   coalesce(w.entered_by, entry.decision_id), way_out.decision_id,
                   coalesce(w.attributes, '{}'), c.entered_on, coalesce(c.exited_on, 'infinity'),
                   CAST(:known_at AS timestamptz), :source_id, CAST(:collected_on AS date),
                   :basis, :act_id
            FROM pg_temp.change c
            LEFT JOIN registry.enrolment w ON w.enrolment_id = c.enrolment_id
                  AND w.known_to = CAST(:known_at AS timestamptz) AND w.valid_to = 'infinity'
            LEFT JOIN pg_temp.bulk entry ON entry.kind = 'entered'
                AND entry.programme_id = c.programme_id
                  AND entry.reason
                          = coalesce(CASE WHEN c.exited_on IS NULL THEN c.reason END, 'listed')
            LEFT JOIN pg_temp.bulk way_out ON way_out.kind = 'exit' AND c.exited_on IS NOT NULL
                  AND way_out.programme_id = c.programme_id
                  AND way_out.reason = coalesce(c.reason, 'left_list')
            ORDER BY c.kept_id"""),
        bound,
    ).rowcount
    loaded = applied + changed
    return Written(loaded, scalar(connection, "SELECT count(*) FROM pg_temp.listed") - loaded)


_NEXT_DECISION = (
    "CAST((SELECT coalesce(max(decision_id), 0) FROM registry.decision)"
    " + row_number() OVER (ORDER BY {order}) AS bigint) AS decision_id"
)


def _write_applications(connection: sa.Connection, bound: dict[str, object]) -> int:
    work_table(
        connection,
        "application",
        f"""
        SELECT l.*, {_NEXT_DECISION.format(order="l.row_number")} FROM pg_temp.listed l
        WHERE is_application AND NOT EXISTS (
            SELECT FROM registry.decision d
            WHERE d.kind = 'applied' AND d.household_id = l.household_id
              AND d.programme_id = l.programme_id AND d.person_id IS NOT DISTINCT FROM l.person_id
              AND d.effective_on = l.entered_on)""",
    )
    return connection.execute(
        sa.text("""
            INSERT INTO registry.decision (decision_id, programme_id, household_id, person_id, kind,
                reason_code, officer_id, decided_at, effective_on, act_id)
            SELECT decision_id, programme_id, household_id, person_id, 'applied', 'applied',
                   :officer_id, :known_at, entered_on, :act_id
            FROM pg_temp.application ORDER BY decision_id"""),
        bound,
    ).rowcount


def _write_decisions(connection: sa.Connection, bound: dict[str, object]) -> None:
    """Write one decision per programme, way in or out, and reason; enrolments name it."""
    work_table(
        connection,
        "bulk",
        f"""
        SELECT *, {_NEXT_DECISION.format(order="kind, programme_id, reason")} FROM (
            SELECT 'entered' AS kind, programme_id,
                   coalesce(CASE WHEN exited_on IS NULL THEN reason END, 'listed') AS reason,
                   min(entered_on) AS effective_on, count(*) AS row_count
            FROM pg_temp.change WHERE enrolment_id IS NULL GROUP BY 2, 3
            UNION ALL
            SELECT 'exit', programme_id, coalesce(reason, 'left_list'), min(exited_on), count(*)
            FROM pg_temp.change WHERE exited_on IS NOT NULL GROUP BY 2, 3) b""",
    )
    connection.execute(
        sa.text("""
            INSERT INTO registry.decision (decision_id, programme_id, kind, reason_code, article,
                evidence, officer_id, decided_at, effective_on, act_id)
            SELECT decision_id, programme_id, kind, reason, :article,
                   jsonb_build_object('enrolments', row_count), :officer_id, :known_at,
                   effective_on, :act_id
            FROM pg_temp.bulk ORDER BY decision_id"""),
        bound,
    )


ENROLMENTS = FeedKind(
    name="enrolments",
    fields=(
        Field("programme", FieldType.CODE, required=True),
        Field("household", FieldType.REFERENCE, required=True),
        Field("person", FieldType.REFERENCE),
        Field("entered_on", FieldType.DATE, required=True),
        Field("exited_on", FieldType.DATE),
        Field("reason", FieldType.CODE),
        Field("applied_on", FieldType.DATE),
        Field("entitled_from", FieldType.DATE),
    ),
    rules=(RowRule("exited_on", "ends_before_it_begins", "exited_on <= entered_on"),),
    prepare=_prepare,
    write=_write,
    tables=(
        "registry.enrolment",
        "registry.decision",
    ),
)
