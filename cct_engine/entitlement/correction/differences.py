"""What becomes of a difference: paid late, set off, taken back, or a hold that never comes.

A line that should have been more is first set off against the same line still to be taken back; a
line that should have been less first ends what is still open of it. What is left is netted within
the household and the corrected cycle: a family is not paid 150 late and asked for 75 of it.

A deduction is a line below zero, and where the lines it is taken from are held, a part of it is
held with them. One that should have been smaller is ended together with the lines that are ended:
what is held of a household never falls below zero. One that should have been larger first ends what
is held of the lines of its month: nobody gives back what was never paid.

The statements read ``pg_temp.replayed_line`` and ``pg_temp.open_money``. The tables between are
``difference`` (a line with what evens out), ``ending`` (a hold with what is ended of it),
``netted`` (a difference with what is left of it) and ``kept_back`` (holds that end for a larger
deduction).
"""

from __future__ import annotations

from typing import Final

__all__ = ["DIFFERENCES"]

_KEY = "household_id, component, person_id, pregnancy_id, for_period"
_OF_KEY = f"PARTITION BY {_KEY} ORDER BY corrected_cycle_id"
_OF_CYCLE = (
    "PARTITION BY household_id, corrected_cycle_id, rest > 0"
    " ORDER BY component, person_id, pregnancy_id, for_period"
)
# Accounts of held and of withheld money are apart, and so is what may be ended of them.
_OF_ACCOUNT = (
    "PARTITION BY household_id, for_period, kind, takes_off"
    " ORDER BY component, person_id, pregnancy_id, reason_code"
)
_PERIOD = "make_date(for_month / 12, for_month % 12 + 1, 1)"


def _share(of: str, wanted: str, window: str) -> str:
    """Give out ``of`` in the window's order: each row what it wants, while it lasts."""
    before = f"(sum({wanted}) OVER ({window}) - {wanted})"
    return f"greatest(0, least({wanted}, {of} - {before}))"


_DIFFERENCE = f"""
CREATE TEMP TABLE difference ON COMMIT DROP AS
WITH open AS (
    SELECT household_id, component, person_id, pregnancy_id, {_PERIOD} AS for_period,
           coalesce(sum(amount) FILTER (WHERE kind = 'arrears'), 0) AS arrears,
           coalesce(sum(amount) FILTER (WHERE kind = 'recoverable'), 0) AS recoverable
    FROM pg_temp.open_money GROUP BY 1, 2, 3, 4, 5
), both_ways AS (
    SELECT l.*, least(before_minor, after_minor) < 0 AS takes_off,
           greatest(after_minor - before_minor, 0) AS more,
           greatest(before_minor - after_minor, 0) AS less,
           coalesce(arrears, 0) AS arrears, coalesce(recoverable, 0) AS recoverable
    FROM pg_temp.replayed_line AS l LEFT JOIN open USING ({_KEY})
)
SELECT *, {_share("recoverable", "more", _OF_KEY)} AS set_off,
       {_share("arrears", "less", _OF_KEY)} AS closed
FROM both_ways"""

_ENDING = f"""
CREATE TEMP TABLE ending ON COMMIT DROP AS
WITH hold AS (
    SELECT household_id, component, person_id, pregnancy_id, {_PERIOD} AS for_period, kind,
           reason_code, amount < 0 AS takes_off, sum(abs(amount)) AS amount
    FROM pg_temp.open_money WHERE kind IN ('held', 'withheld') GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
), wanted AS (
    SELECT {_KEY}, takes_off,
           sum(CASE WHEN takes_off THEN more - set_off ELSE less - closed END) AS wanted
    FROM pg_temp.difference GROUP BY {_KEY}, takes_off
), asked AS (
    SELECT hold.*, {
    _share(
        "coalesce(wanted, 0)",
        "amount",
        f"PARTITION BY {_KEY}, takes_off ORDER BY kind, reason_code",
    )
} AS asked
    FROM hold LEFT JOIN wanted USING ({_KEY}, takes_off)
), beside AS (
    SELECT *, coalesce(sum(asked) FILTER (WHERE NOT takes_off) OVER (
                  PARTITION BY household_id, for_period, kind), 0) AS ended
    FROM asked
)
SELECT {_KEY}, kind, reason_code, takes_off, amount,
       CASE WHEN takes_off THEN {_share("ended", "asked", _OF_ACCOUNT)} ELSE asked END AS taken
FROM beside"""

