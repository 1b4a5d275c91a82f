"""Reports of deaths: a claim until a register entry confirms it.

A report with a civil register number is confirmed. Any other is reported: nothing is taken from
the family before a person has looked (``registry.death_reports``).
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

__all__ = ["DEATHS"]


def _prepare(intake: Intake) -> int:
    connection = intake.connection
    work_table(
        connection,
        "resolved",
        """
        SELECT s.*, p.person_id, coalesce(s.register, '') AS register_ref, d.report_id,
               d.state AS known_state, d.died_on AS known_died_on, d.register_ref AS known_ref,
               d.source_id = :source_id AS same_source
        FROM pg_temp.stage s
        LEFT JOIN registry.person_reference p ON p.issued_by = :issued_by AND p.reference = s.person
        LEFT JOIN registry.death_report d ON d.person_id = p.person_id
            AND d.known_to = 'infinity'""",
        intake.parameters,
    )
    again = "known_state = 'refuted' AND same_source AND register_ref = ''"
    reject(
        connection,
        "resolved",
        [
            RowRule("person", "unknown_reference", "person_id IS NULL"),
            RowRule("died_on", "refuted_before", again),
        ],
    )
    drop_rejected(connection, "resolved")
    return settle_doubles(
        connection,
        "resolved",
        key=["person_id"],
        values=["died_on", "register_ref"],
        field="person",
        last_wins=intake.declaration.conflicts == "last_wins",
    )


def _write(intake: Intake, stamp: Stamp) -> Written:
    """A weaker claim never replaces a confirmed death; a register entry replaces any claim."""
    connection = intake.connection
    work_table(
        connection,
        "report",
        """
        SELECT r.*, CAST(coalesce(r.report_id, CASE WHEN r.report_id IS NULL THEN
                   (SELECT coalesce(max(d.report_id), 0) FROM registry.death_report d)
                   + row_number() OVER (PARTITION BY r.report_id IS NULL ORDER BY r.row_number) END)
                   AS bigint) AS kept_id
        FROM pg_temp.resolved r
        WHERE r.report_id IS NULL OR (r.register_ref <> '' AND (r.known_state <> 'confirmed'
              OR r.died_on <> r.known_died_on OR r.register_ref <> r.known_ref))
           OR (r.register_ref = '' AND r.known_state IN ('reported', 'notified', 'refuted')
               AND r.died_on <> r.known_died_on)""",
    )
    bound = stamp.bound() | {"collected_on": intake.collected_on}
    connection.execute(
        sa.text("""
            UPDATE registry.death_report d SET known_to = CAST(:known_at AS timestamptz)
            FROM pg_temp.report r WHERE d.report_id = r.report_id AND d.known_to = 'infinity'"""),
        bound,
    )
    loaded = connection.execute(
        sa.text("""
            INSERT INTO registry.death_report (report_id, person_id, died_on, register_ref, state,
                known_from, source_id, collected_on, basis, act_id)
            SELECT kept_id, person_id, died_on, register_ref,
                   CASE WHEN register_ref = '' THEN 'reported' ELSE 'confirmed' END,
                   CAST(:known_at AS timestamptz), :source_id, CAST(:collected_on AS date),
                   :basis, :act_id
            FROM pg_temp.report ORDER BY kept_id"""),
        bound,
    ).rowcount
    return Written(loaded, scalar(connection, "SELECT count(*) FROM pg_temp.resolved") - loaded)


DEATHS = FeedKind(
    name="deaths",
    fields=(
        Field("person", FieldType.REFERENCE, required=True),
        Field("died_on", FieldType.DATE, required=True),
        Field("register", FieldType.TEXT),
    ),
    rules=(RowRule("died_on", "in_the_future", "died_on > :collected_on"),),
    prepare=_prepare,
    write=_write,
    tables=("registry.death_report",),
)
