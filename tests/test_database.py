"""The database a newcomer gets without installing one."""

import sqlalchemy as sa

from cct_engine.database import Database, newest_revision, revision


def test_a_fresh_database_is_migrated_to_the_newest_revision(database: Database) -> None:
    with database.transaction() as connection:
        assert revision(connection) == newest_revision()


def test_the_engine_may_not_change_an_act(database: Database) -> None:
    with database.transaction() as connection:
        allowed = connection.execute(
            sa.text("SELECT has_table_privilege('people.act', 'UPDATE')")
        ).scalar_one()
    assert not allowed
