"""Sending a sealed file to the test's bank, here or in a process that gets killed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bank_adapters.delivery import SftpChannel, opened
from cct_engine.cycle.release.delivery import deliver
from cct_engine.database import Database

if TYPE_CHECKING:
    from pathlib import Path

    from sftp_bank import Bank

__all__ = ["AT", "channel_of", "send_until_killed", "sent"]

AT: Final = datetime(2026, 9, 18, 6, 0, tzinfo=UTC)


def channel_of(bank: Bank, **changes: object) -> SftpChannel:
    return SftpChannel.model_validate(
        {
            "kind": "sftp",
            "host": "127.0.0.1",
            "port": bank.port,
            "user": "programme",
            "host_key": bank.host_key,
            "our_key": bank.client_key,
            "outbox": "/in",
            "answers": "/out",
            "seconds_max": 20,
            **changes,
        }
    )


def sent(database: Database, bank: Bank, file: Path) -> bool:
    with opened(channel_of(bank)) as door:
        return deliver(database, file, door, message_id=file.stem, officer_id=5, at=AT)


def send_until_killed(url: str, bank: Bank, file: Path, place: str) -> None:
    """Send; be killed at a failpoint, or by the bank when the place is ``server: <act>``."""
    if place.startswith("server: "):
        bank.kill_client_at(place.removeprefix("server: "), os.getpid())
    else:
        os.environ["CCT_FAILPOINTS"] = f"{place}=kill"
    with Database(url) as database:
        sent(database, bank, file)
