"""Sealed files in the books, and a bank with an SFTP server."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sftp_bank import Bank, running_bank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cct_engine.database import Database

AT = datetime(2026, 9, 18, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """A running bank."""
    with running_bank(tmp_path_factory.mktemp("bank")) as bank:
        yield bank


@pytest.fixture
def sealed(database: Database, tmp_path: Path) -> Callable[[int], list[Path]]:
    """Seal n files of some bytes, as a release leaves them before they are sent."""

    def made(count: int) -> list[Path]:
        folder = tmp_path / "sealed"
        folder.mkdir()
        with database.transaction() as connection:
            connection.execute(_PROFILE, {"digest": "0" * 64, "at": AT})
            return [_sealed(connection, folder, number) for number in range(1, count + 1)]

    return made


def _sealed(connection: sa.Connection, folder: Path, number: int) -> Path:
    file = folder / f"TEST-20260918-{number:04d}.xml"
    file.write_bytes(b"<payments/>" * 5_000 + str(number).encode())
    connection.execute(
        _FILE,
        {
            "id": number,
            "key": f"order {number}",
            "message": file.stem,
            "group": f"{file.stem}-1",
            "name": file.name,
            "sha256": sha256(file.read_bytes()).hexdigest(),
            "bytes": file.stat().st_size,
            "on": date(2026, 9, 18),
            "at": AT,
            "digest": "0" * 64,
        },
    )
    return file


_PROFILE = sa.text(
    "INSERT INTO bank.profile VALUES ('test', :digest, '{}', 'A1', 'INR', 1, 1, :at)"
)
_FILE = sa.text(
    """INSERT INTO bank.file (file_id, batch_key, number, profile_code, profile_digest,
           programme_id, fund_id, cycle_id, message_id, payment_information_id, sequence,
           created_at, execution_on, debtor_account, currency, instruction_count, total_minor,
           state, name, sha256, byte_count, schema_name, sealed_at)
       VALUES (:id, :key, 1, 'test', :digest, 1, 1, 1, :message, :group, :id, :at, :on, 'A1',
           'INR', 1, 1, 'sealed', :name, :sha256, :bytes, 'pain.001.001.09', :at)"""
)
