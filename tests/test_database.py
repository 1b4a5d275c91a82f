"""The database a newcomer gets without installing one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.database import Database, embedded, newest_revision, revision

if TYPE_CHECKING:
    from pathlib import Path


def test_a_fresh_database_is_migrated_to_the_newest_revision(database: Database) -> None:
    with database.transaction() as connection:
        assert revision(connection) == newest_revision()


def test_the_engine_may_not_change_an_act(database: Database) -> None:
    with database.transaction() as connection:
        allowed = connection.execute(
            sa.text("SELECT has_table_privilege('people.act', 'UPDATE')")
        ).scalar_one()
    assert not allowed


def test_a_server_is_cleared_with_its_gate_when_nobody_uses_it_any_more(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    using = embedded._joined(folder)
    (folder / "data").mkdir()
    embedded.clear(folder)
    assert (folder / "data").is_dir(), "somebody uses it"
    os.close(using)  # as the end of its process does, whatever ended it
    embedded.clear(folder)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_servers_is_not_cleared(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    embedded.clear(tmp_path / "letters")
    assert (tmp_path / "letters").is_dir()
