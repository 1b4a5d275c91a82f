"""One look at what is due, and doing it: by one scheduler at a time, each thing once.

An advisory lock keeps schedulers apart; it belongs to a connection, so it dies with its process.
Were it not there, the steps themselves would still refuse a second time: the lock only spares work.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa
import structlog

from cct_engine import cycle
from cct_engine.cycle import CycleError, Desk
from cct_engine.people import ENGINE, Refused
from cct_engine.schedule.due import Due, due
from cct_engine.treasury import publish_head
from ledger import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

__all__ = ["ClockWentBack", "Rung", "ring"]

_LOCK: Final = 0x63_63_74_72_69_6E_67  # "cctring"
_SKEW: Final = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""
_STEPS = {"freeze": cycle.freeze, "calculate": cycle.calculate, "check": cycle.check}


class ClockWentBack(RuntimeError):  # noqa: N818 - reads as what happened
    """The clock shows an instant before the newest act; nothing is done by such a clock."""


class Rung(NamedTuple):
    """One thing that was due and what became of it; ``refusal`` is empty when it was done."""

    due: Due
    sentence: str
    refusal: str


def ring(desk: Desk) -> list[Rung]:
    """Do everything that is due now, as the engine; return what was done and what was refused.

    Returns nothing when another scheduler is at it. What is refused is left for a person and tried
    again at the next ring. Raises ClockWentBack.
    """
    engine_desk = replace(desk, officer_id=ENGINE)
    with _alone(engine_desk) as alone:
        return list(_all_that_is_due(engine_desk)) if alone else []


@contextmanager
def _alone(desk: Desk) -> Iterator[bool]:
    with desk.database.engine.connect() as connection:
        lock = sa.select(sa.func.pg_try_advisory_lock(_LOCK))
        alone = bool(connection.execute(lock).scalar_one())
        connection.commit()
        try:
            yield alone
        finally:
            if alone:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))
                connection.commit()


def _all_that_is_due(desk: Desk) -> Iterator[Rung]:
    tried: set[tuple[str, str]] = set()
    while True:
        at = desk.clock.now()
        with desk.database.transaction() as connection:
            _refuse_old_clock(connection, at)
            waiting = due(connection, at, home=desk.home)
        one = next((one for one in waiting if (one.verb, one.cycle) not in tried), None)
        if one is None:
            return
        tried.add((one.verb, one.cycle))
        yield _rung(desk, one)


def _rung(desk: Desk, one: Due) -> Rung:
    try:
        sentence = _do(desk, one)
    except (CycleError, LedgerError, Refused) as refusal:
        structlog.get_logger().warning(
            "schedule.refused", step=one.verb, cycle=one.cycle, reason=str(refusal)
        )
        return Rung(one, "", str(refusal))
    return Rung(one, sentence, "")


def _do(desk: Desk, one: Due) -> str:
    if one.verb == "reconcile":
        return cycle.reconcile(desk).sentence
    if one.verb == "anchor":
        anchor, path = publish_head(
            desk.database, desk.home, out=desk.home / "anchors", by=ENGINE, at=desk.clock.now()
        )
        return f"The head at position {anchor.position} is signed in {path.name}."
    if one.verb == "open":
        if one.period is None:
            raise ValueError("A cycle cannot be opened without its period.")
        return cycle.open_cycle(desk, one.programme, one.period).sentence
    return _STEPS[one.verb](desk, one.cycle).sentence


def _refuse_old_clock(connection: sa.Connection, at: datetime) -> None:
    newest = connection.execute(
        sa.text("SELECT at FROM people.act ORDER BY act_id DESC LIMIT 1")
    ).scalar()
    if newest is not None and at < newest - _SKEW:
        raise ClockWentBack(
            f"The clock shows {at:%Y-%m-%d %H:%M} UTC, the newest act is of "
            f"{newest:%Y-%m-%d %H:%M}. By such a clock a cycle could be frozen before its facts "
            "were known. Nothing was done; set the clock."
        )
