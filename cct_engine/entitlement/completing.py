"""What a correction adds to the list that was calculated: set-offs, and holds that never come.

What is paid late and what is taken back stands in the run itself, through the balances the
statement read. These lines are no matter of the law's statement: a set-off pays and takes the same
sum, and a cancelled hold only ends what was never due.
"""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["complete_list"]


def complete_list(connection: sa.Connection, cycle_id: int) -> int:
    """Add a correction's own lines to a stored list; return how many there are."""
    asked = {"cycle_id": cycle_id}
    connection.execute(sa.text(_RESULTS), asked)
    added = connection.execute(sa.text(_LINES), asked).rowcount
    connection.execute(sa.text(_FIGURES), asked)
    return added


_KEY = "household_id, component, person_id, pregnancy_id, for_period"

_ADDED = f"""
    SELECT 1 AS place, 'arrears' AS source, {_KEY}, 'payable' AS money_state,
           CAST(sum(set_off_minor) AS bigint) AS amount, 'correction:set_off' AS reason_code
    FROM cycle.correction_line WHERE cycle_id = :cycle_id AND set_off_minor > 0 GROUP BY {_KEY}
    UNION ALL
    SELECT 2, 'recovery', {_KEY}, 'payable', -CAST(sum(set_off_minor) AS bigint),
           'correction:set_off'
    FROM cycle.correction_line WHERE cycle_id = :cycle_id AND set_off_minor > 0 GROUP BY {_KEY}
    UNION ALL
    SELECT 3, 'lapsed', {_KEY}, 'forfeited', amount_minor, kind || ':' || reason_code
    FROM cycle.correction_hold WHERE cycle_id = :cycle_id"""

# A family that is on no list any more stands on this one for what is ended here.
_RESULTS = f"""
INSERT INTO cycle.household_result (cycle_id, household_id, enrolment_id, member_count, gross_minor,
    arrears_minor, released_minor, recovery_minor, pay_now_minor, held_minor, withheld_minor,
    forfeited_minor, standing, sanction_state, payee_person_id, pay_digit)
SELECT DISTINCT ON (r.household_id) :cycle_id, r.household_id, r.enrolment_id, 0, 0, 0, 0, 0, 0, 0,
       0, 0, 'left', 'corrected', r.payee_person_id, r.pay_digit
FROM cycle.household_result AS r JOIN cycle.cycle AS c USING (cycle_id)
WHERE c.programme_id = (SELECT programme_id FROM cycle.cycle WHERE cycle_id = :cycle_id)
  AND r.household_id IN (SELECT household_id FROM ({_ADDED}) AS a)
  AND NOT EXISTS (SELECT FROM cycle.household_result AS n
                  WHERE n.cycle_id = :cycle_id AND n.household_id = r.household_id)
ORDER BY r.household_id, c.period DESC"""

_LINES = f"""
INSERT INTO cycle.entitlement_line AS stored (cycle_id, household_id, line_seq, source, component,
    person_id, pregnancy_id, for_period, enrolment_id, fund_id, money_state, amount_minor,
    reason_code)
SELECT :cycle_id, household_id, coalesce(last, 0) + row_number() OVER (PARTITION BY household_id
           ORDER BY place, component, person_id, pregnancy_id, for_period, a.reason_code),
       source, component, person_id, pregnancy_id, for_period, r.enrolment_id, c.fund_id,
       money_state, amount, a.reason_code
FROM ({_ADDED}) AS a
JOIN cycle.cycle AS c ON c.cycle_id = :cycle_id
JOIN cycle.household_result AS r USING (cycle_id, household_id)
LEFT JOIN (SELECT household_id, max(line_seq) AS last FROM cycle.entitlement_line
           WHERE cycle_id = :cycle_id GROUP BY household_id) AS m USING (household_id)
ON CONFLICT (cycle_id, household_id, source, component, person_id, pregnancy_id, for_period,
             money_state, reason_code)
DO UPDATE SET amount_minor = stored.amount_minor + excluded.amount_minor"""

_FIGURES = """
UPDATE cycle.household_result AS r
SET arrears_minor = r.arrears_minor + s.amount, recovery_minor = r.recovery_minor + s.amount
FROM (SELECT household_id, CAST(sum(set_off_minor) AS bigint) AS amount
      FROM cycle.correction_line WHERE cycle_id = :cycle_id GROUP BY household_id) AS s
WHERE r.cycle_id = :cycle_id AND r.household_id = s.household_id AND s.amount > 0"""
