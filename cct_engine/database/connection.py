"""A database as the engine uses it: transactions, and one way to find it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from cct_engine.database import embedded
from cct_engine.database.migration import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from cct_engine.settings import Settings

__all__ = ["Database", "connected", "dropped"]


class Database:
    """A pool of connections to one PostgreSQL database.

    ``url`` must name the driver: ``postgresql+psycopg://…``.
    """

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(
            url,
            # A fresh connection must learn every partition before it plans: keep those there are.
            # For the same reason the one used last is used first: its plans are made already.
            pool_size=20,
            max_overflow=20,
            pool_use_lifo=True,
            pool_pre_ping=True,
            connect_args={"options": "-c timezone=UTC"},
        )

    @property
    def name(self) -> str:
        """The database's name."""
        return str(self.engine.url.database)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """One transaction: committed when the block ends, undone when it raises."""
        with self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def connected(settings: Settings, *, name: str = "cct") -> Iterator[Database]:
    """The installation's database, migrated: the configured one, or the engine's own.

    The engine's own PostgreSQL is for demo, tests and pilots; production sets
    ``CCT_DATABASE_URL``. A configured database is migrated by ``cct database migrate`` alone.
    ``name`` is the database on the engine's own server.
    """
    if settings.database_url is not None:
        with Database(settings.database_url.get_secret_value()) as database:
            yield database
        return
    with embedded.running(settings.home) as server:
        server.ensure_database(name)
        migrate(server.url(name, role="cct_owner"))
        with Database(server.url(name, role="cct_app")) as database:
            yield database


def dropped(settings: Settings, *, name: str) -> None:
    """Drop a database on the engine's own server, with all that is in it."""
    with embedded.running(settings.home) as server:
        server.drop_database(name)
