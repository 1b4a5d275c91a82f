"""What earlier cycles of the programme left behind: ladder states, open money, history.

These three shard tables come from the engine's own records, never from a feed. Only cycles with an
approved list count; a cycle is frozen after the one before it was approved, so that what it reads
cannot change any more. Where a correction replayed a month, its states and amounts count instead
of those that were stored with the month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from cct_engine.entitlement import recorded_sql as written
from cct_engine.entitlement.errors import EarlierCycleOpen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cct_engine.entitlement.pins import CyclePins

__all__ = ["EarlierCycle", "earlier_cycles", "history_select", "selects"]

_APPROVED = ("approved", "released", "closed")


class EarlierCycle(NamedTuple):
    """An approved cycle of the same programme. ``month`` is year * 12 + month - 1."""

    cycle_id: int
    month: int
    code: str = ""


def earlier_cycles(connection: sa.Connection, pins: CyclePins) -> tuple[EarlierCycle, ...]:
    """Return the programme's cycles before this one, oldest first.

    Raises EarlierCycleOpen when one of them has no approved list: its states and held money are
    not known yet, and freezing without them would forget a sanction or pay a hold twice.
    """
    month = written.month_of("period")
    found = connection.execute(
        sa.text(
            f"SELECT cycle_id, code, state, {month} AS month FROM cycle.cycle "
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
    return tuple(EarlierCycle(row.cycle_id, row.month, row.code) for row in found)


def selects(
    cycles: Sequence[EarlierCycle], components: Iterable[str], *, programme_id: int, cycle_id: int
) -> dict[str, str]:
    """Return the selects of ``state``, ``balance`` and ``history`` for ``:first``…``:last``.

    ``components`` are those whose history the rulebook reads; ``cycle_id`` is the cycle that is
    frozen: what its corrections opened is open, though no line of it stands anywhere yet.
    """
    months = ", ".join(f"({cycle.cycle_id}, {cycle.month})" for cycle in cycles) or "(0, 0)"
    here = "household_id BETWEEN :first AND :last"
    asked = {
        "here": here,
        "ids": _ids(cycles),
        "programme": programme_id,
        "now": cycle_id,
        "month": written.month_of("for_period"),
        "months": months,
    }
    return {
        "state": written.STATE.format(effective=written.EFFECTIVE.format(**asked)),
        "balance": written.BALANCE.format(**asked),
        "history": history_select(cycles, components, here=here),
    }


def history_select(
    cycles: Sequence[EarlierCycle], components: Iterable[str], *, here: str, more: str = ""
) -> str:
    """Return the select of ``history``; ``here`` is the test on ``household_id``.

    ``more``: a select of further rows (household_id, component, person_id, pregnancy_id,
    for_period, amount_minor) that a replay has found so far.
    """
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(components)) or "NULL"
    return written.HISTORY.format(
        here=here,
        ids=_ids(cycles),
        names=names,
        month=written.month_of("for_period"),
        more=f"UNION ALL\n    SELECT *, true, true FROM ({more}) AS more" if more else "",
    )


def _ids(cycles: Sequence[EarlierCycle]) -> str:
    return ", ".join(str(cycle.cycle_id) for cycle in cycles) or "0"
