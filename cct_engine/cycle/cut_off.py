"""The cut-off of a cycle: the law, the day and the instant that its inputs are read for."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING, Final

from cct_engine import registry
from cct_engine.cycle import law, record
from cct_engine.cycle.moments import today_of
from cct_engine.cycle.queueing import waiting_select
from cct_engine.cycle.record import CycleError
from cct_engine.entitlement import CyclePins
from cct_engine.rulebook import Month

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.cycle.desk import Work
    from cct_engine.cycle.record import Cycle
    from cct_engine.rulebook import Rulebook

__all__ = ["inputs_of", "pinned", "pins_of"]

_HISTORY_MONTHS: Final = 18
"""How far back facts and memberships are frozen: the longest observation window, and some."""


def pins_of(cycle: Cycle) -> CyclePins:
    """Return what a pinned cycle is calculated from."""
    if cycle.as_of_valid is None or cycle.as_of_known is None or cycle.rulebook_digest is None:
        raise CycleError(f"{cycle.code} has no cut-off yet; freeze it first.")
    return CyclePins(
        cycle_id=cycle.cycle_id,
        code=cycle.code,
        programme_id=cycle.programme_id,
        programme=cycle.programme,
        first_month=cycle.period.year * 12 + cycle.period.month - 1,
        month_count=cycle.month_count,
        as_of_valid=cycle.as_of_valid,
        as_of_known=cycle.as_of_known,
        rulebook_digest=cycle.rulebook_digest,
    )


def pinned(work: Work, as_of: date | None = None) -> Rulebook:
    """Pin law and cut-off in a transaction of their own, once; return the law."""
    cycle = work.cycle
    with work.desk.database.transaction() as connection:
        if cycle.as_of_known is not None:
            return law.of_cycle(connection, cycle)
        rules = law.in_force(cycle.programme, work.desk.home, month=Month.of(cycle.period))
        law.refuse_unchecked(connection, rules, work.desk.home)
        registry.stand_still(connection)
        today = today_of(connection, cycle, work.at)
        work.cycle = record.pin(
            connection,
            cycle,
            as_of_valid=as_of or min(max(today, cycle.period), _last_day(cycle)),
            as_of_known=work.at,
            rulebook_digest=law.kept(
                connection, rules, programme_id=cycle.programme_id, at=work.at
            ),
        )
    return rules


def _last_day(cycle: Cycle) -> date:
    year, month = divmod(cycle.period.year * 12 + cycle.period.month - 2 + cycle.month_count, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])


def inputs_of(
    pins: CyclePins,
    rules: Rulebook,
    *,
    known: datetime | None = None,
    among: str | None = None,
) -> dict[str, str]:
    """Return the registry's and compliance's selects of a cycle.

    ``known`` is another instant than the cycle's own cut-off; ``among`` narrows the selects to the
    households of a table. Where the law has a budget, whom its queue did not reach stands among
    the events.
    """
    found = registry.extract.selects(
        pins.programme,
        rulebook=rules,
        as_of_valid=pins.as_of_valid,
        as_of_known=known or pins.as_of_known,
        since=_months_back(pins.period, max(_HISTORY_MONTHS, rules.reports_back)),
        id_scheme=rules.id_scheme,
        among=among,
    )
    if rules.law.budget is not None:
        waits = waiting_select(pins, rules, among=among)
        found["event"] = f"SELECT * FROM ({found['event']}) AS e UNION ALL {waits}"
    return found


def _months_back(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
    return date(year, month + 1, 1)
