"""A request sent twice is done once: the key is written with the act, or with the job that does it.

The same key with the same request gets the first answer again, byte for byte; with another
request it is refused. Keys are each token's own and are kept for a week.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Earlier", "Key", "Taken", "digest_of", "found", "settle", "take"]

KEPT_FOR: Final = timedelta(days=7)


class Key(NamedTuple):
    """A key as one token sent it with one request."""

    token_id: int
    key: str
    digest: str
    at: datetime


class Earlier(NamedTuple):
    """What became of a key: the work it started, and the answer if there is one yet."""

    digest: str
    job_id: int | None
    status: int | None
    answer: str | None


class Taken(Exception):  # noqa: N818 - no failure: the same request came a moment before
    """Somebody else has just taken the key; look again what became of it."""


def digest_of(method: str, address: str, body: bytes, *, secret: bytes) -> str:
    """Return the HMAC of a request: the same values in another order are the same request.

    Under the installation's ``secret``, for a body may hold a name or a telephone: nobody who
    reads the table can find it by trying.
    """
    try:
        plain = json.dumps(json.loads(body), sort_keys=True).encode() if body else b""
    except ValueError:
        plain = body
    message = f"{method} {address}\n".encode() + plain
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def found(connection: sa.Connection, one: Key) -> Earlier | None:
    """Return what became of a key; None: it is new."""
    row = connection.execute(
        sa.text(
            "SELECT digest, job_id, status, CAST(answer AS text) AS answer FROM api.request "
            "WHERE token_id = :token_id AND key = :key AND sent_at > :since"
        ),
        {"token_id": one.token_id, "key": one.key, "since": one.at - KEPT_FOR},
    ).one_or_none()
    return None if row is None else Earlier._make(row)


def take(connection: sa.Connection, one: Key, *, job_id: int | None = None) -> None:
    """Take a key inside the transaction of the act. Raises ``Taken`` when somebody has."""
    connection.execute(
        sa.text("DELETE FROM api.request WHERE sent_at <= :old"), {"old": one.at - KEPT_FOR}
    )
    taken = connection.execute(
        sa.text(
            "INSERT INTO api.request (token_id, key, digest, sent_at, job_id) "
            "VALUES (:token_id, :key, :digest, :at, :job_id) ON CONFLICT DO NOTHING"
        ),
        one._asdict() | {"job_id": job_id},
    )
    if taken.rowcount != 1:
        raise Taken


def settle(connection: sa.Connection, one: Key, *, status: int, answer: str) -> None:
    """Keep the answer of a request, unless there is one already."""
    connection.execute(
        sa.text(
            "INSERT INTO api.request (token_id, key, digest, sent_at, status, answer) "
            "VALUES (:token_id, :key, :digest, :at, :status, CAST(:answer AS json)) "
            "ON CONFLICT (token_id, key) DO UPDATE SET status = :status, "
            "answer = CAST(:answer AS json) WHERE request.status IS NULL "
            "AND request.digest = :digest"
        ),
        one._asdict() | {"status": status, "answer": answer},
    )
