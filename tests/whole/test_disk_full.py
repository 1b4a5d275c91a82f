"""A full disk is a plain sentence; nothing is half done, and with room again the cycle goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
import sqlalchemy as sa
from demo_plays import DEMO, LAST, facts_of

import ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from demo_plays import Books, Cct, Played

BRAZIL = f"bolsa_familia-{LAST}"


class Place(NamedTuple):
    """Where the disk is full: what was done before, and what must still be so afterwards."""

    failpoint: str
    moment: str
    state: str
    unfinished: str
    """A pattern of files below the data folder that only a finished step may have left."""


PLACES = [
    Place("freeze.after_shard", "feeds", "opened", f"cycles/{BRAZIL}/snapshot/manifest*"),
    Place("calculate.after_shard", "feeds", "frozen", f"cycles/{BRAZIL}/run/manifest*"),
    Place("bank.write.chunk", "treasury pays in", "approved", "bank/*/*202611*"),
    Place("bank.write.before_rename", "treasury pays in", "approved", "bank/*/*202611*"),
]


@pytest.mark.parametrize("place", PLACES, ids=[place.failpoint for place in PLACES])
def test_a_full_disk_is_said_plainly_leaves_nothing_half_done_and_the_cycle_goes_on(
    place: Place,
    moments: dict[str, Books],
    undisturbed: Played,
    cct: Cct,
    copied: Callable[[Books], Books],
) -> None:
    books = copied(moments[place.moment])
    head = _head(books)
    full = cct(books, *DEMO, failpoints=f"{place.failpoint}=enospc@1")
    assert full.exit_code == 3
    assert "No space left on device" in full.errors
    assert "Traceback" not in full.errors
    assert full.output == ""
    assert _state(books) == place.state
    assert _head(books) == head
    assert _files(books.corner, place.unfinished) == []
    resumed = cct(books, *DEMO)
    assert resumed.exit_code == 0, resumed.errors
    assert facts_of(resumed) == undisturbed.facts
    assert _files(books.corner, place.unfinished)


def _state(books: Books) -> str:
    with books.opened() as database, database.transaction() as connection:
        state = connection.execute(
            sa.text("SELECT state FROM cycle.cycle WHERE code = :code"), {"code": BRAZIL}
        ).scalar_one()
    return str(state)


def _head(books: Books) -> str | None:
    with books.opened() as database, database.transaction() as connection:
        return ledger.head(connection)


def _files(folder: Path, pattern: str) -> list[Path]:
    return [path for path in folder.glob(pattern) if path.is_file()]
