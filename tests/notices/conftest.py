"""Where the shipped laws and their sentences lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from cct_engine import programmes


@pytest.fixture
def programmes_folder() -> Path:
    """The folder of the shipped programmes."""
    return Path(str(programmes.__file__)).parent
