"""An auditor verifies the books without this system."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

import ledger
from ledger import Event
from ledger.export import check_pack, write_pack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def pack(books: Any, tmp_path: Path) -> Path:
    """A pack of a small ledger, with a batch of three leaves and a period closed on the way."""
    folder = tmp_path / "pack"
    books.post(Event.ENTITLE, {subject: 100 + subject for subject in range(1, 2501)})
    books.post(Event.INSTRUCT, {11: 111, 12: 112}, conduit='Bank "of", ünder')
    at = books.batch(Event.HOLD).recorded_at
    with books.transaction() as connection:
        ledger.open_period(
            connection, opens_on=date(2025, 1, 1), closes_on=date(2025, 12, 31), by=7, at=at
        )
        ledger.close_period(connection, 2, by=7, at=at)
    books.post(Event.SETTLE, {11: 111})
    books.post(Event.HOLD, {})
    with books.transaction() as connection:
        write_pack(connection, folder)
        assert check_pack(folder) == ([], ledger.head(connection))
    return folder


def test_the_pack_verifies_itself_with_nothing_but_python(pack: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(pack / "check.py")], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("SOUND, head ")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("journal", "1,11,1,111,", "1,11,1,112,", "batch 1: its lines"),
        ("journal", "2,12,1,112,0,1,40,40\n", "", "batch 2: its lines"),
        ("batch", "2026-03-10", "2026-03-11", "batch 1: its header"),
        ("seal", "\n2,2,2,", "\n2,2,3,", "batch 2: its lines"),
        ("seal", "\n3,3,1,111,", "\n3,3,1,112,", "batch 3: its lines"),
        ("template", "20,entitle,5100,2100", "20,entitle,5100,2110", "batch 1: its header"),
    ],
)
def test_a_changed_pack_is_found_out(pack: Path, table: str, old: str, new: str, said: str) -> None:
    path = pack / f"{table}.csv"
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    wrong, _ = check_pack(pack)
    assert wrong[0].startswith(said)


def test_a_pack_is_never_overwritten(books: Any, pack: Path) -> None:
    with books.transaction() as connection, pytest.raises(FileExistsError):
        write_pack(connection, pack)
