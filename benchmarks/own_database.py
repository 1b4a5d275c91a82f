"""A database for one run on the benchmarks' own durable server."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import sqlalchemy as sa

from cct_engine.database import embedded, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["own_database"]

_HOME = Path(tempfile.gettempdir()) / "cct-benchmarks"
_NAME = re.compile(r"bench_[a-z]+_(\d+)")


@contextmanager
def own_database(subject: str) -> Iterator[tuple[embedded.Server, str]]:
    """An empty database of this process, gone at the end; and those that killed runs left."""
    with embedded.running(_HOME) as server:
        _drop_orphans(server)
        name = f"bench_{subject}_{os.getpid()}"
        server.create_database(name)
        try:
            migrate(server.url(name, role="cct_owner"))
            yield server, name
        finally:
            server.drop_database(name)


def _drop_orphans(server: embedded.Server) -> None:
    engine = sa.create_engine(server.url("postgres", role="postgres"), poolclass=sa.NullPool)
    with engine.connect() as connection:
        names = connection.execute(sa.text("SELECT datname FROM pg_database")).scalars().all()
    for name in names:
        made = _NAME.fullmatch(name)
        if made and not psutil.pid_exists(int(made[1])):
            server.drop_database(name)
