"""Demos played for the tests: from nothing to closed books, whole and in stages.

Each is played once for all workers of a run and only read; a test that disturbs one works on a
copy of its data folder and of its database.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import psycopg
import pytest

from cct_engine.database import Database, embedded
from cct_engine.settings import Settings

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

    from cct_engine.demo.office import Office

HOUSEHOLDS: Final = 150
LAST: Final = "2026-11"
DEMO: Final = ("demo", "--households", str(HOUSEHOLDS), "--json")
MOMENTS: Final = {
    "before its feeds": 22,
    "feeds": 23,
    "calculate and check": 25,
    "submit and approve": 26,
    "treasury pays in": 27,
    "release": 28,
    "account corrections": 31,
}
"""After which stages of the last month a demo is kept, and the how-manieth stage each is."""

_ENVIRONMENT: Final = {"CCT_SHARD_HOUSEHOLDS": "100"} | {
    name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ
}
"""A hundred households in a shard: the Brazilian programme has two shards, so one can be last."""


class Books(NamedTuple):
    """A data folder and its database on the tests' server."""

    server: embedded.Server
    home: Path
    database: str

    @property
    def corner(self) -> Path:
        """Return the demo's own corner of the data folder."""
        return self.home / "demo"

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Open the database as the engine."""
        with Database(self.server.url(self.database, role="cct_app")) as database:
            yield database

    @contextmanager
    def office(self) -> Iterator[Office]:
        """Open the office of the demo, whose officers sit at desks with a clock of the plan."""
        from cct_engine.demo.office import Office  # noqa: PLC0415 - only these tests pay for it

        with self.opened() as database:
            yield Office(database, Settings(home=self.corner))

    @contextmanager
    def tampering(self) -> Iterator[psycopg.Connection]:
        """Open the database as only its superuser can: with every trigger and key off."""
        url = self.server.url(self.database, role="postgres").replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute("SET session_replication_role = replica")
            yield connection

    def drop(self) -> None:
        """Remove both."""
        self.server.drop_database(self.database)
        shutil.rmtree(self.home, ignore_errors=True)

    def copy(self, home: Path, database: str) -> Self:
        """Copy both."""
        shutil.copytree(self.home, home)
        self.server.create_database(database, template=self.database)
        return self._replace(home=home, database=database)


class Ran(NamedTuple):
    """How a command ended and what it said; negative is the signal that killed it."""

    exit_code: int
    output: str
    errors: str

    @property
    def value(self) -> Any:
        """The JSON value it printed."""
        return json.loads(self.output)


class Played(NamedTuple):
    """A demo that is over."""

    home: Path
    ran: Ran

    @property
    def facts(self) -> dict[str, Any]:
        """Return what it printed, less what may differ: where its files lie, what it cost."""
        return facts_of(self.ran)

    @property
    def corner(self) -> Path:
        """Return the demo's own corner of the data folder."""
        return self.home / "demo"


def facts_of(ran: Ran) -> dict[str, Any]:
    """Return what a demo printed, less what may differ from run to run."""
    facts = ran.value
    del facts["steps"]
    for file in facts["files"]:
        del file["path"]
    return dict(facts)


def hashes_below(folder: Path, *, less: re.Pattern[bytes] | None = None) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder, but the one that says what stages cost.

    What matches ``less`` is taken out of the reports before.
    """
    hashes = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / "stages.json":
            contents = path.read_bytes()
            if less is not None and path.suffix == ".html":
                contents = less.sub(b"", contents)
            hashes[str(path.relative_to(folder))] = hashlib.sha256(contents).hexdigest()
    return hashes


class Cct:
    """Runs ``cct`` as a process of its own on the given books."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="cct-runs-"))
        self._interpreter = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("interpreter.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**_ENVIRONMENT, "PYTHONHASHSEED": "20261122"},
        )

    def __call__(
        self, books: Books, *arguments: str, failpoints: str = "", officer: str = ""
    ) -> Ran:
        """Run a command to its end, natural or not."""
        environment = _ENVIRONMENT | {
            "CCT_HOME": str(books.home),
            "CCT_DATABASE_URL": books.server.url(books.database, role="cct_app"),
            "TZ": "Asia/Kolkata",
        }
        if failpoints:
            environment["CCT_FAILPOINTS"] = failpoints
        if officer:
            environment["CCT_OFFICER"] = officer
        output, errors = self._folder / "output", self._folder / "errors"
        request = {"arguments": arguments, "environment": environment}
        request |= {"output": str(output), "errors": str(errors)}
        assert self._interpreter.stdin
        assert self._interpreter.stdout
        self._interpreter.stdin.write(json.dumps(request) + "\n")
        self._interpreter.stdin.flush()
        exit_code = int(self._interpreter.stdout.readline())
        return Ran(exit_code, output.read_text(), errors.read_text())

    def close(self) -> None:
        """Let the interpreter go."""
        self._interpreter.communicate()
        shutil.rmtree(self._folder)


