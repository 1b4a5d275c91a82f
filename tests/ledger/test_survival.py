"""A server killed without warning, and a disk that is full: no half batch, and the same head after.

Each test has a PostgreSQL of its own, as durable as in production.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
import sqlalchemy as sa

import ledger
from cct_engine.database import Database, embedded, migrate
from ledger import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEW, MANY = 100, 60_000


def lines(count: int) -> ledger.Lines:
    return ledger.Lines.of(subject=range(1, count + 1), amount_minor=range(100, count + 100))


def batch(event: Event) -> ledger.Batch:
    return ledger.Batch(event, 1, 1, 1, date(2026, 3, 10), "INR", event.name, 7, 8, AT)


def begin(url: str) -> None:
    """A year, and one batch that is committed."""
    with Database(url) as database, database.transaction() as connection:
        ledger.open_period(
            connection, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31), by=7, at=AT
        )
        ledger.post(connection, batch(Event.ENTITLE), lines(MANY))


def go_on(url: str) -> str | None:
    """The batch that is disturbed; repeating it is harmless."""
    with Database(url) as database, database.transaction() as connection:
        ledger.post(connection, batch(Event.INSTRUCT), lines(MANY))
        return ledger.head(connection)


def held(url: str) -> tuple[int, str | None, tuple[ledger.Finding, ...]]:
    """Seals, head, and what a verification finds."""
    with Database(url) as database, database.transaction() as connection:
        count = connection.execute(sa.text("SELECT count(*) FROM ledger.batch")).scalar_one()
        return count, ledger.head(connection), ledger.verify(connection)


def kill(server: embedded.Server) -> None:
    """Kill the server and everything it started, as a power cut would."""
    with psycopg.connect(host=str(server.socket_folder), user="postgres") as session:
        postmaster = psutil.Process(psutil.Process(session.info.backend_pid).ppid())
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(family, timeout=10)


@pytest.fixture(scope="module")
def expected(server: embedded.Server, template_database: str) -> Iterator[str | None]:
    """The head of a run that nothing disturbed."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template_database)
    begin(server.url(name, role="cct_app"))
    yield go_on(server.url(name, role="cct_app"))
    server.drop_database(name)


def wait_for(url: str, moment: str) -> None:
    """Wait until another session is in the middle of a statement that holds these words."""
    asked = "SELECT FROM pg_stat_activity WHERE query LIKE %s AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + 30
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as session:
        while not session.execute(asked, [f"%{moment}%"]).fetchall():
            assert time.monotonic() < deadline, "the moment never came"
            time.sleep(0.002)


@pytest.mark.parametrize("moment", ["COPY ledger.journal", "INSERT INTO ledger.seal"])
def test_a_server_killed_in_the_middle_of_a_batch_has_none_of_it_and_goes_on_to_the_same_head(
    moment: str, expected: str | None, tmp_path: Path
) -> None:
    with embedded.running(tmp_path) as server:
        server.create_database("books")
        migrate(server.url("books", role="cct_owner"))
        url = server.url("books", role="cct_app")
        begin(url)
        before = held(url)
        failed: list[BaseException] = []

        def disturbed() -> None:
            try:
                go_on(url)
            except (sa.exc.OperationalError, psycopg.OperationalError) as error:
                failed.append(error)

        poster = threading.Thread(target=disturbed)
        poster.start()
        wait_for(server.url("books", role="postgres"), moment)
        kill(server)
        poster.join(timeout=30)
        assert failed, "the batch came through before the server died"
    with embedded.running(tmp_path, throwaway=True) as server:  # its data is not kept after this
        url = server.url("books", role="cct_app")
        assert held(url) == before
        assert before[0] == 1
        assert before[2] == ()
        assert go_on(url) == expected
        assert go_on(url) == expected, "a repeat posts nothing"
        assert held(url) == (2, expected, ())


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 48 MB, where the server's user may enter; only where one may be mounted."""
    if shutil.which("mount") is None:
        pytest.skip("there is no mount here")
    folder = Path(tempfile.mkdtemp(prefix="cct-disk-"))
    folder.chmod(0o755)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        folder.rmdir()
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def test_a_full_disk_refuses_a_batch_whole_and_with_room_again_the_head_is_the_same(
    small_disk: Path, expected: str | None, tmp_path: Path
) -> None:
    with embedded.running(tmp_path / "home", throwaway=True) as server:
        space = small_disk / "space"
        space.mkdir(mode=0o700)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("cct_postgres")
            os.chown(space, owner.pw_uid, owner.pw_gid)
        with psycopg.connect(
            host=str(server.socket_folder), user="postgres", autocommit=True
        ) as session:
            session.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
            session.execute("CREATE DATABASE books OWNER cct_owner TABLESPACE small")
        migrate(server.url("books", role="cct_owner"))
        url = server.url("books", role="cct_app")
        begin(url)
        before = held(url)
        filler = small_disk / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 2_000_000))
        with pytest.raises((sa.exc.OperationalError, psycopg.OperationalError), match="No space"):
            go_on(url)
        assert held(url) == before
        assert before[0] == 1
        filler.unlink()
        assert go_on(url) == expected
        assert held(url) == (2, expected, ())
        with psycopg.connect(
            host=str(server.socket_folder), user="postgres", autocommit=True
        ) as session:
            session.execute("DROP DATABASE books WITH (FORCE)")
            session.execute("DROP TABLESPACE small")
