"""The lists of a programme: households that enter and leave by a rule, many at a time.

A decision is the only door in and out. One row stands for all households of one call; each
enrolment names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from cct_engine.people import acts
from cct_engine.registry.intake.stage import scalar
from cct_engine.registry.intake.writer import known_instant, next_id, stand_still

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

__all__ = ["end", "enter"]


def enter(
    connection: sa.Connection,
    programme_id: int,
    households: sa.Select[Any] | sa.TextualSelect | Iterable[int],
    *,
    on: date,
    reason_code: str,
    article: str,
    at: datetime,
    officer_id: int,
    source: str = "registry",
) -> int:
    """Enrol households from a day on; return how many.

    ``households`` gives a column household_id. Those on the list already stay as they are. The new
    enrolments get their numbers in order of household_id.
    """
    _chosen(connection, households)
    connection.execute(
        sa.text(f"""
            DELETE FROM pg_temp.chosen c USING registry.enrolment e
            WHERE e.household_id = c.household_id AND {_OPEN}"""),
        {"programme_id": programme_id},
    )
    decision = _Decision(programme_id, "entered", on, reason_code, article, officer_id, source)
    bound = _decided(connection, decision, at)
    if bound is None:
        return 0
    return connection.execute(
        sa.text("""
            INSERT INTO registry.enrolment (enrolment_id, programme_id, household_id, applied_on,
                entered_by, valid_from, known_from, source_id, collected_on, basis, act_id)
            SELECT (SELECT coalesce(max(enrolment_id), 0) FROM registry.enrolment)
                   + row_number() OVER (ORDER BY c.household_id), :programme_id, c.household_id,
                   (SELECT max(d.effective_on) FROM registry.decision d WHERE d.kind = 'applied'
                    AND d.household_id = c.household_id AND d.programme_id = :programme_id),
                   :decision_id, :on, :known_at, :source_id, :on, 'imputed', :act_id
            FROM pg_temp.chosen c ORDER BY c.household_id"""),
        bound,
    ).rowcount


def end(
    connection: sa.Connection,
    programme_id: int,
    households: sa.Select[Any] | sa.TextualSelect | Iterable[int],
    *,
    on: date,
    reason_code: str,
    article: str,
    at: datetime,
    officer_id: int,
    source: str = "registry",
) -> int:
    """End the open enrolments of households; ``on`` is the first day they are off the list.

    ``article`` names the law that lets the exit take effect on that day; the database refuses an
    exit without notice and without article. Returns how many ended; those that were not enrolled,
    or only since ``on`` or later, are passed over.
    """
    _chosen(connection, households)
    connection.execute(
        sa.text(f"""
            DELETE FROM pg_temp.chosen c WHERE NOT EXISTS (
                SELECT FROM registry.enrolment e
                WHERE e.household_id = c.household_id AND {_OPEN} AND e.valid_from < :on)"""),
        {"programme_id": programme_id, "on": on},
    )
    decision = _Decision(programme_id, "exit", on, reason_code, article, officer_id, source)
    bound = _decided(connection, decision, at)
    if bound is None:
        return 0
    ended = connection.execute(
        sa.text(f"""
            UPDATE registry.enrolment e SET known_to = :known_at FROM pg_temp.chosen c
            WHERE e.household_id = c.household_id AND {_OPEN}"""),
        bound,
    ).rowcount
    written = connection.execute(
        sa.text("""
            INSERT INTO registry.enrolment (enrolment_id, programme_id, household_id, applied_on,
                entitled_from, entered_by, exited_by, attributes, valid_from, valid_to, known_from,
                source_id, collected_on, basis, act_id)
            SELECT e.enrolment_id, e.programme_id, e.household_id, e.applied_on, e.entitled_from,
                   e.entered_by, :decision_id, e.attributes, e.valid_from, :on, :known_at,
                   :source_id, :on, 'imputed', :act_id
            FROM registry.enrolment e JOIN pg_temp.chosen c USING (household_id)
            WHERE e.programme_id = :programme_id AND e.person_id IS NULL
              AND e.known_to = :known_at AND e.valid_to = 'infinity' ORDER BY e.enrolment_id"""),
        bound,
    ).rowcount
    if written != ended:
        raise AssertionError(
            f"{ended} enrolments were closed and {written} written as ended. A family would vanish "
            "from the list without a trace; nothing may be committed."
        )
    return ended


_OPEN = (
    "e.programme_id = :programme_id AND e.person_id IS NULL"
    " AND e.known_to = 'infinity' AND e.valid_to = 'infinity'"
)


class _Decision(NamedTuple):
    """Why households enter or leave, and who says so."""

    programme_id: int
    kind: str
    on: date
    reason_code: str
    article: str
    officer_id: int
    source: str


def _chosen(
    connection: sa.Connection, households: sa.Select[Any] | sa.TextualSelect | Iterable[int]
) -> None:
    stand_still(connection)
    connection.execute(sa.text("DROP TABLE IF EXISTS pg_temp.chosen"))
    connection.execute(
        sa.text("CREATE TEMP TABLE chosen (household_id bigint PRIMARY KEY) ON COMMIT DROP")
    )
    chosen = sa.table("chosen", sa.column("household_id", sa.BigInteger), schema="pg_temp")
    if isinstance(households, (sa.Select, sa.TextualSelect)):
        given = households.subquery("given")
        select = sa.select(given.c.household_id).distinct()
        connection.execute(sa.insert(chosen).from_select(["household_id"], select))
    else:
        numbers = sorted(set(households))
        connection.execute(
            sa.text("INSERT INTO pg_temp.chosen SELECT unnest(CAST(:numbers AS bigint[]))"),
            {"numbers": numbers},
        )


def _decided(
    connection: sa.Connection, decision: _Decision, at: datetime
) -> dict[str, object] | None:
    """Write the act and the decision for the households chosen; None if there are none."""
    count = scalar(connection, "SELECT count(*) FROM pg_temp.chosen")
    if not count:
        return None
    known_at = known_instant(connection, at)
    act = acts.record(
        connection,
        at=at,
        officer_id=decision.officer_id,
        verb=f"enrolment_{decision.kind}",
        subject=f"programme:{decision.programme_id}",
        outcome="done",
        detail={"count": count, "reason": decision.reason_code},
    )
    bound: dict[str, object] = {
        **decision._asdict(),
        "decision_id": next_id(connection, "registry.decision", "decision_id"),
        "count": count,
        "known_at": known_at,
        "source_id": scalar(
            connection,
            "SELECT source_id FROM registry.source WHERE code = :code",
            code=decision.source,
        ),
        "act_id": act.act_id,
    }
    connection.execute(
        sa.text("""
            INSERT INTO registry.decision (decision_id, programme_id, kind, reason_code, article,
                evidence, officer_id, decided_at, effective_on, act_id)
            VALUES (:decision_id, :programme_id, :kind, :reason_code, :article,
                jsonb_build_object('enrolments', CAST(:count AS bigint)), :officer_id, :known_at,
                :on, :act_id)"""),
        bound,
    )
    return bound
