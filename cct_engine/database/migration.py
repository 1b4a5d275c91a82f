"""Alembic, driven from Python: the tables of a database are made by revisions only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["migrate", "newest_revision", "revision", "run_script"]

_SCRIPTS = Path(__file__).parents[1] / "migrations"


def migrate(url: str, *, to: str = "head") -> None:
    """Bring the database at ``url`` (the owner's role) to a revision, the newest by default."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["url"] = url
    command.upgrade(config, to)


def newest_revision() -> str | None:
    """Return the revision that this version of the engine needs."""
    return ScriptDirectory(str(_SCRIPTS)).get_current_head()


def revision(connection: sa.Connection) -> str | None:
    """Return the revision the database stands at, or None if it was never migrated."""
    context = MigrationContext.configure(connection, opts={"version_table_schema": "public"})
    return context.get_current_revision()


def run_script(connection: sa.Connection, script: str) -> None:
    """Run several SQL statements as they stand: no parameters, so ``%`` is only a percent sign."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("The connection is closed; a revision needs an open one.")
    driver.execute(script)
