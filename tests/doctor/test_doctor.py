"""The doctor: it finds what is wrong with an installation, says what to do, and changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from cct_engine import schedule
from cct_engine.cli.main import app
from cct_engine.clock import SystemClock
from cct_engine.doctor import Finding, Grade, examine
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.database import Database, embedded


class Ward:
    """An installation to look over."""

    def __init__(self, database: Database, home: Path) -> None:
        self.database, self.home = database, home
        self.url = database.engine.url.render_as_string(hide_password=False)
        self.environment: dict[str, str] = {}
        home.mkdir(mode=0o700)

    def found(self, **settings: object) -> dict[str, list[Finding]]:
        """Let the doctor look; findings by check."""
        asked = {"home": self.home, "database_url": self.url, "token_key": "long and random"}
        findings = examine(
            Settings.model_validate(asked | settings), SystemClock(), self.environment
        )
        by_check: dict[str, list[Finding]] = {}
        for one in findings:
            by_check.setdefault(one.check, []).append(one)
        return by_check


@pytest.fixture
def ward(database: Database, tmp_path: Path) -> Ward:
    """A new installation on the tests' server."""
    return Ward(database, tmp_path / "home")


def _mends(found: dict[str, list[Finding]]) -> set[str]:
    """What is to be mended; the tests' server is fast and lossy on purpose."""
    lossy = {"fsync", "full_page_writes", "synchronous_commit"}
    return {
        one.found
        for findings in found.values()
        for one in findings
        if one.grade is Grade.MEND and one.found.split(" ")[0] not in lossy
    }


def test_a_new_installation_has_nothing_to_mend_but_a_lossy_server(ward: Ward) -> None:
    found = ward.found()
    assert _mends(found) == set()
    assert {one.found for one in found["database"] if one.grade is Grade.MEND} == {
        "fsync is off",
        "full_page_writes is off",
        "synchronous_commit is off",
    }
    for check in ("python", "settings", "folder", "papers", "tables", "roles", "clock"):
        assert found[check][-1].grade is Grade.FINE, found[check]
    assert all(
        one.to_do for all_of in found.values() for one in all_of if one.grade is not Grade.FINE
    )


def test_what_is_wrong_with_settings_folder_keys_and_channels_is_named(ward: Ward) -> None:
    key = ward.home / "keys" / "ledger" / "1.key"
    key.parent.mkdir(parents=True)
    key.write_text("secret of ours")
    key.chmod(0o644)
    channels = ward.home / "bank" / "channels"
    channels.mkdir(parents=True)
    (channels / "bf-2026.yaml").write_text("kind: sftp\nhots: bank.example\n")
    ward.home.chmod(0o755)
    ward.environment = {"CCT_DATABSE_URL": "x", "CCT_FAILPOINTS": "y", "CCT_OFFICER": "maker"}
    found = ward.found(token_key="only-for-demo-and-tests", smtp_host="127.0.0.1", smtp_port=9)  # noqa: S106 - that is what is wrong
    said = " ".join(sorted(_mends(found)))
    for words in (
        "CCT_DATABSE_URL: no setting",
        "CCT_FAILPOINTS is set",
        "CCT_TOKEN_KEY is the one of demo",
        "1.key can be read by others",
        "bank/channels/bf-2026.yaml",
        "127.0.0.1:9 does not answer",
    ):
        assert words in said
    assert found["folder"][0].found.endswith("is open to every user")
    assert "secret" not in str(found)


def test_a_folder_that_is_not_there_is_not_made(ward: Ward, tmp_path: Path) -> None:
    found = ward.found(home=tmp_path / "elsewhere")
    assert "is not there" in found["folder"][0].found
    assert not (tmp_path / "elsewhere").exists()


def test_a_database_that_does_not_answer_is_a_finding(ward: Ward, tmp_path: Path) -> None:
    found = ward.found(database_url=f"postgresql+psycopg://cct_app:hidden@/cct?host={tmp_path}")
    assert found["database"][0].grade is Grade.MEND
    assert "does not answer" in found["database"][0].found
    assert "hidden" not in str(found)


def test_an_engine_that_runs_as_owner_or_superuser_is_refused_a_clean_bill(
    ward: Ward, server: embedded.Server
) -> None:
    owner = ward.found(database_url=server.url(ward.database.name, role="cct_owner"))
    assert any("may change the record of acts" in one for one in _mends(owner))
    root = ward.found(database_url=server.url(ward.database.name, role="postgres"))
    assert "the engine runs as postgres, a superuser" in _mends(root)


def test_tables_of_another_version_are_named(ward: Ward, owner_engine: sa.Engine) -> None:
    with owner_engine.begin() as owner:
        owner.execute(sa.text("UPDATE public.alembic_version SET version_num = '0013'"))
    found = ward.found()
    assert "they stand at 0013" in found["tables"][0].found
    assert "cct database migrate" in found["tables"][0].to_do


def test_a_clock_before_the_newest_act_and_a_schedule_that_stopped_are_named(ward: Ward) -> None:
    now = datetime.now(tz=UTC)
    with ward.database.transaction() as connection:
        schedule.beat(connection, "a/1", at=now - timedelta(minutes=2))
        connection.execute(
            sa.text(
                "INSERT INTO people.act (act_id, at, officer_id, verb, subject, outcome, previous,"
                " digest) VALUES (1, :at, 1, 'x', 'x', 'done', '0', '1')"
            ),
            {"at": now + timedelta(hours=2)},
        )
    said = " ".join(_mends(ward.found()))
    assert "the last sign of life was at" in said
    assert "later than now" in said
    with ward.database.transaction() as connection:
        schedule.beat(connection, "a/1", at=now, rang=True)
    assert ward.found()["schedule"][0].grade is Grade.FINE


def test_the_verb_leaves_with_one_when_something_is_to_be_mended(ward: Ward) -> None:
    environment = {
        "CCT_HOME": str(ward.home),
        "CCT_DATABASE_URL": ward.url,
        "CCT_TOKEN_KEY": "long and random",
    }
    words = CliRunner().invoke(app, ["doctor"], env=environment)
    assert words.exit_code == 1
    assert "mend: database: Set it to on: off loses the books" in words.output
    machine = CliRunner().invoke(app, ["doctor", "--json"], env=environment)
    assert machine.exit_code == 1
    assert {one["grade"] for one in json.loads(machine.output)} == {"fine", "look", "mend"}
