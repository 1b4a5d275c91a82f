"""One world for the tests of its feeds: 20,000 households, three cycles."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pytest reads the annotations of fixtures
from typing import NamedTuple

import pandas as pd
import pytest

from cct_engine.demo.world import World, write_feeds

PERIODS = ("2026-09", "2026-10", "2026-11")
HOUSEHOLDS = 20_000
SEED = 42


class Feeds(NamedTuple):
    """A written world, read back as text."""

    world: World

    def read(self, folder: str, feed: str) -> pd.DataFrame:
        """Return the rows of one feed; no column is guessed to be anything but text."""
        path = self.world.folder / folder / f"{feed}.csv"
        return pd.read_csv(path, dtype=str, keep_default_na=False)

    def read_all(self, feed: str) -> pd.DataFrame:
        """Return the rows of one feed of the base registry and all cycles."""
        folders = ("base", *PERIODS)
        found = [f for f in folders if (self.world.folder / f / f"{feed}.csv").exists()]
        return pd.concat([self.read(folder, feed) for folder in found], ignore_index=True)


@pytest.fixture(scope="session")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Feeds:
    """The feeds of one world, written once."""
    folder: Path = tmp_path_factory.mktemp("world")
    return Feeds(write_feeds(folder, households=HOUSEHOLDS, seed=SEED, periods=PERIODS))
