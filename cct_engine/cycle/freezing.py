"""Freezing a cycle: the law and the cut-off are pinned first, then the inputs are sealed.

The pins are kept in a transaction of their own, so that a freeze that was killed goes on with the
same cut-off and gives the same snapshot.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING

from cct_engine import entitlement, failpoints, registry
from cct_engine.cycle import law, record
from cct_engine.cycle.desk import run
from cct_engine.cycle.moments import today_of
from cct_engine.cycle.record import CycleError
from cct_engine.entitlement import CyclePins, EntitlementError

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.cycle.desk import Desk, StepReport, Work
    from cct_engine.cycle.record import Cycle
    from cct_engine.entitlement import Snapshot
    from cct_engine.rulebook import Rulebook

__all__ = ["folder_of", "freeze", "pins_of"]

_HISTORY_MONTHS = 18
"""How far back facts and memberships are frozen: the longest observation window, and some."""


def folder_of(home: Path, code: str) -> Path:
    """Return where the snapshot and the run of a cycle lie."""
    return home / "cycles" / code


def freeze(desk: Desk, code: str, *, as_of: date | None = None) -> StepReport:
    """Pin law and cut-off, seal the inputs, and move the cycle to ``frozen``.

    ``as_of`` is the day the registry is read for; by default the day of freezing, no earlier than
    the cycle's first and no later than its last day. Ignored when a killed freeze goes on.
    """

    def body(work: Work) -> None:
        rules = _pinned(work, as_of)
        pins = pins_of(work.cycle)
        try:
            snapshot = _sealed(work, pins, rules)
            with work.last_transaction() as connection:
                entitlement.record_snapshot(connection, pins, snapshot, home=desk.home, at=work.at)
                work.counts["households"] = snapshot.household_count
                work.detail["digest"] = snapshot.digest
                work.move(connection)
                failpoints.hit("freeze.before_commit")
        except EntitlementError as error:
            raise CycleError(f"{code} was not frozen. {error}") from error
        failpoints.hit("freeze.after_commit")
        work.sentence = (
            f"{code} is frozen: {snapshot.household_count} households as of "
            f"{pins.as_of_valid:%d %b %Y}. What comes in later belongs to a later cycle."
        )

    return run(desk, code, "freeze", body)


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


def _pinned(work: Work, as_of: date | None) -> Rulebook:
    cycle = work.cycle
    with work.desk.database.transaction() as connection:
        if cycle.as_of_known is not None:
            return law.of_cycle(connection, cycle)
        registry.stand_still(connection)
        rules = law.in_force(cycle.programme, work.desk.home)
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


def _sealed(work: Work, pins: CyclePins, rules: Rulebook) -> Snapshot:
    """Copy the inputs out, all of them as one instant saw them."""
    selects = registry.extract.selects(
        pins.programme,
        rulebook=rules,
        as_of_valid=pins.as_of_valid,
        as_of_known=pins.as_of_known,
        since=_months_back(pins.period, _HISTORY_MONTHS),
        id_scheme=_id_scheme(rules),
    )
    shards = 0

    def hit(place: str) -> None:
        nonlocal shards
        shards += 1
        work.tell("shards", shards)
        failpoints.hit(place)

    engine = work.desk.database.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.begin() as connection:
        return entitlement.freeze(
            connection,
            pins,
            folder_of(work.desk.home, pins.code) / "snapshot",
            rulebook=rules,
            selects=selects,
            shard_households=work.desk.settings.shard_households,
            hit=hit,
        )


def _months_back(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _id_scheme(rules: Rulebook) -> str | None:
    digit_of = rules.law.calendar.digit_of
    return digit_of.rpartition(".")[2].upper() if digit_of else None
