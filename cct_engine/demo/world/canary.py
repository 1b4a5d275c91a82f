"""Finds the personal data of a world again: what must appear in no log, URL or error text."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["canaries"]

_PERSONAL = ("given_name", "family_name", "national_id", "number", "holder_name")
_SHORTEST = 6
"""Shorter texts would be found everywhere by chance."""


def canaries(folder: Path) -> set[str]:
    """Return every name, account number and national id in the feeds below a folder.

    References of persons and households are no personal data: findings may show them. Meant for
    worlds of a few thousand households; the set is held in memory.
    """
    return {text for text in _texts(folder) if len(text) >= _SHORTEST}


def _texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream)
            header = next(rows, [])
            places = [header.index(name) for name in _PERSONAL if name in header]
            for row in rows if places else ():
                yield from (row[place] for place in places)
                if "given_name" in header:
                    yield f"{row[header.index('given_name')]} {row[header.index('family_name')]}"
