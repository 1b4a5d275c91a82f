"""Overrides: paying against a finding, with a reason, by two persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.cycle import record
from cct_engine.cycle.checks import holding
from cct_engine.cycle.checks.step import rewrite
from cct_engine.cycle.desk import run
from cct_engine.cycle.record import CycleError

if TYPE_CHECKING:
    from cct_engine.cycle.desk import Desk, StepReport, Work

__all__ = ["confirm_override", "propose_override"]

_REASON_MIN = 10


def propose_override(desk: Desk, code: str, finding_id: int, *, reason: str) -> StepReport:
    """Propose to pay although a finding stands; nothing changes until somebody else confirms.

    ``reason`` has 10 characters or more, for an auditor who reads it in five years.
    """

    def body(work: Work) -> None:
        if len(reason.strip()) < _REASON_MIN:
            raise CycleError(
                f"The reason has {len(reason.strip())} characters. Write at least {_REASON_MIN}, "
                "so that an auditor understands it in five years. Nothing was proposed."
            )
        with work.last_transaction() as connection:
            _refuse_closed(connection, work, finding_id)
            written = connection.execute(
                sa.text(
                    "INSERT INTO cycle.override (override_id, finding_id, reason, proposed_by,"
                    " proposed_at) SELECT coalesce(max(override_id), 0) + 1, :finding_id, :reason,"
                    " :officer_id, :at FROM cycle.override ON CONFLICT DO NOTHING"
                ),
                {
                    "finding_id": finding_id,
                    "reason": reason.strip(),
                    "officer_id": desk.officer_id,
                    "at": work.at,
                },
            )
            if written.rowcount != 1:
                raise CycleError(
                    f"An override of finding {finding_id} is proposed already; another officer "
                    "confirms it. Nothing was proposed twice."
                )
            work.detail["finding_id"] = finding_id
            work.move(connection)
        work.sentence = f"Finding {finding_id} waits for a second officer to confirm the override."

    return run(desk, code, "propose override", body)


def confirm_override(desk: Desk, code: str, finding_id: int) -> StepReport:
    """Confirm an override as the second officer: the family's lines are as calculated again.

    A family that another finding holds stays held.
    """

    def body(work: Work) -> None:
        with work.last_transaction() as connection:
            _refuse_closed(connection, work, finding_id)
            confirmed = connection.execute(
                sa.text(
                    "UPDATE cycle.override SET confirmed_by = :officer_id, confirmed_at = :at "
                    "WHERE finding_id = :finding_id AND confirmed_by IS NULL"
                ),
                {"finding_id": finding_id, "officer_id": desk.officer_id, "at": work.at},
            )
            if confirmed.rowcount != 1:
                raise CycleError(
                    f"No override of finding {finding_id} waits to be confirmed; one is proposed "
                    "first, by another officer. Nothing was confirmed."
                )
            connection.execute(
                sa.text(
                    "UPDATE cycle.finding SET state = 'overridden' WHERE finding_id = :finding_id"
                ),
                {"finding_id": finding_id},
            )
            work.detail["finding_id"] = finding_id
            work.move(connection)
            holding.undo(connection, work.cycle.cycle_id)
            rewrite(connection, work)
        work.sentence = f"Finding {finding_id} is overridden; it stands on the approval sheet."

    return run(desk, code, "confirm override", body, proposed=_proposer(desk, code, finding_id))


def _proposer(desk: Desk, code: str, finding_id: int) -> int | None:
    with desk.database.transaction() as connection:
        return connection.execute(
            sa.text(
                "SELECT o.proposed_by FROM cycle.override o JOIN cycle.finding f USING (finding_id)"
                " JOIN cycle.cycle c USING (cycle_id) WHERE o.finding_id = :finding_id"
                " AND c.code = :code"
            ),
            {"finding_id": finding_id, "code": code},
        ).scalar()


def _refuse_closed(connection: sa.Connection, work: Work, finding_id: int) -> None:
    """Refuse a finding that is not an open one of this cycle."""
    cycle = record.by_id(connection, work.cycle.cycle_id)
    state = connection.execute(
        sa.text(
            "SELECT state FROM cycle.finding WHERE finding_id = :finding_id "
            "AND cycle_id = :cycle_id FOR UPDATE"
        ),
        {"finding_id": finding_id, "cycle_id": cycle.cycle_id},
    ).scalar()
    if state != "open":
        raise CycleError(
            f"Finding {finding_id} of {cycle.code} is {state or 'not known'}, not open. There is "
            "nothing to override."
        )
