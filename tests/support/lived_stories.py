"""The stories of ``tests/correction/stories.yaml``, lived once for all tests of a worker."""

from __future__ import annotations

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
    server.create_database(home.name, template=template_database)
    with Database(server.url(home.name, role="cct_app")) as database:
        office = Office(database, Settings(home=home, shard_households=100))
        yield live(World(database, home, office))
    server.drop_database(home.name)
