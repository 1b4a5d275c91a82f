"""A form sent twice is answered once: double click, Back and a retry get the first answer."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cct_engine.database import Database

__all__ = ["Earlier", "answered", "begin", "forget", "fresh"]

_KEPT_FOR: Final = timedelta(days=2)


class Earlier(NamedTuple):
    """What became of the form when it was sent first."""

    is_same: bool
    sent_at: datetime
    location: str | None
    status: int | None


def fresh() -> str:
    """Return a key for a form that is being shown."""
    return secrets.token_hex(16)


def begin(
    database: Database,
    once: str,
    *,
    officer_id: int,
    path: str,
    fields: Mapping[str, str],
    at: datetime,
) -> Earlier | None:
    """Take the key of a form; None: nobody had. Else what became of it."""
    digest = hashlib.sha256(json.dumps(dict(sorted(fields.items()))).encode()).hexdigest()
    asked = {"once": once, "officer_id": officer_id, "path": path, "digest": digest, "at": at}
    with database.transaction() as connection:
        taken = connection.execute(
            sa.text(
                "INSERT INTO console.sent_form (once, officer_id, path, digest, sent_at) "
                "VALUES (:once, :officer_id, :path, :digest, :at) ON CONFLICT DO NOTHING"
            ),
            asked,
        )
        if taken.rowcount == 1:
            connection.execute(
                sa.text("DELETE FROM console.sent_form WHERE sent_at < :old"),
                {"old": at - _KEPT_FOR},
            )
            return None
        row = connection.execute(
            sa.text(
                "SELECT (officer_id, path, digest) = (:officer_id, :path, :digest) AS is_same,"
                " sent_at, location, status FROM console.sent_form WHERE once = :once"
            ),
            asked,
        ).one()
    return Earlier._make(row)


def answered(database: Database, once: str, *, location: str | None, status: int) -> None:
    """Keep the answer of a form."""
    with database.transaction() as connection:
        connection.execute(
            sa.text(
                "UPDATE console.sent_form SET location = :location, status = :status "
                "WHERE once = :once"
            ),
            {"once": once, "location": location, "status": status},
        )


def forget(database: Database, once: str) -> None:
    """Give the key back: nothing was decided, the form may be sent again."""
    with database.transaction() as connection:
        connection.execute(
            sa.text("DELETE FROM console.sent_form WHERE once = :once AND status IS NULL"),
            {"once": once},
        )
