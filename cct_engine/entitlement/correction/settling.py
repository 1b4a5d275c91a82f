"""What becomes of a difference: paid late, set off, taken back, or a hold that never comes.

A line that should have been more is first set off against the same line still to be taken back; a
line that should have been less first ends what is still open of it. What is left is netted within
the household and the corrected cycle: a family is not paid 150 late and asked for 75 of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.entitlement import recorded
from cct_engine.entitlement import recorded_sql as written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.entitlement.pins import CyclePins
    from cct_engine.entitlement.recorded import EarlierCycle

__all__ = ["settle"]

_HERE = "household_id IN (SELECT household_id FROM pg_temp.corrected)"


def settle(connection: sa.Connection, pins: CyclePins, cycles: Sequence[EarlierCycle]) -> None:
    """Write what the replay of ``pg_temp.corrected`` found; households without a change vanish."""
    ids = ", ".join(str(cycle.cycle_id) for cycle in cycles)
    effective = written.EFFECTIVE.format(ids=ids, here=_HERE, programme=pins.programme_id)
    balances = recorded.selects(cycles, (), programme_id=pins.programme_id, cycle_id=pins.cycle_id)[
        "balance"
    ].replace("household_id BETWEEN :first AND :last", _HERE)
    asked = {
        "now": pins.cycle_id,
        "programme": pins.programme_id,
        "month": pins.first_month,
    }
    for statement in (
        "DROP TABLE IF EXISTS pg_temp.open_money",
        f"CREATE TEMP TABLE open_money ON COMMIT DROP AS {balances}",
        _UNCHANGED.format(effective=effective),
        _HOUSEHOLDS,
        _STATES,
        _LINES,
        _HOLDS,
    ):
        connection.execute(sa.text(statement), asked)


# Whoever has neither another line nor another state was replayed for nothing.
_UNCHANGED = f"""
DELETE FROM pg_temp.corrected AS t
WHERE NOT EXISTS (SELECT FROM pg_temp.replayed_line AS l WHERE l.household_id = t.household_id)
  AND t.household_id NOT IN (
    WITH stored AS (
        SELECT {written.STATE_COLUMNS} FROM ({{effective}}) AS e
        JOIN pg_temp.corrected AS c USING (household_id) WHERE e.cycle_month >= c.from_month
    ), replayed AS (
        SELECT {written.STATE_COLUMNS} FROM pg_temp.replayed_state
    )
    SELECT household_id FROM (
        (TABLE stored EXCEPT TABLE replayed) UNION ALL (TABLE replayed EXCEPT TABLE stored)
    ) AS differing)"""

_HOUSEHOLDS = """
INSERT INTO cycle.corrected_household
    (cycle_id, household_id, programme_id, from_month, found_month)
SELECT :now, household_id, :programme, from_month, :month FROM pg_temp.corrected"""

_STATE_COLUMNS = f"{written.STATE_COLUMNS}, shows, breach, judged, caused_by"
_STATES = f"""
INSERT INTO cycle.corrected_state (cycle_id, {_STATE_COLUMNS})
SELECT :now, {_STATE_COLUMNS} FROM pg_temp.replayed_state
JOIN pg_temp.corrected USING (household_id)"""

_KEY = "household_id, component, person_id, pregnancy_id, for_period"
_OF_KEY = f"PARTITION BY {_KEY} ORDER BY corrected_cycle_id"
_OF_CYCLE = (
    "PARTITION BY household_id, corrected_cycle_id, rest > 0"
    " ORDER BY component, person_id, pregnancy_id, for_period"
)


def _share(of: str, wanted: str, window: str) -> str:
    """Give out ``of`` in the window's order: each row what it wants, while it lasts."""
    before = f"(sum({wanted}) OVER ({window}) - {wanted})"
    return f"greatest(0, least({wanted}, {of} - {before}))"


_LINES = f"""
INSERT INTO cycle.correction_line (cycle_id, household_id, corrected_cycle_id, component, person_id,
    pregnancy_id, for_period, before_minor, after_minor, arrears_minor, set_off_minor,
    recoverable_minor, hold_cancelled_minor, netted_minor)
WITH open AS (
    SELECT household_id, component, person_id, pregnancy_id,
           make_date(for_month / 12, for_month % 12 + 1, 1) AS for_period,
           coalesce(sum(amount) FILTER (WHERE kind = 'arrears'), 0) AS arrears,
           coalesce(sum(amount) FILTER (WHERE kind = 'recoverable'), 0) AS recoverable,
           coalesce(sum(amount) FILTER (WHERE kind IN ('held', 'withheld') AND amount > 0), 0)
               AS held
    FROM pg_temp.open_money GROUP BY 1, 2, 3, 4, 5
), differing AS (
    SELECT l.*, greatest(after_minor - before_minor, 0) AS more,
           greatest(before_minor - after_minor, 0) AS less,
           coalesce(arrears, 0) AS arrears, coalesce(recoverable, 0) AS recoverable,
           coalesce(held, 0) AS held
    FROM pg_temp.replayed_line AS l LEFT JOIN open USING ({_KEY})
), even AS (
    SELECT *, {_share("recoverable", "more", _OF_KEY)} AS set_off,
           {_share("arrears", "less", _OF_KEY)} AS closed
    FROM differing
), held_back AS (
    SELECT *, {_share("held", "(less - closed)", _OF_KEY)} AS cancelled FROM even
), left_over AS (
    SELECT *, more - set_off - (less - closed - cancelled) AS rest FROM held_back
), both_ways AS (
    SELECT *, least(sum(greatest(rest, 0)) OVER cycle, sum(greatest(-rest, 0)) OVER cycle) AS evens
    FROM left_over WINDOW cycle AS (PARTITION BY household_id, corrected_cycle_id)
), netted AS (
    SELECT *, {_share("evens", "abs(rest)", _OF_CYCLE)} AS netted FROM both_ways
)
SELECT :now, household_id, corrected_cycle_id, component, person_id, pregnancy_id, for_period,
       before_minor, after_minor, greatest(rest, 0) - CASE WHEN rest > 0 THEN netted ELSE 0 END
           - closed, set_off, greatest(-rest, 0) - CASE WHEN rest > 0 THEN 0 ELSE netted END,
       cancelled, CASE WHEN rest > 0 THEN netted ELSE -netted END
FROM netted"""

_HOLDS = f"""
INSERT INTO cycle.correction_hold (cycle_id, {_KEY}, kind, reason_code, amount_minor)
WITH wanted AS (
    SELECT {_KEY}, sum(hold_cancelled_minor) AS cancelled FROM cycle.correction_line
    WHERE cycle_id = :now AND {_HERE} GROUP BY {_KEY} HAVING sum(hold_cancelled_minor) > 0
), open AS (
    SELECT household_id, component, person_id, pregnancy_id,
           make_date(for_month / 12, for_month % 12 + 1, 1) AS for_period, kind, reason_code,
           sum(amount) AS amount
    FROM pg_temp.open_money WHERE kind IN ('held', 'withheld') AND amount > 0
    GROUP BY 1, 2, 3, 4, 5, 6, 7
), shared AS (
    SELECT {_KEY}, kind, reason_code,
           {_share("cancelled", "amount", f"PARTITION BY {_KEY} ORDER BY kind, reason_code")}
               AS taken
    FROM wanted JOIN open USING ({_KEY})
)
SELECT :now, {_KEY}, kind, reason_code, taken FROM shared WHERE taken > 0"""