_NETTED = f"""
CREATE TEMP TABLE netted ON COMMIT DROP AS
WITH taken AS (
    SELECT {_KEY}, takes_off, sum(taken) AS taken FROM pg_temp.ending GROUP BY {_KEY}, takes_off
), ended AS (
    SELECT d.*,
           CASE WHEN takes_off THEN 0
                ELSE {_share("coalesce(taken, 0)", "(less - closed)", _OF_KEY)} END AS cancelled,
           CASE WHEN takes_off THEN {_share("coalesce(taken, 0)", "(more - set_off)", _OF_KEY)}
                ELSE 0 END AS spared
    FROM pg_temp.difference AS d LEFT JOIN taken USING ({_KEY}, takes_off)
), left_over AS (
    SELECT *, more - set_off - spared - (less - closed - cancelled) AS rest FROM ended
), both_ways AS (
    SELECT *, least(sum(greatest(rest, 0)) OVER cycle, sum(greatest(-rest, 0)) OVER cycle) AS evens
    FROM left_over WINDOW cycle AS (PARTITION BY household_id, corrected_cycle_id)
), shared AS (
    SELECT *, {_share("evens", "abs(rest)", _OF_CYCLE)} AS netted FROM both_ways
)
SELECT *, CASE WHEN rest > 0 THEN rest - netted ELSE 0 END AS owed_late,
       CASE WHEN rest < 0 THEN -rest - netted ELSE 0 END AS owed_back
FROM shared"""

_KEPT_BACK = f"""
CREATE TEMP TABLE kept_back ON COMMIT DROP AS
WITH left_open AS (
    SELECT *, amount - taken AS rest,
           sum(CASE WHEN takes_off THEN taken - amount ELSE amount - taken END) OVER (
               PARTITION BY household_id, for_period, kind) AS held
    FROM pg_temp.ending
), free AS (
    SELECT *, {_share("held", "rest", _OF_ACCOUNT)} AS free FROM left_open WHERE NOT takes_off
), wanted AS (
    SELECT household_id, for_period, sum(owed_back) AS wanted FROM pg_temp.netted
    WHERE takes_off GROUP BY household_id, for_period
)
SELECT {_KEY}, kind, reason_code, {
    _share(
        "wanted",
        "free",
        "PARTITION BY household_id, for_period"
        " ORDER BY kind, component, person_id, pregnancy_id, reason_code",
    )
} AS taken
FROM free JOIN wanted USING (household_id, for_period)"""

_LINES = f"""
INSERT INTO cycle.correction_line (cycle_id, household_id, corrected_cycle_id, component, person_id,
    pregnancy_id, for_period, before_minor, after_minor, arrears_minor, set_off_minor,
    recoverable_minor, hold_cancelled_minor, netted_minor)
WITH of_month AS (
    SELECT household_id, for_period, sum(taken) AS taken FROM pg_temp.kept_back
    GROUP BY household_id, for_period
), found AS (
    SELECT n.*, CASE WHEN takes_off THEN {
    _share(
        "coalesce(taken, 0)",
        "owed_back",
        "PARTITION BY household_id, for_period, takes_off"
        " ORDER BY component, person_id, pregnancy_id, corrected_cycle_id",
    )
} ELSE 0 END AS kept_back
    FROM pg_temp.netted AS n LEFT JOIN of_month USING (household_id, for_period)
)
SELECT :now, household_id, corrected_cycle_id, component, person_id, pregnancy_id, for_period,
       before_minor, after_minor, owed_late - closed, set_off, owed_back - kept_back,
       cancelled - spared + kept_back, CASE WHEN rest > 0 THEN netted ELSE -netted END
FROM found"""

_HOLDS = f"""
INSERT INTO cycle.correction_hold (cycle_id, {_KEY}, kind, reason_code, amount_minor)
SELECT :now, {_KEY}, kind, reason_code, sum(amount)
FROM (
    SELECT {_KEY}, kind, reason_code, CASE WHEN takes_off THEN -taken ELSE taken END AS amount
    FROM pg_temp.ending
    UNION ALL
    SELECT {_KEY}, kind, reason_code, taken FROM pg_temp.kept_back
) AS every
GROUP BY {_KEY}, kind, reason_code HAVING sum(amount) <> 0"""

DIFFERENCES: Final = (
    *(
        f"DROP TABLE IF EXISTS pg_temp.{table}"
        for table in ("difference", "ending", "netted", "kept_back")
    ),
    _DIFFERENCE,
    _ENDING,
    _NETTED,
    _KEPT_BACK,
    _LINES,
    _HOLDS,
)
"""The statements in their order, for ``:now``, the cycle that corrects."""
