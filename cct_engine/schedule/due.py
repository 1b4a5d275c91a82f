"""What is due: computed from the calendars and from where each cycle stands, never remembered.

So a night that was missed, a crash and a clock that was moved change nothing but the time at which
somebody looks. A programme's first cycle is opened by a person; the calendar goes on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from cct_engine.cycle import Cycle, State, code_of, cycles, law, waiting_files
from cct_engine.schedule.timetable import next_period, timetable
from cct_engine.treasury import head_waits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from pathlib import Path

    from cct_engine.rulebook import Rulebook

__all__ = ["Due", "due"]

_DECIDED = (State.APPROVED, State.RELEASED, State.CLOSED)
_AT_ONCE = {State.FROZEN: "calculate", State.CALCULATED: "check"}


class Due(NamedTuple):
    """Something the engine may do now without a person: ``since`` says how late it is (UTC)."""

    verb: str
    programme: str
    period: date | None
    cycle: str
    since: datetime


def due(connection: sa.Connection, at: datetime, *, home: Path) -> list[Due]:
    """Return everything that is due at an instant, the oldest first.

    Answers of the bank come first: they may close what stands in the way of a cycle. The signed
    head of the day comes last; it covers what was done before.
    """
    found = list(_bank(home, at))
    known = cycles(connection)
    for programme, zone in _programmes(connection):
        mine = sorted((one for one in known if one.programme == programme), key=_period)
        if mine:
            rules = law.in_force(programme, home)
            found += sorted(_of_programme(mine, rules, zone, at), key=lambda one: one.since)
    if head_waits(connection, home, at=at):
        found.append(Due("anchor", "", None, "", at))
    return found


def _bank(home: Path, at: datetime) -> Iterator[Due]:
    if waiting_files(home):
        yield Due("reconcile", "", None, "", at)


def _period(cycle: Cycle) -> date:
    return cycle.period


def _programmes(connection: sa.Connection) -> list[tuple[str, ZoneInfo]]:
    rows = connection.execute(
        sa.text("SELECT code, time_zone FROM registry.programme WHERE kind = 'own' ORDER BY code")
    )
    return [(row.code, ZoneInfo(row.time_zone)) for row in rows]


def _of_programme(
    mine: list[Cycle], rules: Rulebook, zone: ZoneInfo, at: datetime
) -> Iterator[Due]:
    table = timetable(rules.programme)
    decided = True  # every earlier cycle has an approved list
    for cycle in mine:
        if cycle.state is State.OPENED and decided:
            freezes_at = table.freezes_at(rules, cycle.period, zone)
            if freezes_at <= at:
                yield Due("freeze", cycle.programme, cycle.period, cycle.code, freezes_at)
        elif cycle.state in _AT_ONCE:
            since = cycle.as_of_known or cycle.opened_at
            yield Due(_AT_ONCE[cycle.state], cycle.programme, cycle.period, cycle.code, since)
        decided = decided and cycle.state in _DECIDED
    period = next_period(rules, mine[-1].period)
    opens_at = table.opens_at(rules, period, zone)
    if opens_at <= at:
        yield Due("open", rules.programme, period, code_of(rules.programme, period), opens_at)
