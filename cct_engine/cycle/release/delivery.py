"""Delivery: each file to the bank once, whatever is killed meanwhile.

The file is laid aside at the bank under a name that it leaves alone (``.part``). Then the right to
send is taken and committed, and only then it gets its name. So after a kill the bank's listing
tells which of the two it was: if the ``.part`` is still there, the bank has seen nothing; if the
file has its name, it was handed over. Where neither is there and others than the bank might have
removed it, nobody can know: then the bank is asked, and nothing is sent again.
"""

from __future__ import annotations

from hashlib import file_digest
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bank_adapters.delivery import sealed_for_bank
from cct_engine import failpoints
from cct_engine.cycle.record import CycleError
from reconciliation import begin_delivery, end_delivery

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bank_adapters.delivery import Door, Pgp
    from cct_engine.database import Database

__all__ = ["OutcomeUnknown", "deliver"]


class OutcomeUnknown(CycleError):  # noqa: N818 - reads as what happened
    """Nobody can tell from the listing whether the bank has a file; it must be asked."""


def deliver(
    database: Database,
    sealed: Path,
    door: Door,
    *,
    message_id: str,
    officer_id: int,
    at: datetime,
    keys: Pgp | None = None,
) -> bool:
    """Hand one sealed file over to the bank; return False if it had been handed over.

    The bytes are hashed again in front of the act. Raises CycleError when they are not the bytes
    that were sealed (then nothing is sent), OutcomeUnknown, and DoorClosed.
    """
    with database.transaction() as connection:
        stored = connection.execute(
            sa.text("SELECT state, sha256 FROM bank.file WHERE message_id = :message"),
            {"message": message_id},
        ).one()
    if stored.state == "sent":
        return False
    _refuse_other_bytes(sealed, stored.sha256)
    offered = sealed_for_bank(sealed, sealed.parent / "offered", keys) if keys else sealed
    name, size = offered.name, offered.stat().st_size
    if stored.state == "sealed":
        _refuse_taken_name(door, name)
        door.lay_aside(offered, name)
        failpoints.hit("release.deliver.before_begin")
        with database.transaction() as connection:
            begin_delivery(connection, message_id, sha256=stored.sha256)
        failpoints.hit("release.deliver.after_begin")
    _given(door, name, size)
    failpoints.hit("release.deliver.after_rename")
    with database.transaction() as connection:
        end_delivery(
            connection, message_id, outcome="sent", channel=door.kind, at=at, officer_id=officer_id
        )
    return True


def _refuse_taken_name(door: Door, name: str) -> None:
    if door.has(name) is not None:
        raise CycleError(
            f"The bank has a file {name} that we never sent. Nothing was sent. Ask the bank where "
            "it comes from before anything else."
        )


def _given(door: Door, name: str, size: int) -> None:
    """Give the file its name, unless it has it already."""
    there = door.has(name)
    if there is None:
        waiting = door.waits(name)
        if waiting == size:
            door.give(name)
            return
        if waiting is None and door.taken_is_gone:
            return
        raise OutcomeUnknown(
            f"{name} is neither at the bank nor waiting to be named, so nobody can tell from here "
            "whether the bank took it. It is not sent again. Ask the bank, then say so with: cct "
            "bank send --arrived FILE, or --lost FILE."
        )
    if there != size:
        raise OutcomeUnknown(
            f"{name} at the bank has {there} bytes where {size} were sealed. It is not sent again. "
            "Ask the bank what it has."
        )


def _refuse_other_bytes(path: Path, sha256: str) -> None:
    try:
        with path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise CycleError(
            f"{path.name} is not in the folder of sealed files. It was not sent. Restore it from "
            "the backup; its SHA-256 tells whether it is the one."
        ) from None
    if found != sha256:
        raise CycleError(
            f"{path.name} is not the file that was sealed: its SHA-256 starts {found[:12]}, sealed "
            f"was {sha256[:12]}. It was not sent. Find out who changed it; write it again from the "
            "stored payments."
        )
