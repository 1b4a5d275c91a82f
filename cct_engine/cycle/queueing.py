"""The queue of a law with a budget: decided once, before the inputs of a cycle are sealed.

First everybody's inputs are frozen aside and one pass says what each family would cost; then the
law's order admits until the ceiling. Those who wait are written down, and the inputs that are
sealed carry their event. A freeze that was killed finds the decision and keeps it.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from cct_engine import entitlement
from cct_engine.entitlement.copy_out import driver
from cct_engine.rulebook import WAITING_LIST, day_number, shard_schemas

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from cct_engine.cycle.desk import Work
    from cct_engine.entitlement import CyclePins, Snapshot
    from cct_engine.rulebook import Queue, Rulebook

__all__ = ["BudgetQueue", "decided", "queue_of", "waiting_select"]


class BudgetQueue(NamedTuple):
    """What a cycle may cost, what those served cost, and how many wait."""

    ceiling_minor: int
    spent_minor: int
    waiting_count: int


def queue_of(connection: sa.Connection, cycle_id: int) -> BudgetQueue | None:
    """Return the decision on a cycle's queue; None where its law has no budget."""
    row = connection.execute(
        sa.text(
            "SELECT ceiling_minor, spent_minor, waiting_count FROM cycle.budget_queue"
            " WHERE cycle_id = :cycle_id"
        ),
        {"cycle_id": cycle_id},
    ).one_or_none()
    return None if row is None else BudgetQueue(*row)


def waiting_select(pins: CyclePins, rules: Rulebook, *, among: str | None) -> str:
    """Return the select of the events of those who wait, with the columns of the shard's table."""
    where = (
        "BETWEEN :first AND :last" if among is None else f"IN (SELECT household_id FROM {among})"
    )
    day = pins.period
    known = {
        "household_id": "w.household_id",
        "subject_id": "CAST(0 AS bigint)",
        "code": f"'{WAITING_LIST}'",
        "on_date": f"DATE '{day}'",
        "on_date_day": str(day_number(day)),
        "on_date_month": str(pins.first_month),
        "from_month": str(pins.first_month),
        "until_month": str(pins.first_month),
        "for_month": "CAST(NULL AS integer)",
        "detail": "CAST(w.place AS text)",
    }
    columns = ", ".join(f"{known[name]} AS {name}" for name in shard_schemas(rules)["event"].names)
    return (
        f"SELECT {columns} FROM cycle.waiting_household AS w"
        f" WHERE w.cycle_id = {pins.cycle_id} AND w.household_id {where}"
    )


def decided(
    work: Work, rules: Rulebook, aside: Path, sealed: Callable[[Path], Snapshot]
) -> BudgetQueue | None:
    """Decide who waits for money, once; return the decision, None for a law without a budget.

    ``sealed`` freezes the inputs, with nobody waiting, into the folder ``aside``, which is thrown
    away afterwards.
    """
    if rules.law.budget is None:
        return None
    with work.desk.database.transaction() as connection:
        done = queue_of(connection, work.cycle.cycle_id)
    if done is None:
        found = entitlement.queued(sealed(aside), rules)
        with work.desk.database.transaction() as connection:
            done = _kept(connection, work.cycle.cycle_id, found, work.at)
    shutil.rmtree(aside, ignore_errors=True)
    return done


def _kept(connection: sa.Connection, cycle_id: int, found: Queue, at: datetime) -> BudgetQueue:
    made = BudgetQueue(found.ceiling_minor, found.spent_minor, len(found.waiting))
    connection.execute(
        sa.text(
            "INSERT INTO cycle.budget_queue VALUES (:cycle_id, :ceiling_minor, :spent_minor,"
            " :waiting_count, :at)"
        ),
        {"cycle_id": cycle_id, **made._asdict(), "at": at},
    )
    into = "cycle.waiting_household (cycle_id, household_id, place, cost_minor)"
    with driver(connection).cursor().copy(f"COPY {into} FROM STDIN") as copy:
        for household_id, place, cost in found.waiting:
            copy.write_row((cycle_id, household_id, place, cost))
    return made
