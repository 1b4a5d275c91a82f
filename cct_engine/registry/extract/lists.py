"""Which households a cycle reads: the list of its programme, other lists, and what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cct_engine.registry.extract.view import flag, month, shard_columns
from cct_engine.rulebook.sources import BUILT_IN

if TYPE_CHECKING:
    from cct_engine.registry.extract.view import View

__all__ = ["enrolled_elsewhere", "event", "household", "listed"]

_LEFT: Final = "left_voluntarily"
"""The event by which the rulebook knows that an enrolment has ended."""


def listed(view: View) -> str:
    """Households on the list, those that left it with money still open, and applicants.

    On the list is who is on it on some day of the month. An enrolment made after the programme's
    first cycle is entitled from its first day, unless the law said otherwise.
    """
    open_money = f"""
        SELECT FROM cycle.entitlement_line x JOIN cycle.cycle c USING (cycle_id)
        WHERE c.programme_id = {view.programme_id} AND x.household_id = e.household_id
          AND x.money_state IN ('held', 'withheld')
        UNION ALL
        SELECT FROM cycle.correction_line x
        WHERE x.household_id = e.household_id
          AND (x.arrears_minor <> 0 OR x.recoverable_minor <> 0)"""
    return f"""
        enrolled AS (
            SELECT DISTINCT ON (e.household_id) e.household_id, e.enrolment_id,
                   CASE WHEN e.valid_to > {view.month_start} THEN 1 ELSE 0 END AS enrolled,
                   e.valid_from AS enrolled_on,
                   coalesce(e.entitled_from, CASE WHEN e.valid_from >= (
                       SELECT min(c.period) FROM cycle.cycle c
                           WHERE c.programme_id = {view.programme_id}
                   ) THEN e.valid_from END) AS entitled_from,
                   e.applied_on
            FROM registry.enrolment e
            WHERE e.programme_id = {view.programme_id} AND e.household_id BETWEEN :first AND :last
              AND {view.known("e")} AND e.valid_from <= {view.day}
              AND (e.valid_to > {view.month_start}
                   OR (e.valid_to > {view.earliest} AND EXISTS ({open_money})))
            ORDER BY e.household_id, e.valid_to <= {view.month_start}, e.person_id NULLS FIRST,
                     e.valid_from DESC),
        applicant AS (
            SELECT DISTINCT ON (d.household_id) d.household_id, CAST(0 AS bigint) AS enrolment_id,
                   0 AS enrolled, CAST(NULL AS date) AS enrolled_on,
                   CAST(NULL AS date) AS entitled_from, d.effective_on AS applied_on
            FROM registry.decision d
            WHERE d.programme_id = {view.programme_id} AND d.household_id BETWEEN :first AND :last
              AND d.kind = 'applied' AND d.effective_on <= {view.day} AND {_decided("d", view)}
              AND NOT EXISTS (
                  SELECT FROM registry.enrolment e WHERE e.household_id = d.household_id
                  AND e.programme_id = d.programme_id AND {view.known("e")}
                  AND (e.valid_from >= d.effective_on OR e.valid_to > {view.month_start}))
              AND NOT EXISTS (
                  SELECT FROM registry.decision r WHERE r.household_id = d.household_id
                  AND r.programme_id = d.programme_id AND r.kind = 'refused'
                  AND r.effective_on >= d.effective_on AND {_decided("r", view)})
            ORDER BY d.household_id, d.effective_on DESC),
        listed AS (
            SELECT * FROM enrolled
            UNION ALL
            SELECT * FROM applicant WHERE household_id NOT IN (SELECT household_id
                FROM enrolled))"""


def _decided(alias: str, view: View) -> str:
    return f"{alias}.decided_at <= TIMESTAMPTZ '{view.point.known.isoformat()}'"


def household(view: View) -> str:
    """The households of the programme, with what they declared."""
    columns = shard_columns(
        "household",
        view.rulebook,
        own="p.attributes",
        expressions={
            "household_id": "l.household_id",
            "enrolment_id": "l.enrolment_id",
            "enrolled": "l.enrolled",
            "enrolled_on": "l.enrolled_on",
            "entitled_from": "l.entitled_from",
            "applied_on": "l.applied_on",
            "kind": "p.kind",
            "area": "a.code",
            "zone": "p.zone",
            "municipality": "p.municipality",
            "urban": flag("p.urban"),
            "income_total": "p.income_total_minor",
            "updated_on": "p.updated_on",
        },
    )
    return f"""
        WITH {listed(view)}
        SELECT {columns}
        FROM listed l
        LEFT JOIN registry.household_profile p ON p.household_id = l.household_id
             AND p.household_id BETWEEN :first AND :last AND {view.holds("p")}
        LEFT JOIN registry.area a ON a.area_id = p.area_id
        ORDER BY l.household_id"""


def event(view: View) -> str:
    """Dated decisions of case workers, and how enrolments of the household ended.

    An exit is in force until the household is enrolled again; its reason is the detail. What an
    appeal annuls never happened, whenever the appeal was decided.
    """
    columns = shard_columns(
        "event", view.rulebook, expressions={name: f"e.{name}" for name, _ in BUILT_IN["event"]}
    )
    return f"""
        WITH {listed(view)}, happened AS (
            SELECT c.household_id, c.subject_id, c.code, c.on_date,
                   {month("c.from_period")} AS from_month, {month("c.until_period")} AS until_month,
                   {month("c.for_period")} AS for_month, c.detail
            FROM compliance.case_action c
            WHERE c.household_id BETWEEN :first AND :last AND {view.known("c")}
              AND coalesce(c.programme_id, {view.programme_id}) = {view.programme_id}
              AND (c.on_date <= {view.day} OR c.code = 'annul')
            UNION ALL
            SELECT e.household_id, coalesce(e.person_id, 0), '{_LEFT}', e.valid_to,
                   {month("e.valid_to")}, CASE WHEN l.enrolled = 1 THEN {month("e.valid_to")} END,
                   NULL, d.reason_code
            FROM registry.enrolment e JOIN registry.decision d ON d.decision_id = e.exited_by
            JOIN listed l ON l.household_id = e.household_id
            WHERE e.household_id BETWEEN :first AND :last AND e.programme_id = {view.programme_id}
              AND {view.known("e")} AND e.valid_to <= {view.month_start})
        SELECT {columns}
        FROM happened e JOIN listed l USING (household_id)
        ORDER BY e.household_id, e.subject_id, e.code, e.on_date, e.from_month, e.for_month,
                 e.detail"""


def enrolled_elsewhere(view: View) -> str:
    """Enrolments of these households in other programmes, by month."""
    columns = shard_columns(
        "enrolled_elsewhere",
        view.rulebook,
        expressions={
            "household_id": "e.household_id",
            "person_id": "coalesce(e.person_id, 0)",
            "programme": "g.code",
            "from_month": month("e.valid_from"),
            "until_month": f"CASE WHEN e.valid_to < 'infinity' THEN {month('(e.valid_to - 1)')} "
            "END",
        },
    )
    return f"""
        WITH {listed(view)}
        SELECT {columns}
        FROM listed l
        JOIN registry.enrolment e ON e.household_id = l.household_id
             AND e.household_id BETWEEN :first AND :last
        JOIN registry.programme g ON g.programme_id = e.programme_id
            AND g.code <> '{view.programme}'
        WHERE {view.known("e")} AND e.valid_from <= {view.day} AND e.valid_to > {view.earliest}
        ORDER BY e.household_id, coalesce(e.person_id, 0), g.code, e.valid_from"""
