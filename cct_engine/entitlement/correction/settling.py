"""What a replay found, written down: whose story changed, how their ladders stand, what is owed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.entitlement import recorded
from cct_engine.entitlement import recorded_sql as written
from cct_engine.entitlement.correction.differences import DIFFERENCES
from cct_engine.entitlement.review_holds import under_review

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
        "programme_id": pins.programme_id,
        "period": pins.period,
        "month": pins.first_month,
    }
    for statement in (
        "DROP TABLE IF EXISTS pg_temp.open_money",
        f"CREATE TEMP TABLE open_money ON COMMIT DROP AS {balances}",
        _UNDER_REVIEW,
        _UNCHANGED.format(effective=effective),
        _HOUSEHOLDS,
        _STATES,
        *DIFFERENCES,
    ):
        connection.execute(sa.text(statement), asked)


# The law has no say in what a finding holds, and so no balance. Found not to be due, it ends here.
_UNDER_REVIEW = f"""
INSERT INTO pg_temp.open_money (household_id, kind, component, person_id, pregnancy_id, for_month,
    origin_month, amount, reason_code)
SELECT household_id, 'held', component, person_id, pregnancy_id, {written.month_of("for_period")},
       0, amount_minor, reason_code
FROM ({
    under_review('''
        SELECT o.cycle_id, o.household_id
        FROM cycle.hold AS o JOIN pg_temp.corrected USING (household_id)
        JOIN cycle.cycle AS c ON c.cycle_id = o.cycle_id
        WHERE c.programme_id = :programme_id AND c.period < :period
          AND c.state IN ('approved', 'released', 'closed')
          AND o.reason_kind = 'finding' AND o.released_in IS NULL''')
}) AS held"""

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
SELECT :now, household_id, :programme_id, from_month, :month FROM pg_temp.corrected"""

_STATE_COLUMNS = f"{written.STATE_COLUMNS}, shows, breach, judged, caused_by"
_STATES = f"""
INSERT INTO cycle.corrected_state (cycle_id, {_STATE_COLUMNS})
SELECT :now, {_STATE_COLUMNS} FROM pg_temp.replayed_state
JOIN pg_temp.corrected USING (household_id)"""
