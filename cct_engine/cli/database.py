"""``cct database``: the tables, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cct_engine.cli.output import AsJson, print_json, say
from cct_engine.database import connected, migrate, revision
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from pydantic import SecretStr

__all__ = ["app"]

app = typer.Typer(
    help="The tables, and where they are.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("migrate")
def migrate_tables(*, as_json: AsJson = False) -> None:
    """Bring the tables to this version's revision, as the role that owns them."""
    settings = Settings()
    owner: SecretStr | None = settings.owner_database_url or settings.database_url
    if owner is not None:
        migrate(owner.get_secret_value())
    with connected(settings) as database, database.transaction() as connection:
        stands = revision(connection)
    if as_json:
        print_json({"revision": stands})
    else:
        say(f"The tables stand at revision {stands}.")


@app.command("status")
def status(*, as_json: AsJson = False) -> None:
    """Say which database is used and which revision it stands at."""
    settings = Settings()
    with connected(settings) as database, database.transaction() as connection:
        found = {
            "database": database.name,
            "embedded": settings.database_url is None,
            "revision": revision(connection),
        }
    if as_json:
        print_json(found)
    else:
        say("Connected.", found)
