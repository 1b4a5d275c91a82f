"""Freezing a cycle: law and cut-off are pinned, closed months corrected, the inputs sealed.

The pins are kept in a transaction of their own, so that a freeze that was killed goes on with the
same cut-off and gives the same corrections and the same snapshot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine import entitlement, failpoints
from cct_engine.cycle import correcting
from cct_engine.cycle.cut_off import inputs_of, pinned, pins_of
from cct_engine.cycle.desk import run
from cct_engine.cycle.queueing import decided
from cct_engine.cycle.record import CycleError
from cct_engine.entitlement import EntitlementError
from cct_engine.money import format_minor
from cct_engine.rulebook import Unwritable

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from cct_engine.cycle.desk import Desk, StepReport, Work
    from cct_engine.cycle.queueing import BudgetQueue
    from cct_engine.entitlement import CyclePins, Snapshot
    from cct_engine.rulebook import Rulebook

__all__ = ["folder_of", "freeze"]


def folder_of(home: Path, code: str) -> Path:
    """Return where the snapshot and the run of a cycle lie."""
    return home / "cycles" / code


def freeze(desk: Desk, code: str, *, as_of: date | None = None) -> StepReport:
    """Pin law and cut-off, correct closed months, seal the inputs, move the cycle to ``frozen``.

    ``as_of`` is the day the registry is read for; by default the day of freezing, no earlier than
    the cycle's first and no later than its last day. Ignored when a killed freeze goes on.
    """

    def body(work: Work) -> None:
        rules = pinned(work, as_of)
        pins = pins_of(work.cycle)
        try:
            found = correcting.brought_to_light(work, pins, rules)
            aside = folder_of(desk.home, code) / "queue"
            line = decided(work, rules, aside, lambda folder: _sealed(work, pins, rules, folder))
            snapshot = _sealed(work, pins, rules, folder_of(desk.home, code) / "snapshot")
            with work.last_transaction() as connection:
                entitlement.record_snapshot(connection, pins, snapshot, home=desk.home, at=work.at)
                work.counts["households"] = snapshot.household_count
                work.detail["digest"] = snapshot.digest
                work.move(connection)
                failpoints.hit("freeze.before_commit")
        except (EntitlementError, Unwritable) as error:
            raise CycleError(f"{code} was not frozen. {error}") from error
        failpoints.hit("freeze.after_commit")
        work.sentence = (
            f"{code} is frozen: {snapshot.household_count} households as of "
            f"{pins.as_of_valid:%d %b %Y}. What comes in later belongs to a later cycle."
            f"{correcting.told(found, work.cycle.currency)}{_waiting(line, work)}"
        )

    return run(desk, code, "freeze", body)


def _waiting(line: BudgetQueue | None, work: Work) -> str:
    """Tell whom the money does not reach."""
    if line is None:
        return ""
    work.counts["waiting"] = line.waiting_count
    work.money |= {"budget": line.ceiling_minor, "served": line.spent_minor}
    ceiling = format_minor(line.ceiling_minor, work.cycle.currency)
    return (
        f" The budget of {ceiling} does not reach {line.waiting_count} families, who wait."
        if line.waiting_count
        else f" The budget of {ceiling} reaches everybody."
    )


def _sealed(work: Work, pins: CyclePins, rules: Rulebook, folder: Path) -> Snapshot:
    """Copy the inputs out, all of them as one instant saw them."""
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
            folder,
            rulebook=rules,
            selects=inputs_of(pins, rules),
            shard_households=work.desk.settings.shard_households,
            hit=hit,
        )
