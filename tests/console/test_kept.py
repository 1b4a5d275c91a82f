"""Sums of whole lists: added up once for each state of a list, read from the books after that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cct_engine.console.reading.kept import kept
from cct_engine.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator


def _asked(books: Database, version: int, sums: Iterator[int]) -> int:
    with books.transaction() as connection:
        return kept(connection, "tested", 1, (version,), lambda: next(sums), pack=int, unpack=int)


def test_a_sum_is_added_up_once_for_each_version_by_all_consoles_together(
    database: Database,
) -> None:
    sums = iter((700, 900))
    assert [_asked(database, 1, sums), _asked(database, 1, sums)] == [700, 700]
    elsewhere = database.engine.url.update_query_dict({"application_name": "another console"})
    with Database(elsewhere.render_as_string(hide_password=False)) as another:
        assert _asked(another, 1, sums) == 700
        assert _asked(another, 2, sums) == 900
    with database.transaction() as connection:
        rows = connection.execute(sa.text("SELECT key, value FROM console.kept")).all()
    assert [tuple(row) for row in rows] == [("2", 900)]


def test_a_sum_that_fails_is_kept_by_nobody(database: Database) -> None:
    with pytest.raises(StopIteration):
        _asked(database, 3, iter(()))
    assert _asked(database, 3, iter((5,))) == 5
