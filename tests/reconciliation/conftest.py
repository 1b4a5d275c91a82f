"""One cycle whose payments are at a bank, in a transaction that is given up at the end."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from cycle_at_bank import World
from sent_payments import open_partitions

from cct_engine.database import Database, embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa


@pytest.fixture(scope="module")
def shared_database(server: embedded.Server, template_database: str) -> Iterator[Database]:
    """One database for a module, with tables for cycle 1: each test gives its transaction up."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template_database)
    with Database(server.url(name, role="cct_app")) as database:
        with database.transaction() as connection:
            open_partitions(connection, 1)
        yield database
    server.drop_database(name)


@pytest.fixture
def connection(shared_database: Database) -> Iterator[sa.Connection]:
    """One transaction of the engine's role, given up at the end."""
    with shared_database.engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def new_world() -> type[World]:
    """The class of worlds, for tests that make their own."""
    return World


@pytest.fixture
def world(connection: sa.Connection) -> World:
    """A cycle of three payments of 600, in one sent file."""
    world = World(connection)
    world.open([600, 600, 600])
    world.send([1, 2, 3])
    return world
