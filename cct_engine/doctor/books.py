"""Checks of the database: what it is, how it is set, who may do what, clocks, and the schedule."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine import schedule
from cct_engine.database import newest_revision, revision
from cct_engine.doctor.findings import Finding, fine, look_at, mend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

__all__ = ["books"]

_VERSION_MIN: Final = 150_000
_ROLES: Final = ("cct_app", "cct_auditor", "cct_owner")
_MUST: Final = {
    "fsync": ("on", "off loses the books when the machine stops"),
    "full_page_writes": ("on", "off tears pages when the machine stops"),
    "server_encoding": ("UTF8", "names of families need it; make the database again"),
}
_WRITES_REFUSED: Final = {
    "people.act": "the record of acts",
    "ledger.seal": "the ledger's seals",
}
_SKEW_LOOK, _SKEW_MEND = timedelta(seconds=5), timedelta(minutes=5)
_RING_LATE: Final = timedelta(minutes=30)


def books(connection: sa.Connection, *, at: datetime) -> Iterator[Finding]:
    """Look the database over, as the role that runs the engine sees it."""
    yield from _server(connection)
    stands = revision(connection)
    newest = newest_revision()
    if stands != newest:
        yield mend(
            "tables",
            f"they stand at {stands or 'nothing'}, this version needs {newest}",
            "Stop the engine, make a backup, then: cct database migrate.",
        )
        return
    yield fine("tables", f"revision {stands}")
    yield from _rights(connection)
    yield from _clocks(connection, at)
    yield from _schedule(connection, at)


def _server(connection: sa.Connection) -> Iterator[Finding]:
    number = int(_shown(connection, "server_version_num"))
    version = _shown(connection, "server_version").split(" ", maxsplit=1)[0]
    if number < _VERSION_MIN:
        yield mend("database", f"PostgreSQL {version}", "Use PostgreSQL 15 or newer.")
    else:
        yield fine("database", f"PostgreSQL {version}")
    for name, (wanted, why) in _MUST.items():
        value = _shown(connection, name)
        if value != wanted:
            yield mend("database", f"{name} is {value}", f"Set it to {wanted}: {why}.")
    if _shown(connection, "synchronous_commit") == "off":
        yield mend(
            "database",
            "synchronous_commit is off",
            "Set it to on: what was said to be done could be forgotten.",
        )
    if _shown(connection, "data_checksums") != "on":
        yield look_at("database", "data_checksums is off", "pg_checksums --enable, server stopped.")
    collation = connection.execute(
        sa.text("SELECT datcollate FROM pg_database WHERE datname = current_database()")
    ).scalar_one()
    if collation not in {"C", "C.UTF-8", "POSIX"}:
        yield mend(
            "database",
            f"the collation is {collation}",
            "Make the database with LC_COLLATE 'C': digests follow the order of rows.",
        )


def _shown(connection: sa.Connection, name: str) -> str:
    return str(
        connection.execute(sa.text("SELECT current_setting(:name)"), {"name": name}).scalar_one()
    )


def _rights(connection: sa.Connection) -> Iterator[Finding]:
    there = set(
        connection.execute(
            sa.text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:names)"),
            {"names": list(_ROLES)},
        ).scalars()
    )
    if missing := sorted(set(_ROLES) - there):
        yield mend("roles", f"{', '.join(missing)} missing", "See docs/production.md, step 1.")
    me, is_super = connection.execute(
        sa.text("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user")
    ).one()
    if is_super:
        yield mend(
            "roles",
            f"the engine runs as {me}, a superuser",
            "Let CCT_DATABASE_URL name cct_app: no rule of the database holds a superuser.",
        )
        return
    may = [
        title
        for table, title in _WRITES_REFUSED.items()
        if connection.execute(
            sa.text("SELECT has_table_privilege(:table, 'UPDATE, DELETE, TRUNCATE')"),
            {"table": table},
        ).scalar_one()
    ]
    if may:
        yield mend(
            "roles",
            f"{me} may change {' and '.join(may)}",
            "Let CCT_DATABASE_URL name cct_app; cct_owner is for migrations only.",
        )
    elif not missing:
        yield fine("roles", f"{me} adds to the books and changes nothing in them")


def _clocks(connection: sa.Connection, at: datetime) -> Iterator[Finding]:
    theirs = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    apart = abs(theirs - at)
    told = f"this machine and the database are {apart.total_seconds():.1f} s apart"
    if apart > _SKEW_MEND:
        yield mend("clock", told, "Set both by NTP: cut-offs are decided by the clock.")
    elif apart > _SKEW_LOOK:
        yield look_at("clock", told, "Set both by NTP.")
    else:
        yield fine("clock", told)
    newest = connection.execute(sa.text("SELECT max(at) FROM people.act")).scalar()
    if newest is not None and newest > at + _SKEW_MEND:
        yield mend(
            "clock",
            f"the newest act is of {newest:%Y-%m-%d %H:%M} UTC, later than now",
            "Set the clock: until then the schedule does nothing.",
        )


def _schedule(connection: sa.Connection, at: datetime) -> Iterator[Finding]:
    found = schedule.pulses(connection)
    if not found:
        yield look_at("schedule", "it never ran", "Start it: cct schedule run, or cct serve.")
        return
    if not schedule.lives(found, at=at):
        yield mend(
            "schedule",
            f"the last sign of life was at {found[0].beat_at:%Y-%m-%d %H:%M:%S} UTC",
            "Start it: systemctl start cct-console (or cct-schedule).",
        )
        return
    rang = max((one.rang_at for one in found if one.rang_at is not None), default=None)
    if rang is None or at - rang > _RING_LATE:
        since = "never" if rang is None else f"{rang:%Y-%m-%d %H:%M} UTC"
        yield look_at(
            "schedule",
            f"it lives, and last came through its work: {since}",
            "A long cycle may be under way; else look at its log for refusals.",
        )
    else:
        yield fine("schedule", f"it rang at {rang:%Y-%m-%d %H:%M:%S} UTC")
