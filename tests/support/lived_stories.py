"""The stories of ``tests/correction/stories.yaml``, lived once for all tests of a worker."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from correction_world import World, live

from cct_engine.database import Database, embedded
from cct_engine.demo.office import Office
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def lived(
    server: embedded.Server, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """All stories, lived to the end; tests only read."""
    home = tmp_path_factory.mktemp("corrections")
    name = f"lived_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template_database)
    with Database(server.url(name, role="cct_app")) as database:
        office = Office(database, Settings(home=home, shard_households=100))
        yield live(World(database, home, office))
    server.drop_database(name)
