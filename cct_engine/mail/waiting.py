"""What waits for officers now, and for whom: read from the state of things, one look at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine.cycle import TRANSITIONS, State, cycles
from cct_engine.people import Permission, Role, who_may

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from cct_engine.cycle import Cycle

__all__ = ["Overdue", "Waits", "what_waits"]

_BREAK_GLASS_DAYS: Final = 14
"""How long after it a break-glass is still told to somebody who got an address only now."""
_SIGNERS: Final = {State.SUBMITTED: ("sign", "approve"), State.APPROVED: ("release", "release")}
_LATE_BEFORE: Final = {
    State.CHECKED: "submit",
    State.SUBMITTED: "approve",
    State.APPROVED: "release",
}
_WATCHERS: Final = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


class Overdue(NamedTuple):
    """A step the engine should have done by itself: a verb, its programme and cycle, since when."""

    verb: str
    programme: str
    cycle: str
    since: datetime


class Waits(NamedTuple):
    """One thing and the officers it waits for. ``about`` tells it from every other of its kind.

    ``facts`` fill the words of the mail: codes, counts and days, nothing of a person.
    """

    kind: str
    about: str
    facts: Mapping[str, str | int]
    officer_ids: frozenset[int]


def what_waits(
    connection: sa.Connection,
    at: datetime,
    *,
    suspense_days: int,
    late: Iterable[Overdue] = (),
) -> list[Waits]:
    """Return what waits at an instant; ``late`` are steps the schedule could not do in time."""
    found = [
        *_signatures(connection, at),
        *_exceptions(connection, at),
        *_overrides(connection, at),
        *_suspense(connection, at, days=suspense_days),
        *_late(connection, at, late),
        *_broken_glass(connection, at),
    ]
    return [one for one in found if one.officer_ids]


def _may(
    connection: sa.Connection, roles: Iterable[Role], at: datetime, programme: str | None
) -> set[int]:
    return set(
        who_may(connection, Permission("", frozenset(roles)), at=at, programme=programme or None)
    )


def _signatures(connection: sa.Connection, at: datetime) -> Iterator[Waits]:
    for cycle in cycles(connection):
        if cycle.state not in _SIGNERS:
            continue
        kind, verb = _SIGNERS[cycle.state]
        may = _may(connection, TRANSITIONS[verb].roles, at, cycle.programme)
        may -= {cycle.prepared_by or 0, cycle.approved_by or 0}
        facts = {"cycle": cycle.code} | _pays_on(cycle)
        yield Waits(kind, f"{cycle.code}/{cycle.version}", facts, frozenset(may))


def _pays_on(cycle: Cycle) -> dict[str, str | int]:
    return {"pays_on": "" if cycle.value_on is None else cycle.value_on.isoformat()}


def _exceptions(connection: sa.Connection, at: datetime) -> Iterator[Waits]:
    for row in connection.execute(_OPEN_FINDINGS):
        may = _may(connection, {Role.MAKER, Role.CASE_WORKER}, at, row.programme)
        facts = {"cycle": row.code, "count": row.finding_count}
        yield Waits("exceptions", f"{row.code}/{row.version}", facts, frozenset(may))


def _overrides(connection: sa.Connection, at: datetime) -> Iterator[Waits]:
    for row in connection.execute(_PROPOSED):
        may = _may(connection, TRANSITIONS["confirm override"].roles, at, row.programme)
        facts = {"cycle": row.code, "finding": row.finding_id}
        yield Waits("override", str(row.override_id), facts, frozenset(may - {row.proposed_by}))


def _suspense(connection: sa.Connection, at: datetime, *, days: int) -> Iterator[Waits]:
    """Once a week as long as it lasts: the week stands in what it is about."""
    week = "{}-W{:02}".format(*at.isocalendar()[:2])
    for row in connection.execute(_SUSPENSE, {"before": (at - timedelta(days=days)).date()}):
        may = _may(connection, {Role.BANK_LIAISON}, at, row.programme)
        facts = {"programme": row.programme, "count": row.item_count}
        facts["days"] = (at.date() - row.oldest_on).days
        yield Waits("suspense", f"{row.programme or 'unknown'}/{week}", facts, frozenset(may))


def _late(connection: sa.Connection, at: datetime, late: Iterable[Overdue]) -> Iterator[Waits]:
    for one in late:
        may = _may(connection, {Role.MAKER, Role.ADMINISTRATOR}, at, one.programme)
        name = one.cycle or one.programme or "engine"
        facts: dict[str, str | int] = {
            "step": one.verb,
            "cycle": name,
            "since": f"{one.since:%Y-%m-%d %H:%M} UTC",
        }
        yield Waits("late", f"{one.verb}/{name}", facts, frozenset(may))
    for cycle in cycles(connection):
        verb = _LATE_BEFORE.get(cycle.state)
        if verb is None or cycle.value_on is None or cycle.value_on > at.date():
            continue
        may = _may(connection, TRANSITIONS[verb].roles, at, cycle.programme)
        facts = {"step": verb, "cycle": cycle.code, "since": cycle.value_on.isoformat()}
        yield Waits("late", f"{verb}/{cycle.code}", facts, frozenset(may))


def _broken_glass(connection: sa.Connection, at: datetime) -> Iterator[Waits]:
    since = at - timedelta(days=_BREAK_GLASS_DAYS)
    for row in connection.execute(_BROKEN, {"since": since, "at": at}):
        may = _may(connection, _WATCHERS, at, None)
        facts = {
            "role": row.detail["role"],
            "programme": row.detail["programme"],
            "hours": row.detail["hours"],
            "officer": row.subject,
            "act": row.act_id,
        }
        yield Waits("break_glass", str(row.act_id), facts, frozenset(may))


_OPEN_FINDINGS: Final = sa.text("""
    SELECT c.code, c.version, p.code AS programme, count(*) AS finding_count
    FROM cycle.finding f JOIN cycle.cycle c USING (cycle_id)
    JOIN registry.programme p USING (programme_id)
    WHERE c.state = 'checked' AND f.state = 'open' AND f.effect = 'blocks'
    GROUP BY c.code, c.version, p.code ORDER BY c.code
""")
_PROPOSED: Final = sa.text("""
    SELECT o.override_id, o.proposed_by, f.finding_id, c.code, p.code AS programme
    FROM cycle.override o JOIN cycle.finding f USING (finding_id)
    JOIN cycle.cycle c USING (cycle_id) JOIN registry.programme p USING (programme_id)
    WHERE o.confirmed_by IS NULL AND c.state = 'checked' AND f.state = 'open'
    ORDER BY o.override_id
""")
_SUSPENSE: Final = sa.text("""
    SELECT coalesce(p.code, '') AS programme, count(*) AS item_count, min(s.opened_on) AS oldest_on
    FROM recon.suspense_item s LEFT JOIN registry.programme p USING (programme_id)
    WHERE s.state <> 'closed' AND s.opened_on < :before
    GROUP BY p.code ORDER BY 1
""")
_BROKEN: Final = sa.text("""
    SELECT act_id, subject, detail FROM people.act
    WHERE verb = 'role.break_glass' AND outcome = 'done' AND at > :since AND at <= :at
    ORDER BY act_id
""")
