"""What becomes of a report that somebody died: notified, confirmed or refuted, never forgotten.

A report alone takes nothing from a family. It is confirmed by an entry of the civil register (the
feed of deaths does that) or by a visit and a second officer; a refuted one stays on record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.people import acts
from cct_engine.registry.account_changes import SecondPersonNeeded
from cct_engine.registry.intake.writer import known_instant, next_id, stand_still

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["UnknownReport", "confirm_death", "refute_death"]


class UnknownReport(LookupError):  # noqa: N818 - it says what was not found
    """There is no such report of a death, or it is decided already."""


def confirm_death(
    connection: sa.Connection,
    *,
    report_id: int,
    at: datetime,
    officer_id: int,
    second_officer_id: int,
    evidence: str,
) -> int:
    """Confirm a reported death after a visit; return the decision's id.

    ``evidence`` is a document or visit number, never its content. Raises SecondPersonNeeded when
    both officers are one, UnknownReport when the report does not wait for a decision.
    """
    if officer_id == second_officer_id:
        raise SecondPersonNeeded(
            "A death is confirmed by two officers: it may end what a family lives on. Ask another."
        )
    return _decide(
        connection,
        report_id,
        "confirmed",
        at=at,
        officer_id=officer_id,
        second_officer_id=second_officer_id,
        evidence=evidence,
    )


def refute_death(
    connection: sa.Connection, *, report_id: int, at: datetime, officer_id: int, evidence: str
) -> int:
    """Refute a reported death: the person lives; return the decision's id.

    The same source cannot report it again without a register entry. Raises UnknownReport.
    """
    return _decide(
        connection,
        report_id,
        "refuted",
        at=at,
        officer_id=officer_id,
        second_officer_id=None,
        evidence=evidence,
    )


def _decide(
    connection: sa.Connection,
    report_id: int,
    state: str,
    *,
    at: datetime,
    officer_id: int,
    second_officer_id: int | None,
    evidence: str,
) -> int:
    stand_still(connection)
    known_at = known_instant(connection, at)
    closed = _close(connection, report_id, known_at)
    act = acts.record(
        connection,
        at=at,
        officer_id=officer_id,
        verb=f"death_{state}",
        subject=f"death_report:{report_id}",
        outcome="done",
        detail={"evidence": evidence},
    )
    decision_id = next_id(connection, "registry.decision", "decision_id")
    bound = {
        **closed,
        "decision_id": decision_id,
        "kind": f"death_{state}",
        "state": state,
        "officer_id": officer_id,
        "second_officer_id": second_officer_id,
        "known_at": known_at,
        "day": known_at.date(),
        "evidence": evidence,
        "act_id": act.act_id,
    }
    connection.execute(
        sa.text("""
            INSERT INTO registry.decision (decision_id, person_id, kind, reason_code, evidence,
                officer_id, second_officer_id, decided_at, effective_on, act_id)
            VALUES (:decision_id, :person_id, :kind, :state,
                jsonb_build_object('seen', CAST(:evidence AS text)), :officer_id,
                :second_officer_id, :known_at, :day, :act_id)"""),
        bound,
    )
    connection.execute(
        sa.text("""
            INSERT INTO registry.death_report (report_id, person_id, died_on, register_ref, state,
                decision_id, known_from, source_id, collected_on, basis, act_id)
            VALUES (:report_id, :person_id, :died_on, :register_ref, :state, :decision_id,
                :known_at, :source_id, :day, 'visited', :act_id)"""),
        bound,
    )
    return decision_id


def _close(connection: sa.Connection, report_id: int, known_at: datetime) -> dict[str, object]:
    """Close a report that waits; only one decision can do that."""
    closed = (
        connection.execute(
            sa.text("""
                UPDATE registry.death_report SET known_to = :known_at
                WHERE report_id = :report_id AND known_to = 'infinity'
                  AND state IN ('reported', 'notified')
                RETURNING report_id, person_id, died_on, register_ref, source_id"""),
            {"report_id": report_id, "known_at": known_at},
        )
        .mappings()
        .one_or_none()
    )
    if closed is None:
        raise UnknownReport(
            f"There is no report {report_id} of a death that waits for a decision. Look it up "
            "again: somebody may have decided it."
        )
    return dict(closed)
