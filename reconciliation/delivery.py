"""Delivery: a sealed file is offered to the bank once.

A file is ``unknown`` from the moment its upload begins, so that an upload whose answer was lost can
only be settled by asking the bank. Taking the right to upload is one guarded write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from reconciliation import locks, schema
from reconciliation.errors import FileConflict, FileState
from reconciliation.files import move_instructions, next_id

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["DeliveryOutcome", "begin_delivery", "end_delivery"]

DeliveryOutcome = Literal["sent", "refused", "unknown"]

_FILE = schema.file
_STATE_AFTER: dict[DeliveryOutcome, str] = {
    "sent": "sent",
    "refused": "sealed",
    "unknown": "unknown",
}


def begin_delivery(connection: sa.Connection, message: str, *, sha256: str) -> int:
    """Take the right to upload a sealed file, once; commit before the upload; return its file_id.

    ``sha256`` is of the bytes about to be sent. Raises ``FileState`` if the file was sent or its
    upload began before (ask the bank, then ``end_delivery``), ``FileConflict`` for other bytes.
    """
    taken = connection.execute(
        sa.update(_FILE)
        .values(state="unknown")
        .where(_FILE.c.message_id == message, _FILE.c.state == "sealed", _FILE.c.sha256 == sha256)
        .returning(_FILE.c.file_id)
    ).scalar()
    if taken is not None:
        return int(taken)
    stored = connection.execute(
        sa.select(_FILE.c.state, _FILE.c.sha256).where(_FILE.c.message_id == message)
    ).first()
    if stored is not None and stored.state == "sealed":
        raise FileConflict(
            f"File {message} was sealed as {stored.sha256}, the bytes at hand are {sha256}. What "
            "was approved is what is sent: find out who changed the file."
        )
    state = "not known" if stored is None else stored.state
    raise FileState(
        f"File {message} is {state}, not sealed. A file is uploaded once: if its upload began and "
        "the answer was lost, ask the bank whether it has the file before anything else."
    )


def end_delivery(
    connection: sa.Connection,
    message: str,
    *,
    outcome: DeliveryOutcome,
    channel: str,
    at: datetime,
    officer_id: int,
    remark: str = "",
) -> None:
    """Record how an upload ended: ``sent``, ``refused`` (may be tried again) or ``unknown``.

    Also settles an unknown outcome after the bank was asked. Raises ``FileState`` if no upload of
    this file is under way.
    """
    stored = connection.execute(
        sa.select(_FILE).where(_FILE.c.message_id == message).with_for_update()
    ).first()
    if stored is None or stored.state != "unknown":
        raise FileState(
            f"No upload of file {message} is under way "
            f"(state: {'not known' if stored is None else stored.state}). Begin one first."
        )
    locks.files(connection)
    connection.execute(
        sa.insert(schema.delivery).values(
            delivery_id=next_id(connection, schema.delivery.c.delivery_id),
            file_id=stored.file_id,
            sha256=stored.sha256,
            channel=channel,
            outcome=outcome,
            tried_at=at,
            officer_id=officer_id,
            remark=remark,
        )
    )
    if outcome != "unknown":
        connection.execute(
            sa.update(_FILE)
            .values(state=_STATE_AFTER[outcome], sent_at=at if outcome == "sent" else None)
            .where(_FILE.c.file_id == stored.file_id, _FILE.c.state == "unknown")
        )
    for was in ("sealed", "unknown"):
        if was != _STATE_AFTER[outcome]:
            move_instructions(connection, stored, was=was, to=_STATE_AFTER[outcome])
