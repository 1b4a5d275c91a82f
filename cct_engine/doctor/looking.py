"""All checks, in the order in which somebody would mend what they find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.database import connected
from cct_engine.doctor import machine
from cct_engine.doctor.books import books
from cct_engine.doctor.findings import Finding, mend
from cct_engine.doctor.ways_in import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cct_engine.clock import Clock
    from cct_engine.settings import Settings

__all__ = ["examine"]


def examine(
    settings: Settings, clock: Clock, environment: Mapping[str, str], *, name: str = "cct"
) -> list[Finding]:
    """Look an installation over; ``name`` is the database on the engine's own server."""
    return [
        *machine.python(),
        *machine.settings(settings, environment),
        *machine.folder(settings.home),
        *machine.papers(),
        *_books(settings, clock, name=name),
        *machine.keys(settings.home),
        *machine.channels(settings.home),
        *machine.mail(settings),
        *sign_in(settings, at=clock.now()),
    ]


def _books(settings: Settings, clock: Clock, *, name: str) -> Iterator[Finding]:
    try:
        with connected(settings, name=name) as database, database.transaction() as connection:
            yield from list(books(connection, at=clock.now()))
    except sa.exc.OperationalError as error:
        first = str(error.orig).splitlines()[0]
        yield mend(
            "database",
            f"it does not answer: {first}",
            "Check CCT_DATABASE_URL, the server and its pg_hba.conf.",
        )
