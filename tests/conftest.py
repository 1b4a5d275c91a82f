"""Fixtures shared by all tests: a real PostgreSQL, one fresh database per test."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import structlog
from hypothesis import HealthCheck, settings

from cct_engine.database import Database, embedded, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["demo_plays", "lived_stories"]

SHARED = Path(__file__).parents[2] / "shared"
MEMORY = Path("/dev/shm")  # noqa: S108 - a server of its own name, below a folder of its own
ROOM = 6 * 2**30

# Nothing is timed in a test, also not by Hypothesis.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material beside the project; tests that need it skip where it is not."""
    if not SHARED.is_dir():
        pytest.skip("reference material ../shared is not here")
    return SHARED


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.Server]:
    """One PostgreSQL for all workers of this run, stopped by the last of them."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)[:12]
    home = Path(tempfile.gettempdir()) / f"cct-tests-{run}"
    with embedded.running(home, throwaway=True, folder=_in_memory(f"cct-tests-{run}")) as server:
        yield server
    with suppress(OSError):  # it is not there, or another worker's server still is in it
        home.rmdir()


def _in_memory(name: str) -> Path | None:
    """Where the server may lie in memory, if there is room: databases are copied in a tenth of it.

    What killed runs have left there is removed first.
    """
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        return None
    for left in MEMORY.glob("cct-tests-*"):
        with suppress(FileNotFoundError):  # its run is over just now
            if left.is_dir() and left.stat().st_uid == os.geteuid():
                embedded.clear(left)
    folder = MEMORY / name
    return folder if folder.exists() or shutil.disk_usage(MEMORY).free >= ROOM else None


@pytest.fixture(scope="session")
def template_database(server: embedded.Server) -> str:
    """The name of a migrated, empty database that each test copies."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    server.create_database(name)
    migrate(server.url(name, role="cct_owner"))
    return name


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A test that sets up logs writes them to its own stream, which ends with it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def database(server: embedded.Server, template_database: str) -> Iterator[Database]:
    """A fresh, migrated database, seen as the engine sees it (role ``cct_app``)."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template_database)
    with Database(server.url(name, role="cct_app")) as database:
        yield database
    server.drop_database(name)


@pytest.fixture
def owner_engine(server: embedded.Server, database: Database) -> Iterator[sa.Engine]:
    """The same database as its owner: for what only a superuser could do."""
    engine = sa.create_engine(server.url(database.name, role="postgres"), poolclass=sa.NullPool)
    yield engine
    engine.dispose()
