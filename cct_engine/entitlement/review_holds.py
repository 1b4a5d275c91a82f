"""Money that findings still hold: what a review releases, or a correction ends."""

from __future__ import annotations

__all__ = ["under_review"]

_KEY = "household_id, component, person_id, pregnancy_id, for_period"


def under_review(holds: str) -> str:
    """Return the select of what is still held for ``holds``, a select of cycle and household.

    One row per line and reason with ``enrolment_id``, ``fund_id``, ``amount_minor`` (below zero for
    a deduction) and ``reason_code``. What a correction ended since the first of the holds began is
    off: it was never due. The holds are those of one programme, ``:programme_id``.
    """
    return f"""
    SELECT {_KEY}, reason_code, max(enrolment_id) AS enrolment_id, max(fund_id) AS fund_id,
           CAST(sum(amount_minor) AS bigint) AS amount_minor
    FROM (
        SELECT {_KEY}, l.reason_code, l.enrolment_id, l.fund_id, l.amount_minor
        FROM cycle.entitlement_line l JOIN ({holds}) h USING (cycle_id, household_id)
        WHERE l.money_state = 'held' AND l.reason_code LIKE 'finding:%'
        UNION ALL
        SELECT {_KEY}, e.reason_code, NULL, NULL, -e.amount_minor
        FROM cycle.correction_hold e JOIN cycle.cycle c USING (cycle_id)
        JOIN (SELECT household_id, min(c.period) AS since
              FROM ({holds}) h JOIN cycle.cycle c USING (cycle_id)
              GROUP BY household_id) f USING (household_id)
        WHERE e.reason_code LIKE 'finding:%' AND c.programme_id = :programme_id
          AND c.period > f.since
    ) AS every
    GROUP BY {_KEY}, reason_code HAVING sum(amount_minor) <> 0"""
