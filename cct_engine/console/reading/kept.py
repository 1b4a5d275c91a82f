"""Values that are read once for each state of things, and kept: in memory, and in the books.

A key names the state (a list's version, the newest batch of a cycle): the same key means the same
value. What takes long to add up over a whole list is kept in ``console.kept`` too, so that a
console that was just started, or another one, need not add it up again.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

__all__ = ["kept", "remembered"]

_MOST: Final = 2_000
_memory: Final[dict[tuple[Any, ...], Any]] = {}
_reading: Final[dict[tuple[Any, ...], threading.Lock]] = {}
_gate: Final = threading.Lock()


def remembered(connection: sa.Connection, key: tuple[Any, ...], read: Callable[[], T]) -> T:
    """Return a value of this database that is kept in memory under a key that changes when it does.

    Whoever asks while another reads it waits for that one's answer.
    """
    whole = (connection.engine.url.render_as_string(hide_password=True), *key)
    with _gate:
        if whole in _memory:
            found: T = _memory[whole]
            return found
        turn = _reading.setdefault(whole, threading.Lock())
    with turn:
        with _gate:
            if whole in _memory:
                again: T = _memory[whole]
                return again
        value = read()
        with _gate:
            while len(_memory) >= _MOST:
                del _memory[next(iter(_memory))]
            _memory[whole] = value
            _reading.pop(whole, None)
        return value


def kept(
    connection: sa.Connection,
    kind: str,
    subject: object,
    key: tuple[object, ...],
    read: Callable[[], T],
    *,
    pack: Callable[[T], object],
    unpack: Callable[[Any], T],
) -> T:
    """Return a sum of ``subject`` that holds while ``key`` does; added up by ``read`` where needed.

    ``pack`` makes it plain values, ``unpack`` makes it of them again. One row is kept for each kind
    and subject: that of the newest key.
    """
    asked = {"kind": kind, "subject": str(subject), "key": "/".join(str(one) for one in key)}

    def found() -> T:
        row = connection.execute(_GET, asked).scalar()
        if row is not None:
            return unpack(row)
        value = read()
        # In a transaction of its own: a page holds no lock on what others keep.
        with connection.engine.begin() as writing:
            writing.execute(_PUT, asked | {"value": json.dumps(pack(value), default=str)})
        return value

    return remembered(connection, (kind, str(subject), *key), found)


_GET: Final = sa.text(
    "SELECT value FROM console.kept WHERE kind = :kind AND subject = :subject AND key = :key"
)
_PUT: Final = sa.text(
    "INSERT INTO console.kept (kind, subject, key, value)"
    " VALUES (:kind, :subject, :key, CAST(:value AS jsonb))"
    " ON CONFLICT (kind, subject) DO UPDATE SET key = excluded.key, value = excluded.value"
)
