"""Cycles: where each stands, step by step, and what the current step needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

from cct_engine import cycle as cycles_door
from cct_engine.console.reading.kept import remembered
from cct_engine.cycle import State
from cct_engine.cycle.states import is_past

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from cct_engine.console.reading.figures import Figures
    from cct_engine.cycle import Cycle

__all__ = [
    "STEP_NAMES",
    "Facts",
    "Step",
    "before",
    "facts",
    "in_scope",
    "latest_acts",
    "logins",
    "own",
    "steps",
    "titles",
    "zones",
]


class Step(NamedTuple):
    """One of the nine steps of a cycle: its state by ``kind``, and what it came to."""

    number: int
    name: str
    kind: str
    told: tuple[tuple[str, object], ...]
    href: str


class Facts(NamedTuple):
    """What stands about a cycle outside its row; counts of things."""

    household_count: int | None
    fact_count: int | None
    snapshot_digest: str | None
    run_digest: str | None
    finding_count: int
    open_count: int
    blocking_count: int
    override_count: int
    unconfirmed_count: int
    file_count: int
    sent_file_count: int
    suspense_count: int


def in_scope(
    connection: sa.Connection,
    scope: Sequence[str] | None,
    *,
    before: int | None = None,
    most: int = 60,
) -> list[Cycle]:
    """Return the newest cycles of the programmes in scope, newest first."""
    found = [
        one
        for one in reversed(cycles_door.cycles(connection))
        if (scope is None or one.programme in scope) and (before is None or one.cycle_id < before)
    ]
    return found[:most]


def before(connection: sa.Connection, cycle: Cycle) -> int:
    """Return the number of the cycle before one of its programme; 0: it is the first."""

    def read() -> int:
        asked = {"programme_id": cycle.programme_id, "period": cycle.period}
        return int(connection.execute(_BEFORE, asked).scalar() or 0)

    return remembered(connection, ("before", cycle.programme_id, cycle.period), read)


def titles(connection: sa.Connection) -> dict[str, str]:
    """Return programmes' titles by code."""
    rows = connection.execute(sa.text("SELECT code, title FROM registry.programme"))
    return {row.code: row.title for row in rows}


def own(connection: sa.Connection) -> dict[str, str]:
    """Return the titles of the programmes that are paid here, by code."""
    rows = connection.execute(
        sa.text("SELECT code, title FROM registry.programme WHERE kind = 'own' ORDER BY title")
    )
    return {row.code: row.title for row in rows}


def zones(connection: sa.Connection) -> dict[str, str]:
    """Return programmes' time zones by code."""
    rows = connection.execute(sa.text("SELECT code, time_zone FROM registry.programme"))
    return {row.code: row.time_zone for row in rows}


def logins(connection: sa.Connection) -> dict[int, str]:
    """Return officers' logins by number."""
    rows = connection.execute(sa.text("SELECT officer_id, login FROM people.officer"))
    return {row.officer_id: row.login for row in rows}


def facts(connection: sa.Connection, cycle: Cycle) -> Facts:
    """Return counts that the stepper shows."""
    row = connection.execute(_FACTS, {"cycle_id": cycle.cycle_id}).one()
    return Facts._make(row)


def latest_acts(connection: sa.Connection, code: str, *, most: int = 12) -> list[dict[str, Any]]:
    """Return what was done on a cycle, and what was refused, newest first."""
    rows = connection.execute(
        sa.text(
            "SELECT a.act_id, a.at, o.login, a.verb, a.outcome, a.detail->>'rule' AS rule "
            "FROM people.act a JOIN people.officer o USING (officer_id) "
            "WHERE a.subject = :subject ORDER BY a.act_id DESC LIMIT :most"
        ),
        {"subject": f"cycle/{code}", "most": most},
    )
    return [dict(row) for row in rows.mappings()]


STEP_NAMES: Final = (
    "Opened",
    "Registry frozen",
    "Feeds",
    "Compliance",
    "Calculated",
    "Checked",
    "Approval",
    "Release",
    "Close",
)
_STANDS: Final = {
    State.OPENED: 2,
    State.FROZEN: 4,
    State.CALCULATED: 6,
    State.CHECKED: 7,
    State.SUBMITTED: 7,
    State.APPROVED: 8,
    State.RELEASED: 9,
    State.CLOSED: 10,
}