@pytest.fixture(scope="session")
def cct() -> Iterator[Cct]:
    """An interpreter that runs ``cct`` as often as wanted."""
    runs = Cct()
    yield runs
    runs.close()


@pytest.fixture(scope="session")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demos, one for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "plays"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def genuine(plays: Path) -> Played:
    """The demo as anybody runs it: the console script, with a PostgreSQL of its own."""
    home = plays / "genuine"

    def play() -> Ran:
        home.mkdir()
        command = [str(Path(sys.executable).with_name("cct")), *DEMO]
        environment = _ENVIRONMENT | {"CCT_HOME": str(home), "TZ": "America/Sao_Paulo"}
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=home, check=False
        )
        shutil.rmtree(embedded._data_folder(home), ignore_errors=True)
        return Ran(done.returncode, done.stdout, done.stderr)

    return Played(home, _played_once(home, play))


@pytest.fixture(scope="session")
def undisturbed(plays: Path, cct: Cct, server: embedded.Server, template_database: str) -> Played:
    """The demo once more, from nothing to its end, on the tests' own server."""
    books = Books(server, plays / "undisturbed", "demo_undisturbed")

    def play() -> Ran:
        _empty(books, template_database)
        return cct(books, *DEMO)

    return Played(books.home, _played_once(books.home, play, books))


@pytest.fixture(scope="session")
def finished(undisturbed: Played, server: embedded.Server) -> Books:
    """The books of the undisturbed demo; only read."""
    return Books(server, undisturbed.home, "demo_undisturbed")


@pytest.fixture(scope="session")
def moments(
    plays: Path, cct: Cct, server: embedded.Server, template_database: str
) -> dict[str, Books]:
    """The demo after several stages of its last month: killed there, copied, and gone on."""
    under_way = Books(server, plays / "staged", "demo_staged")
    kept = {
        name: Books(server, plays / f"stage-{number}", f"demo_stage_{number}")
        for name, number in MOMENTS.items()
    }

    def play() -> Ran:
        _empty(under_way, template_database)
        for name, number in MOMENTS.items():
            ran = cct(under_way, *DEMO, failpoints=f"demo.after_stage=kill@{number}")
            assert ran.exit_code == -9, (name, ran)
            kept[name].drop()
            under_way.copy(kept[name].home, kept[name].database)
        return ran._replace(exit_code=0, output="{}")

    _played_once(under_way.home, play, *kept.values())
    return kept


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Callable[[Books], Books]]:
    """Copies books for a test that disturbs them."""
    made: list[Books] = []

    def copy(books: Books) -> Books:
        name = uuid.uuid4().hex[:12]
        made.append(books.copy(tmp_path / name, f"copy_{name}"))
        return made[-1]

    yield copy
    for books in made:
        books.drop()


def _empty(books: Books, template: str) -> None:
    books.drop()
    books.home.mkdir()
    books.server.create_database(books.database, template=template)


def _played_once(folder: Path, play: Callable[[], Ran], *needed: Books) -> Ran:
    """Play, unless another worker of this run has; what it said is kept beside the folder."""
    said = folder.with_suffix(".json")
    with folder.with_suffix(".lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not said.exists() or not all(_is_there(books) for books in needed):
            ran = play()
            assert ran.exit_code == 0, ran
            said.write_text(json.dumps(ran))
        return Ran(*json.loads(said.read_text()))


def _is_there(books: Books) -> bool:
    with psycopg.connect(
        books.server.url("postgres", role="postgres").replace("+psycopg", "")
    ) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [books.database]
        ).fetchone()
    return found is not None
