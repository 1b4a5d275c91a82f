"""What earlier cycles of the programme left behind: ladder states, open money, history.

These three shard tables come from the engine's own records, never from a feed. Only cycles with an
approved list count; a cycle is frozen after the one before it was approved, so that what it reads
cannot change any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from cct_engine.entitlement.errors import EarlierCycleOpen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cct_engine.entitlement.pins import CyclePins

__all__ = ["EarlierCycle", "earlier_cycles", "selects"]

_APPROVED = ("approved", "released", "closed")
_MONTH = "CAST(extract(year FROM {0}) * 12 + extract(month FROM {0}) - 1 AS integer)"


class EarlierCycle(NamedTuple):
    """An approved cycle of the same programme. ``month`` is year * 12 + month - 1."""

    cycle_id: int
    month: int


def earlier_cycles(connection: sa.Connection, pins: CyclePins) -> tuple[EarlierCycle, ...]:
    """Return the programme's cycles before this one, oldest first.

    Raises EarlierCycleOpen when one of them has no approved list: its states and held money are
    not known yet, and freezing without them would forget a sanction or pay a hold twice.
    """
    found = connection.execute(
        sa.text(
            f"SELECT cycle_id, code, state, {_MONTH.format('period')} AS month FROM cycle.cycle "
            "WHERE programme_id = :programme AND period < :period ORDER BY period"
        ),
        {"programme": pins.programme_id, "period": pins.period},
    ).all()
    for row in found:
        if row.state not in _APPROVED:
            raise EarlierCycleOpen(
                f"Cycle {pins.code} cannot be frozen: {row.code} comes before it and is only "
                f"{row.state}. Its ladder states and held money are not decided yet. Approve "
                f"{row.code} first."
            )
    return tuple(EarlierCycle(row.cycle_id, row.month) for row in found)


def selects(cycles: Sequence[EarlierCycle], components: Iterable[str]) -> dict[str, str]:
    """Return the selects of ``state``, ``balance`` and ``history`` for ``:first``…``:last``.

    ``components`` are those whose history the rulebook reads.
    """
    months = ", ".join(f"({cycle.cycle_id}, {cycle.month})" for cycle in cycles) or "(0, 0)"
    ids = ", ".join(str(cycle.cycle_id) for cycle in cycles) or "0"
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(components)) or "NULL"
    here = f"cycle_id IN ({ids}) AND household_id BETWEEN :first AND :last"
    return {
        "state": _STATE.format(here=here),
        "balance": _BALANCE.format(here=here, months=months, month=_MONTH.format("for_period")),
        "history": _HISTORY.format(here=here, names=names, month=_MONTH.format("for_period")),
    }


# The latest row per ladder and subject: a family that was out for some cycles finds its memory.
_STATE = """
SELECT DISTINCT ON (household_id, ladder, subject_id)
       household_id, ladder, subject_id, cycle_month, state, since_month, until_month,
       last_effect_month, phase_since_month, counter_1, counter_2, counter_3
FROM cycle.effect_state
WHERE {here}
ORDER BY household_id, ladder, subject_id, cycle_month DESC"""

# What was held or withheld, less what was released or lapsed since, oldest origin first. A line
# of source 'released' or 'lapsed' names what it ends: 'held:' or 'withheld:' and the reason of the
# line that was opened. A held deduction is negative and is released as such, so the two sides are
# counted apart. What a check held ('finding:…') a check releases: the law has no say in it.
_BALANCE = """
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
    WHERE {here} AND (gone OR money_state IN ('held', 'withheld'))
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
)
SELECT household_id, kind, component, person_id, pregnancy_id, {month} AS for_month, origin_month,
       CAST(side * least(opened, reached - gone_in_all) AS bigint) AS amount, reason_code
FROM running
WHERE opened > 0 AND reached > gone_in_all
ORDER BY household_id, kind, component, person_id, pregnancy_id, for_month, origin_month,
         reason_code, side"""

# due: the line in all its money states. payable: what flowed, at once or after a release.
_HISTORY = """
SELECT household_id, component, person_id, pregnancy_id, {month} AS for_month,
       CAST(sum(amount_minor) FILTER (WHERE source <> 'released') AS bigint) AS due,
       CAST(coalesce(sum(amount_minor) FILTER (WHERE money_state = 'payable'), 0) AS bigint)
           AS payable
FROM cycle.entitlement_line
WHERE {here} AND component IN ({names}) AND source IN ('due', 'arrears', 'released')
GROUP BY household_id, component, person_id, pregnancy_id, for_period
HAVING bool_or(source <> 'released')
ORDER BY household_id, component, person_id, pregnancy_id, for_month"""
