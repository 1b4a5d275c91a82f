"""Appeals: a verdict that never happened. What followed from it is replayed with the next cycle.

An appeal upheld annuls a verdict of one month; the ladder is replayed from there, and money lost by
the mistake comes as arrears. The closed cycle keeps what it said.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine import registry
from cct_engine.cycle.moments import today_of
from cct_engine.cycle.record import CycleError, by_code
from cct_engine.entitlement import verdicts
from cct_engine.entitlement.kept import kept_cycle
from cct_engine.people import Permission, Role, accountable, acts, authorise

if TYPE_CHECKING:
    from cct_engine.cycle.desk import Desk
    from cct_engine.cycle.record import Cycle
    from cct_engine.entitlement import Verdict
    from cct_engine.rulebook.model_values import Span

__all__ = ["UPHOLD", "Appeal", "appeals", "uphold"]

UPHOLD: Final = Permission(
    "appeal.uphold",
    frozenset({Role.CASE_WORKER, Role.ADJUDICATOR}),
    differs_from=("prepared", "approved"),
)
_DECIDED: Final = ("approved", "released", "closed")
_REASON_MIN: Final = 10


class Appeal(NamedTuple):
    """An appeal that was upheld. ``condition`` is empty and ``person_id`` 0 where all is meant."""

    case_action_id: int
    household_id: int
    person_id: int
    cycle: str
    condition: str
    filed_on: date
    upheld_on: date
    officer_id: int


def uphold(
    desk: Desk,
    household_id: int,
    code: str,
    *,
    filed_on: date,
    reason: str,
    condition: str = "",
    person_id: int = 0,
) -> Appeal:
    """Annul what a decided cycle judged not met: one condition or all, one person or everybody.

    ``filed_on`` is the day the family objected: the law's window is counted to it from the day of
    the approval. Raises ``Refused`` for whoever signed the cycle, ``CycleError`` when the law knows
    no appeal, the window is over, or nothing was judged not met. The same appeal again is a no-op.
    """
    at = desk.clock.now()
    with accountable(
        desk.database,
        at=at,
        officer_id=desk.officer_id,
        verb="appeal.uphold",
        subject=f"cycle/{code}/household/{household_id}",
        refusals=(CycleError,),
    ) as deed:
        connection = deed.connection
        cycle = by_code(connection, code)
        authorise(
            connection,
            UPHOLD,
            officer_id=desk.officer_id,
            at=at,
            programme=cycle.programme,
            earlier={"prepared": [cycle.prepared_by], "approved": [cycle.approved_by]},
        )
        _refuse_reason(reason)
        judged = _refuse_unheard(
            connection, desk, cycle, household_id, condition=condition, person_id=person_id
        )
        _refuse_late(connection, desk, cycle, filed_on)
        if (known := _known(connection, cycle, household_id, condition, person_id)) is not None:
            deed.recorded = False
            return known
        today = today_of(connection, cycle, at)
        deed.detail |= {"judged": len(judged), "filed_on": filed_on.isoformat()}
        return _written(
            connection,
            desk,
            cycle,
            Appeal(0, household_id, person_id, code, condition, filed_on, today, desk.officer_id),
            reason,
        )


def appeals(connection: sa.Connection, household_id: int | None = None) -> tuple[Appeal, ...]:
    """Return the appeals upheld, oldest first, of all households or of one."""
    rows = connection.execute(sa.text(_LISTED), {"household_id": household_id})
    return tuple(Appeal(*row) for row in rows)


def _refuse_reason(reason: str) -> None:
    if len(reason.strip()) < _REASON_MIN:
        raise CycleError(
            f"The reason has {len(reason.strip())} characters. Write at least {_REASON_MIN}: what "
            "was shown that proves the verdict wrong. Nothing was annulled."
        )


def _refuse_unheard(
    connection: sa.Connection,
    desk: Desk,
    cycle: Cycle,
    household_id: int,
    *,
    condition: str,
    person_id: int,
) -> list[Verdict]:
    """Return the verdicts that are annulled."""
    if cycle.state.value not in _DECIDED:
        raise CycleError(
            f"{cycle.code} is {cycle.state.value}: nothing was decided yet that one could appeal "
            "against. Correct the report itself before the cut-off. Nothing was annulled."
        )
    kept = kept_cycle(connection, desk.home, cycle.code)
    found = [
        verdict
        for verdict in verdicts(kept.run, household_id)
        if verdict.verdict == "not_met"
        and condition in ("", verdict.condition)
        and person_id in (0, verdict.subject_id)
    ]
    replayed = connection.execute(
        sa.text(
            "SELECT EXISTS (SELECT FROM cycle.corrected_household WHERE household_id = :household"
            " AND from_month <= :month AND :month < found_month)"
        ),
        {"household": household_id, "month": kept.pins.first_month},
    ).scalar_one()
    if not found and not replayed:
        raise CycleError(
            f"{cycle.code} judged nothing 'not met' of household {household_id}"
            f"{f' in {condition}' if condition else ''}"
            f"{f' of person {person_id}' if person_id else ''}: there is nothing to annul. "
            f"`cct explain {household_id} {cycle.code}` shows what was judged."
        )
    return found


def _refuse_late(connection: sa.Connection, desk: Desk, cycle: Cycle, filed_on: date) -> None:
    law = kept_cycle(connection, desk.home, cycle.code).law.law
    if law.appeals is None:
        raise CycleError(
            f"The law of {cycle.code} grants no appeal; its rulebook has no section `appeals`. "
            "Nothing was annulled."
        )
    if cycle.approved_at is None:
        raise ValueError(f"{cycle.code} is {cycle.state.value} and was never approved.")
    decided = today_of(connection, cycle, cycle.approved_at)
    last = decided + timedelta(days=_days(law.appeals.window, cycle))
    if not decided <= filed_on <= last:
        raise CycleError(
            f"The family objected on {filed_on:%d %b %Y}; against {cycle.code}, decided on "
            f"{decided:%d %b %Y}, it could until {last:%d %b %Y}. Nothing was annulled."
        )


def _days(span: Span, cycle: Cycle) -> int:
    """Return a window in days; a month of it has thirty-one, in favour of the family."""
    months = {"month": 1, "cycle": cycle.month_count}
    return span.length * 31 * months[span.unit] if span.unit in months else span.length


def _known(
    connection: sa.Connection, cycle: Cycle, household_id: int, condition: str, person_id: int
) -> Appeal | None:
    for appeal in appeals(connection, household_id):
        if (appeal.cycle, appeal.condition, appeal.person_id) == (
            cycle.code,
            condition,
            person_id,
        ):
            return appeal
    return None


def _written(
    connection: sa.Connection, desk: Desk, cycle: Cycle, appeal: Appeal, reason: str
) -> Appeal:
    """Write the event for every month the cycle judged."""
    registry.stand_still(connection)
    act = acts.record(
        connection,
        at=desk.clock.now(),
        officer_id=desk.officer_id,
        verb="appeal.annul",
        subject=f"household/{appeal.household_id}",
        outcome="done",
        detail={"cycle": cycle.code, "reason": reason.strip()},
    )
    first = connection.execute(
        sa.text(_INSERT),
        {
            "programme_id": cycle.programme_id,
            "household_id": appeal.household_id,
            "subject_id": appeal.person_id,
            "on_date": appeal.upheld_on,
            "filed_on": appeal.filed_on,
            "period": cycle.period,
            "months": cycle.month_count,
            "detail": appeal.condition,
            "officer_id": desk.officer_id,
            "known_at": registry.known_instant(connection, desk.clock.now()),
            "act_id": act.act_id,
        },
    ).scalar()
    return appeal._replace(case_action_id=int(str(first)))


_INSERT = """
WITH written AS (
    INSERT INTO compliance.case_action (case_action_id, programme_id, household_id, subject_id,
        code, on_date, from_period, for_period, detail, officer_id, known_from, source_id,
        collected_on, basis, act_id)
    SELECT (SELECT coalesce(max(case_action_id), 0) FROM compliance.case_action) + 1 + n,
           :programme_id, :household_id, :subject_id, 'annul', :on_date, :period,
           CAST(CAST(:period AS date) + make_interval(months => n) AS date), :detail, :officer_id,
           :known_at, (SELECT source_id FROM registry.source WHERE code = 'registry'), :filed_on,
           'document_seen', :act_id
    FROM generate_series(0, :months - 1) AS n
    RETURNING case_action_id
)
SELECT min(case_action_id) FROM written"""

_LISTED = """
SELECT min(a.case_action_id), a.household_id, a.subject_id, c.code, a.detail, a.collected_on,
       a.on_date, a.officer_id
FROM compliance.case_action a
JOIN cycle.cycle c ON c.programme_id = a.programme_id AND a.for_period >= c.period
     AND a.for_period < c.period + make_interval(months => c.month_count)
WHERE a.code = 'annul' AND a.known_to = 'infinity'
  AND a.household_id = coalesce(CAST(:household_id AS bigint), a.household_id)
GROUP BY a.household_id, a.subject_id, c.code, a.detail, a.collected_on, a.on_date, a.officer_id
ORDER BY 1"""
