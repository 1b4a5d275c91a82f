"""A set of books to post into: one programme, one fund, one open year."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from ledger_books import Books, live_two_cycles, open_year

import ledger
from cct_engine.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.database import embedded


@pytest.fixture(scope="module")
def shared_database(server: embedded.Server, template_database: str) -> Iterator[Database]:
    """A database for all tests of a module; each undoes what it did."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template_database)
    with Database(server.url(name, role="cct_app")) as database:
        with database.transaction() as connection:
            open_year(connection)
        yield database
    server.drop_database(name)


@pytest.fixture
def books(shared_database: Database) -> Iterator[Books]:
    """Books with the year 2026 open, all undone at the end; each posting is a savepoint."""
    with shared_database.engine.connect() as connection:

        @contextmanager
        def savepoint() -> Iterator[sa.Connection]:
            with connection.begin_nested():
                yield connection

        yield Books(savepoint)
        connection.rollback()


@pytest.fixture
def kept_books(database: Database) -> Books:
    """Books in a database of their own, where every posting is committed."""
    with database.transaction() as connection:
        open_year(connection)
    return Books(database.transaction)


@pytest.fixture(scope="module")
def tampered(server: embedded.Server, shared_database: Database) -> Iterator[Any]:
    """A superuser's connection with every trigger and foreign key asleep; each test is undone."""
    live_two_cycles(shared_database)
    engine = sa.create_engine(server.url(shared_database.name, role="postgres"))
    with engine.connect() as connection:
        connection.execute(sa.text("SET session_replication_role = replica"))
        connection.commit()

        def change(*statements: str) -> tuple[ledger.Finding, ...]:
            try:
                for statement in statements:
                    changed = connection.execute(sa.text(statement)).rowcount
                    assert changed != 0, "nothing was changed"
                return ledger.verify(connection)
            finally:
                connection.rollback()

        yield change
    engine.dispose()
