"""Numbers are given as 'the last plus one', so those who give them take turns until they commit."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["books", "files"]

_FAMILY = 7233180


def files(connection: sa.Connection) -> None:
    """Take the turn of numbering files to the bank and chaining their manifest."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_FAMILY, 1)))


def books(connection: sa.Connection) -> None:
    """Take the turn of receiving the bank's messages and applying them."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_FAMILY, 2)))
