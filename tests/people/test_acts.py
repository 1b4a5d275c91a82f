"""The record of acts cannot be changed without being found out."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from cct_engine.people import acts

if TYPE_CHECKING:
    from cct_engine.database import Database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _record(connection: sa.Connection, subject: str, **changes: Any) -> acts.Act:
    values: dict[str, Any] = {
        "at": NOON,
        "officer_id": 1,
        "verb": "cycle.open",
        "outcome": "done",
        "detail": {"families": 12, "codes": ["A", "B"]},
    }
    return acts.record(connection, subject=subject, **(values | changes))


def _recorded(database: Database, count: int) -> None:
    with database.transaction() as connection:
        for number in range(count):
            _record(connection, f"cycle/{number}")


def test_each_act_names_the_one_before(database: Database) -> None:
    _recorded(database, 3)
    with database.transaction() as connection:
        rows = connection.execute(
            sa.text("SELECT previous, digest FROM people.act ORDER BY act_id")
        ).all()
        assert acts.head(connection) == acts.Act(3, rows[2].digest)
    assert [row.previous for row in rows] == [acts.FIRST, rows[0].digest, rows[1].digest]


def test_an_untouched_record_has_no_fault(database: Database) -> None:
    _recorded(database, 5)
    with database.transaction() as connection:
        assert list(acts.verify(connection)) == []


@pytest.mark.parametrize(
    "change",
    [
        "officer_id = 2",
        "at = at + interval '1 second'",
        "verb = 'cycle.close'",
        "subject = 'cycle/9'",
        "outcome = 'refused'",
        "detail = '{\"families\": 13}'",
        "purpose_code = 'audit'",
        "centre_id = 4",
        "digest = repeat('a', 64)",
        "previous = repeat('b', 64)",
    ],
)
def test_a_change_in_any_column_is_found_at_its_place(
    database: Database, owner_engine: sa.Engine, change: str
) -> None:
    _recorded(database, 4)
    _behind_the_back(owner_engine, f"UPDATE people.act SET {change} WHERE act_id = 2")
    with database.transaction() as connection:
        assert next(acts.verify(connection)).act_id == 2


def test_a_removed_act_is_found(database: Database, owner_engine: sa.Engine) -> None:
    _recorded(database, 4)
    _behind_the_back(owner_engine, "DELETE FROM people.act WHERE act_id = 3")
    with database.transaction() as connection:
        faults = list(acts.verify(connection))
    assert faults[0] == acts.Fault(3, "missing: the next one kept is 4")


@pytest.mark.parametrize(
    "attempt",
    ["UPDATE people.act SET verb = 'x'", "DELETE FROM people.act", "TRUNCATE people.act CASCADE"],
)
def test_even_the_owner_may_not_change_an_act(
    database: Database, owner_engine: sa.Engine, attempt: str
) -> None:
    _recorded(database, 1)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), owner_engine.begin() as owner:
        owner.execute(sa.text(attempt))


def test_writers_at_the_same_moment_make_one_chain(database: Database) -> None:
    def write(number: int) -> None:
        for turn in range(10):
            with database.transaction() as connection:
                _record(connection, f"cycle/{number}-{turn}")

    threads = [threading.Thread(target=write, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction() as connection:
        head = acts.head(connection)
        assert head is not None
        assert head.act_id == 60
        assert list(acts.verify(connection)) == []


def test_an_undone_transaction_leaves_no_act(database: Database) -> None:
    with database.engine.connect() as connection:
        _record(connection, "cycle/1")
        connection.rollback()
    with database.transaction() as connection:
        assert acts.head(connection) is None


def test_the_detail_may_hold_no_float(database: Database) -> None:
    with pytest.raises(TypeError, match="no floats"), database.transaction() as connection:
        _record(connection, "cycle/1", detail={"sum": [1, 2.5]})


def test_an_act_needs_an_instant_with_a_zone(database: Database) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"), database.transaction() as connection:
        _record(connection, "cycle/1", at=naive)


def test_the_zone_of_the_caller_does_not_change_the_digest(database: Database) -> None:
    with database.transaction() as connection:
        _record(connection, "cycle/1", at=NOON.astimezone(ZoneInfo("Asia/Kolkata")))
        _record(connection, "cycle/2", at=NOON + timedelta(microseconds=1))
    with database.transaction() as connection:
        assert list(acts.verify(connection)) == []


def _behind_the_back(owner_engine: sa.Engine, statement: str) -> None:
    with owner_engine.begin() as owner:
        owner.execute(sa.text("SET session_replication_role = replica"))
        owner.execute(sa.text(statement))
