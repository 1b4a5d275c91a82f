"""The statements of what earlier cycles left behind: states, open money, history.

Placeholders: ``here`` the test on household_id, ``ids`` the earlier cycles, ``months`` the same
with their months, ``now`` the cycle that is frozen, ``programme`` its programme.
"""

from __future__ import annotations

from typing import Final

__all__ = ["BALANCE", "EFFECTIVE", "HISTORY", "STATE", "STATE_COLUMNS", "month_of"]


def month_of(day: str) -> str:
    """Return the month number of a date expression: year * 12 + month - 1."""
    return f"CAST(extract(year FROM {day}) * 12 + extract(month FROM {day}) - 1 AS integer)"


STATE_COLUMNS: Final = (
    "household_id, ladder, subject_id, cycle_month, state, since_month, until_month,"
    " last_effect_month, phase_since_month, counter_1, counter_2, counter_3"
)

# A month that was replayed counts as the newest replay has it, also where that has no row.
EFFECTIVE: Final = f"""
    SELECT {STATE_COLUMNS} FROM cycle.effect_state AS e
    WHERE cycle_id IN ({{ids}}) AND {{here}} AND NOT EXISTS (
        SELECT FROM cycle.corrected_household AS c
        WHERE c.household_id = e.household_id AND c.programme_id = e.programme_id
          AND e.cycle_month >= c.from_month AND e.cycle_month < c.found_month)
    UNION ALL
    SELECT {STATE_COLUMNS}
    FROM cycle.corrected_state JOIN cycle.corrected_household AS c USING (cycle_id, household_id)
    WHERE c.programme_id = {{programme}} AND {{here}} AND NOT EXISTS (
        SELECT FROM cycle.corrected_household AS newer
        WHERE newer.household_id = c.household_id AND newer.programme_id = c.programme_id
          AND newer.found_month > c.found_month AND cycle_month >= newer.from_month)"""

# The latest row per ladder and subject: a family that was out for some cycles finds its memory.
STATE: Final = f"""
SELECT DISTINCT ON (household_id, ladder, subject_id) {STATE_COLUMNS}
FROM ({{effective}}) AS effective
ORDER BY household_id, ladder, subject_id, cycle_month DESC"""

