"""Delivery into a folder that the bank empties: each file once, whatever is killed meanwhile.

The file is laid beside its place under a name that the bank leaves alone (``.part``). Then the
right to send is taken and committed, and only then it gets its name. So after a kill the ``.part``
file tells which of the two it was: if it is there, the bank has seen nothing; if it is gone, the
file was handed over, even if the bank has taken it away since.
"""

from __future__ import annotations

import os
import shutil
from hashlib import file_digest
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine import failpoints
from cct_engine.cycle.record import CycleError
from reconciliation import begin_delivery, end_delivery

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cct_engine.database import Database

__all__ = ["CHANNEL", "deliver"]

CHANNEL: Final = "folder"


def deliver(
    database: Database, sealed: Path, outbox: Path, *, officer_id: int, at: datetime
) -> bool:
    """Hand one sealed file over to the bank's folder; return False if it had been handed over.

    The bytes are hashed again in front of the act. Raises CycleError when they are not the bytes
    that were sealed; then nothing is sent.
    """
    message = sealed.stem
    with database.transaction() as connection:
        stored = connection.execute(
            sa.text("SELECT state, sha256 FROM bank.file WHERE message_id = :message"),
            {"message": message},
        ).one()
    if stored.state == "sent":
        return False
    waiting = outbox / f"{sealed.name}.part"
    if stored.state == "sealed":
        _lay_down(sealed, waiting)
        _refuse_other_bytes(waiting, stored.sha256)
        failpoints.hit("release.deliver.before_begin")
        with database.transaction() as connection:
            begin_delivery(connection, message, sha256=stored.sha256)
        failpoints.hit("release.deliver.after_begin")
    if waiting.exists():
        _refuse_other_bytes(waiting, stored.sha256)
        waiting.rename(outbox / sealed.name)
        _sync(outbox)
    failpoints.hit("release.deliver.after_rename")
    with database.transaction() as connection:
        end_delivery(
            connection, message, outcome="sent", channel=CHANNEL, at=at, officer_id=officer_id
        )
    return True


def _lay_down(sealed: Path, waiting: Path) -> None:
    waiting.parent.mkdir(parents=True, exist_ok=True)
    waiting.unlink(missing_ok=True)
    try:
        os.link(sealed, waiting)
    except OSError:  # another file system, or one without links
        shutil.copyfile(sealed, waiting)
        with waiting.open("rb") as copied:
            os.fsync(copied.fileno())
    _sync(waiting.parent)


def _refuse_other_bytes(path: Path, sha256: str) -> None:
    with path.open("rb") as file:
        found = file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise CycleError(
            f"{path.name} is not the file that was sealed: its SHA-256 starts {found[:12]}, sealed "
            f"was {sha256[:12]}. It was not sent. Find out who changed it; write it again from the "
            "stored payments."
        )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