def steps(
    cycle: Cycle,
    *,
    on: date,
    known: Facts | None = None,
    figures: Figures | None = None,
    names: dict[int, str] | None = None,
) -> tuple[Step, ...]:
    """Return the nine steps; without ``known`` only their states."""
    now = _STANDS[cycle.state]
    late = cycle.value_on is not None and cycle.value_on < on and now <= 8  # noqa: PLR2004 - not sent
    told = _told(cycle, known, figures, names or {}) if known else {}
    base = f"/cycles/{cycle.code}"
    links = {
        1: f"/activity?subject=cycle/{cycle.code}",
        2: "/households",
        3: "/feeds",
        4: f"{base}/payments?state=held",
        5: f"{base}/payments",
        6: f"/exceptions?cycle={cycle.code}",
        7: f"{base}/approval",
        8: f"/files?cycle={cycle.code}",
        9: f"{base}/proof",
    }
    made = []
    for number, name in enumerate(STEP_NAMES, 1):
        kind = "done" if number < now else "later"
        if number == now:
            kind = "late" if late else "now"
        made.append(Step(number, name, kind, told.get(number, ()), links[number]))
    return tuple(made)


def _told(
    cycle: Cycle, known: Facts, figures: Figures | None, names: dict[int, str]
) -> dict[int, tuple[tuple[str, object], ...]]:
    def by(officer_id: int | None, at: datetime | None) -> tuple[tuple[str, object], ...]:
        if officer_id is None:
            return ()
        return (("day", at.date() if at else None), ("login", names.get(officer_id, "")))

    told: dict[int, tuple[tuple[str, object], ...]] = {
        1: by(cycle.opened_by, cycle.opened_at),
        7: by(cycle.approved_by, cycle.approved_at),
        8: by(cycle.released_by, cycle.released_at),
        9: by(cycle.closed_by, cycle.closed_at),
    }
    if cycle.state is State.SUBMITTED:
        told[7] = (("since", cycle.submitted_at), ("signatures", (0, 1)))
    if cycle.state is State.CHECKED:
        told[7] = (("text", "to be submitted"),)
    if known.household_count is not None:
        told[2] = (("families", known.household_count),)
        told[3] = (("reports", known.fact_count),)
    if figures is not None:
        told[4] = (("held", figures.held_families),)
        told[5] = (("families", figures.household_count),)
    if is_past(cycle.state, State.CHECKED):
        told[6] = (("found", known.finding_count), ("blocking", known.blocking_count))
    return told


_BEFORE: Final = sa.text("""
    SELECT cycle_id FROM cycle.cycle WHERE programme_id = :programme_id AND period < :period
    ORDER BY period DESC LIMIT 1
""")
_FACTS: Final = sa.text("""
    SELECT s.household_count, CAST(s.row_counts->>'fact' AS bigint), s.digest,
           (SELECT digest FROM cycle.run r WHERE r.cycle_id = :cycle_id
            ORDER BY number DESC LIMIT 1),
           coalesce(f.found, 0), coalesce(f.open, 0), coalesce(f.blocking, 0),
           coalesce(o.confirmed, 0), coalesce(o.unconfirmed, 0),
           (SELECT count(*) FROM bank.file WHERE cycle_id = :cycle_id),
           (SELECT count(*) FROM bank.file WHERE cycle_id = :cycle_id AND state = 'sent'),
           (SELECT count(*) FROM recon.suspense_item
            WHERE cycle_id = :cycle_id AND state <> 'closed')
    FROM (VALUES (1)) AS one (x)
    LEFT JOIN cycle.snapshot s ON s.cycle_id = :cycle_id
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE state <> 'resolved') AS found,
               count(*) FILTER (WHERE state = 'open') AS open,
               count(*) FILTER (WHERE state = 'open' AND effect = 'blocks') AS blocking
        FROM cycle.finding WHERE cycle_id = :cycle_id) f ON true
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE v.confirmed_by IS NOT NULL AND g.state = 'overridden')
                   AS confirmed,
               count(*) FILTER (WHERE v.confirmed_by IS NULL AND g.state = 'open') AS unconfirmed
        FROM cycle.override v JOIN cycle.finding g USING (finding_id)
        WHERE g.cycle_id = :cycle_id) o ON true
""")
