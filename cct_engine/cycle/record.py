"""The row of a cycle: read as a value, moved by guarded writes only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from cct_engine.cycle.states import TRANSITIONS, State

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = [
    "Changed",
    "Cycle",
    "CycleError",
    "advance",
    "by_code",
    "by_id",
    "cycles",
    "pin",
    "refresh_statistics",
]


class CycleError(Exception):
    """An act on a cycle that its rules refuse. The text says what to do instead."""

    rule = "cycle"


class Changed(CycleError):  # noqa: N818 - reads as the sentence it is: raise Changed
    """Somebody was faster: the cycle is not in the state, or not the version, that was read."""

    rule = "changed"


class Cycle(NamedTuple):
    """One run of one programme for one period, as the database has it now.

    ``period`` is the first day of its first month. Officers are numbers; None: not done yet.
    """

    cycle_id: int
    code: str
    programme: str
    programme_id: int
    fund_id: int
    period: date
    month_count: int
    currency: str
    state: State
    version: int
    opened_at: datetime
    opened_by: int
    as_of_valid: date | None
    as_of_known: datetime | None
    rulebook_digest: str | None
    statement_digest: str | None
    value_on: date | None
    list_digest: str | None
    prepared_by: int | None
    submitted_at: datetime | None
    approved_by: int | None
    approved_at: datetime | None
    released_by: int | None
    released_at: datetime | None
    closed_by: int | None
    closed_at: datetime | None
    proof_digest: str | None


_SELECT = """
    SELECT c.cycle_id, c.code, p.code AS programme, c.programme_id, c.fund_id, c.period,
           c.month_count, c.currency, c.state, c.version, c.opened_at, c.opened_by, c.as_of_valid,
           c.as_of_known, c.rulebook_digest, c.statement_digest, c.value_on, c.list_digest,
           c.prepared_by, c.submitted_at, c.approved_by, c.approved_at, c.released_by,
           c.released_at, c.closed_by, c.closed_at, c.proof_digest
    FROM cycle.cycle c JOIN registry.programme p USING (programme_id)
"""


def by_code(connection: sa.Connection, code: str) -> Cycle:
    """Return the cycle called ``code``; raise CycleError when there is none."""
    return _one(connection, "c.code", code)


def by_id(connection: sa.Connection, cycle_id: int) -> Cycle:
    """Return the cycle with this number; raise CycleError when there is none."""
    return _one(connection, "c.cycle_id", cycle_id)


def cycles(connection: sa.Connection) -> list[Cycle]:
    """Return every cycle in the order of opening."""
    return [_value(row) for row in connection.execute(sa.text(f"{_SELECT} ORDER BY c.cycle_id"))]


def advance(connection: sa.Connection, seen: Cycle, verb: str, **columns: object) -> Cycle:
    """Move a cycle along the transition table and return it as it is then.

    The guard is the write: it names the state and the version that were read. Raises ``Changed``
    when another officer, or another process, moved it first; nothing is written then.
    """
    way = TRANSITIONS[verb]
    since = way.since or way.to
    return _write(connection, seen, verb, since=since, to=way.to, columns=columns)


def pin(connection: sa.Connection, seen: Cycle, **columns: object) -> Cycle:
    """Write columns of a cycle that stays where it is, under the same guard as a transition."""
    return _write(connection, seen, "pin", since=seen.state, to=seen.state, columns=columns)


def _write(
    connection: sa.Connection,
    seen: Cycle,
    verb: str,
    *,
    since: State,
    to: State,
    columns: dict[str, object],
) -> Cycle:
    assignments = "".join(f", {name} = :{name}" for name in columns)
    moved = connection.execute(
        sa.text(
            f"UPDATE cycle.cycle SET state = :to, version = version + 1{assignments} "
            "WHERE cycle_id = :cycle_id AND version = :version AND state = :since"
        ),
        {
            "to": to.value,
            "cycle_id": seen.cycle_id,
            "version": seen.version,
            "since": since.value,
            **columns,
        },
    )
    now = by_id(connection, seen.cycle_id)
    if moved.rowcount != 1:
        raise Changed(
            f"{seen.code} changed while you were working: it was {seen.state.value} (version "
            f"{seen.version}), now it is {now.state.value} (version {now.version}). "
            f"Nothing of '{verb}' was done. Read the cycle again."
        )
    return now


def refresh_statistics(connection: sa.Connection, cycle_id: int) -> None:
    """Let PostgreSQL count what was just written for a cycle, or its plans go by an empty table."""
    connection.execute(
        sa.text("SELECT cycle.refresh_statistics(:cycle_id)"), {"cycle_id": cycle_id}
    )


def _one(connection: sa.Connection, column: str, key: str | int) -> Cycle:
    row = connection.execute(
        sa.text(f"{_SELECT} WHERE {column} = :key"), {"key": key}
    ).one_or_none()
    if row is None:
        raise CycleError(f"There is no cycle {key}. 'cct cycle list' names those that are open.")
    return _value(row)


def _value(row: sa.Row[tuple[object, ...]]) -> Cycle:
    columns = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's columns
    return Cycle(**columns | {"state": State(columns["state"])})
