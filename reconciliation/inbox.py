"""The inbox: every message of the bank once, by its SHA-256, read whole or quarantined whole.

Receiving only stores what the bank said; ``reconcile`` applies it later, at the engine's own pace.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import sqlalchemy as sa

from bank_adapters import EVENT_SCHEMA, BankMessage, RefusedFile, read
from reconciliation import locks, schema
from reconciliation.errors import ReconciliationError
from reconciliation.files import next_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from bank_adapters import Answer

    Tokens = Callable[[pa.Array], pa.Array]

__all__ = ["InboxFile", "accept", "receive"]

_INBOX = schema.inbox_file
_CLEAR = EVENT_SCHEMA.names.index("creditor_account")
_EVENT_COLUMNS = [
    "inbox_file_id",
    "received_on",
    *("creditor_token" if name == "creditor_account" else name for name in EVENT_SCHEMA.names),
]


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A message of the bank as the inbox keeps it.

    ``state``: received (waits for ``reconcile``), applied, or quarantined; then ``refusal_code``,
    ``refusal_place`` and ``refusal_advice`` say why, where, and what to ask the bank.
    ``is_repeat``: these bytes were here before, and nothing was stored now.
    """

    inbox_file_id: int
    sha256: str
    name: str
    state: str
    format: str
    message_id: str
    event_count: int
    refusal_code: str
    refusal_place: str
    refusal_advice: str
    is_repeat: bool


def receive(
    connection: sa.Connection,
    path: Path,
    *,
    at: datetime,
    hit: Callable[[str], None] = lambda _: None,
    tokens: Tokens | None = None,
    answers: Sequence[Answer] = (),
) -> InboxFile:
    """Take a file of the bank in: once, and whole or not at all.

    Events stream into the database while the file is read. A file that cannot be trusted (cut,
    forged, its totals wrong) is kept as quarantined with the reason, and what was read of it is
    undone. Its name is all that is told of it. ``hit`` passes the failpoint ``inbox.after_events``.
    ``tokens`` makes the accounts of payees comparable; without it they are not kept at all.
    ``answers`` describe the delimited files of banks that have their own.
    """
    locks.books(connection)
    size = path.stat().st_size
    known = _find(connection, _digest(path)) if _is_any_as_long(connection, size) else None
    if known is not None:
        return known
    inbox_file_id = next_id(connection, _INBOX.c.inbox_file_id)
    try:
        with (
            connection.begin_nested(),
            _copying(connection, inbox_file_id, at.date(), tokens) as copy,
        ):
            message = read(path, name=path.name, deliver=copy, answers=answers)
    except RefusedFile as refusal:
        sha256 = _digest(path)
        _insert(
            connection,
            inbox_file_id=inbox_file_id,
            sha256=sha256,
            name=path.name,
            byte_count=size,
            received_at=at,
            state="quarantined",
            refusal_code=str(refusal.code),
            refusal_place=refusal.place,
            refusal_advice=refusal.ask,
        )
        return _found(connection, sha256)
    if message.bytes != size:
        raise ReconciliationError(
            f"{path.name} changed while it was read. Undo this transaction and receive it again."
        )
    hit("inbox.after_events")
    return _keep(connection, inbox_file_id, message, copy.row_count, name=path.name, at=at)


def accept(
    connection: sa.Connection,
    message: BankMessage,
    *,
    name: str,
    at: datetime,
    tokens: Tokens | None = None,
) -> InboxFile:
    """Store a message that was read into memory, with all its events; a repeat stores nothing."""
    locks.books(connection)
    known = _find(connection, message.sha256)
    if known is not None:
        return known
    inbox_file_id = next_id(connection, _INBOX.c.inbox_file_id)
    with _copying(connection, inbox_file_id, at.date(), tokens) as copy:
        for batch in message.events.to_batches():
            copy(batch)
    return _keep(connection, inbox_file_id, message, copy.row_count, name=name, at=at)


def _keep(
    connection: sa.Connection,
    inbox_file_id: int,
    message: BankMessage,
    event_count: int,
    *,
    name: str,
    at: datetime,
) -> InboxFile:
    _insert(
        connection,
        inbox_file_id=inbox_file_id,
        sha256=message.sha256,
        name=name,
        byte_count=message.bytes,
        received_at=at,
        state="received",
        format=message.format,
        message_id=message.message_id,
        original_message_id=message.original_message_id or "",
        event_count=event_count,
    )
    return _found(connection, message.sha256)


def _insert(connection: sa.Connection, *, received_at: datetime, **values: object) -> None:
    connection.execute(
        sa.insert(_INBOX).values(received_at=received_at, received_on=received_at.date(), **values)
    )


def _is_any_as_long(connection: sa.Connection, size: int) -> bool:
    """A file of another length than all others cannot be one of them, and need not be hashed."""
    same = sa.select(sa.exists().where(_INBOX.c.byte_count == size))
    return bool(connection.execute(same).scalar())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _find(connection: sa.Connection, sha256: str) -> InboxFile | None:
    row = connection.execute(
        sa.select(
            _INBOX.c.inbox_file_id,
            _INBOX.c.sha256,
            _INBOX.c.name,
            _INBOX.c.state,
            _INBOX.c.format,
            _INBOX.c.message_id,
            _INBOX.c.event_count,
            _INBOX.c.refusal_code,
            _INBOX.c.refusal_place,
            _INBOX.c.refusal_advice,
            sa.true().label("is_repeat"),
        ).where(_INBOX.c.sha256 == sha256)
    ).first()
    return None if row is None else InboxFile(*row)


def _found(connection: sa.Connection, sha256: str) -> InboxFile:
    stored = _find(connection, sha256)
    if stored is None:
        raise ReconciliationError("The inbox does not keep what was just stored; see the database.")
    return replace(stored, is_repeat=False)


class _EventCopy:
    """Writes events as they come, a batch of columns at a time; no row passes through Python."""

    def __init__(
        self, copy: Any, inbox_file_id: int, received_on: date, tokens: Tokens | None
    ) -> None:
        self._copy = copy
        self._tokens = tokens
        self._key = (
            pa.scalar(inbox_file_id, pa.int32()),
            pa.scalar(received_on, pa.date32()),
        )
        self.row_count = 0

    def __call__(self, batch: pa.RecordBatch) -> None:
        events = list(batch.columns)
        clear = events[_CLEAR]
        is_told = self._tokens is not None and clear.null_count < len(clear)
        events[_CLEAR] = (
            self._tokens(clear) if self._tokens and is_told else pa.nulls(len(clear), pa.string())
        )
        columns = [*(pa.repeat(key, batch.num_rows) for key in self._key), *events]
        rows = pa.table(columns, names=_EVENT_COLUMNS)
        buffer = io.BytesIO()
        pa_csv.write_csv(rows, buffer, pa_csv.WriteOptions(include_header=False))
        self._copy.write(buffer.getbuffer())
        self.row_count += batch.num_rows


@contextmanager
def _copying(
    connection: sa.Connection, inbox_file_id: int, received_on: date, tokens: Tokens | None
) -> Iterator[_EventCopy]:
    connection.execute(sa.select(sa.func.recon.open_month(received_on)))
    driver: Any = connection.connection.driver_connection
    statement = f"COPY recon.event ({', '.join(_EVENT_COLUMNS)}) FROM STDIN (FORMAT csv)"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        yield _EventCopy(copy, inbox_file_id, received_on, tokens)