# What was held or withheld, less what was released or lapsed since, oldest origin first. A line
# of source 'released' or 'lapsed' names what it ends: 'held:' or 'withheld:' and the reason of the
# line that was opened. A held deduction is negative and is released as such, so the two sides are
# counted apart. What a check held ('finding:…') a check releases: the law has no say in it.
# Then what corrections opened: arrears to be paid, and overpayments to be taken back.
BALANCE: Final = """
WITH origin (cycle_id, month) AS (VALUES {months}),
line AS (
    SELECT household_id, component, person_id, pregnancy_id, for_period, gone,
           CASE WHEN gone THEN split_part(reason_code, ':', 1) ELSE money_state END AS kind,
           CASE WHEN gone THEN substr(reason_code, strpos(reason_code, ':') + 1)
                ELSE reason_code END AS reason_code,
           CASE WHEN amount_minor > 0 THEN 1 ELSE -1 END AS side, abs(amount_minor) AS amount,
           origin.month AS origin_month
    FROM (SELECT *, source IN ('released', 'lapsed') AS gone FROM cycle.entitlement_line) AS every
    JOIN origin USING (cycle_id)
    WHERE {here} AND cycle_id IN ({ids}) AND (gone OR money_state IN ('held', 'withheld'))
    UNION ALL
    SELECT household_id, component, person_id, pregnancy_id, for_period, true, kind, reason_code,
           CASE WHEN amount_minor > 0 THEN 1 ELSE -1 END, abs(amount_minor), 0
    FROM cycle.correction_hold WHERE cycle_id = {now} AND {here}
), summed AS (
    SELECT household_id, kind, component, person_id, pregnancy_id, for_period, reason_code, side,
           origin_month, coalesce(sum(amount) FILTER (WHERE NOT gone), 0) AS opened,
           coalesce(sum(amount) FILTER (WHERE gone), 0) AS gone
    FROM line
    WHERE NOT reason_code ^@ 'finding:'
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
), running AS (
    SELECT *, sum(gone) OVER subject AS gone_in_all,
           sum(opened) OVER (subject ORDER BY origin_month) AS reached
    FROM summed
    WINDOW subject AS (
        PARTITION BY household_id, kind, component, person_id, pregnancy_id, for_period,
                     reason_code, side)
), corrected AS (
    SELECT household_id, component, person_id, pregnancy_id, for_period,
           c.found_month AS origin_month, arrears_minor AS arrears,
           recoverable_minor - CASE WHEN l.cycle_id = {now} THEN set_off_minor ELSE 0 END
               AS recoverable
    FROM cycle.correction_line AS l
    JOIN cycle.corrected_household AS c USING (cycle_id, household_id)
    WHERE c.programme_id = {programme} AND {here}
    UNION ALL
    SELECT household_id, l.component, l.person_id, l.pregnancy_id, l.for_period, NULL,
           CASE WHEN l.source = 'arrears' THEN -l.amount_minor ELSE 0 END,
           CASE WHEN l.source = 'recovery' THEN l.amount_minor ELSE 0 END
    FROM cycle.entitlement_line AS l
    LEFT JOIN cycle.line_set_aside AS a USING (cycle_id, household_id, line_seq)
    WHERE {here} AND cycle_id IN ({ids}) AND l.source IN ('arrears', 'recovery')
      AND (l.source = 'recovery' OR coalesce(a.reason_code, l.reason_code) = 'correction')
), owed AS (
    SELECT household_id, component, person_id, pregnancy_id, for_period,
           min(origin_month) AS origin_month, sum(arrears) AS arrears,
           sum(recoverable) AS recoverable
    FROM corrected GROUP BY 1, 2, 3, 4, 5
)
SELECT household_id, kind, component, person_id, pregnancy_id, {month} AS for_month, origin_month,
       CAST(side * least(opened, reached - gone_in_all) AS bigint) AS amount, reason_code
FROM running
WHERE opened > 0 AND reached > gone_in_all
UNION ALL
SELECT household_id, kind, component, person_id, pregnancy_id, {month}, origin_month,
       CAST(amount AS bigint), 'correction'
FROM owed CROSS JOIN LATERAL (VALUES ('arrears', arrears), ('recoverable', recoverable))
     AS open (kind, amount)
WHERE amount > 0
ORDER BY household_id, kind, component, person_id, pregnancy_id, for_month, origin_month,
         reason_code, amount DESC"""

# due: the line in all its money states. payable: what flowed, at once or after a release. A
# correction counts in the month it is for, as soon as it is found, not when it is paid.
HISTORY: Final = """
SELECT household_id, component, person_id, pregnancy_id, {month} AS for_month,
       CAST(sum(amount_minor) FILTER (WHERE is_due) AS bigint) AS due,
       CAST(coalesce(sum(amount_minor) FILTER (WHERE flowed), 0) AS bigint) AS payable
FROM (
    SELECT household_id, l.component, l.person_id, l.pregnancy_id, l.for_period, l.amount_minor,
           l.source <> 'released' AS is_due, l.money_state = 'payable' AS flowed
    FROM cycle.entitlement_line AS l
    LEFT JOIN cycle.line_set_aside AS a USING (cycle_id, household_id, line_seq)
    WHERE cycle_id IN ({ids}) AND {here} AND l.component IN ({names})
      AND l.source IN ('due', 'arrears', 'released')
      AND NOT (l.source = 'arrears' AND coalesce(a.reason_code, l.reason_code) ^@ 'correction')
    UNION ALL
    SELECT household_id, component, person_id, pregnancy_id, for_period,
           after_minor - before_minor, true, true
    FROM cycle.correction_line
    WHERE corrected_cycle_id IN ({ids}) AND {here} AND component IN ({names})
    {more}
) AS every
GROUP BY household_id, component, person_id, pregnancy_id, for_period
HAVING bool_or(is_due)
ORDER BY household_id, component, person_id, pregnancy_id, for_month"""
