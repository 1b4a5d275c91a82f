"""Which books a verb works on (``--demo``: the demo's), and whose hand it is (``--as``)."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer

from cct_engine.clock import SystemClock
from cct_engine.database import connected
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from cct_engine.cycle import Desk
    from cct_engine.database import Database

__all__ = ["As", "Opened", "desk", "opened", "read_only", "watched"]

As = Annotated[
    str, typer.Option("--as", envvar="CCT_OFFICER", help="Login of the officer who acts.")
]


@dataclass(frozen=True, slots=True)
class Opened:
    """The books in use: their database, and the settings with their data folder."""

    database: Database
    settings: Settings


@contextmanager
def opened(context: typer.Context) -> Iterator[Opened]:
    """Open the books the command line chose."""
    settings = Settings()
    if not context.obj["demo"]:
        with connected(settings) as database:
            yield Opened(database, settings)
        return
    corner = settings.model_copy(update={"home": settings.home / "demo"})
    with connected(settings, name="demo") as database:
        yield Opened(database, corner)


def read_only(books: Opened) -> AbstractContextManager[sa.Connection]:
    """Open a transaction that sees one moment and can change nothing."""
    engine = books.database.engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    return engine.begin()


@contextmanager
def desk(context: typer.Context, login: str) -> Iterator[Desk]:
    """Open the books as an officer."""
    from cct_engine.cycle import Desk

    with opened(context) as books:
        with books.database.transaction() as connection:
            officer_id = connection.execute(
                sa.text("SELECT officer_id FROM people.officer WHERE login = :login"),
                {"login": login},
            ).scalar()
        if officer_id is None:
            raise typer.BadParameter(f"There is no officer {login!r}; ask an administrator.")
        yield Desk(books.database, books.settings, SystemClock(), officer_id)


def watched(engine: Desk, port: int) -> AbstractContextManager[object]:
    """Serve the figures for Prometheus beside what runs; 0: none are asked for."""
    if port == 0:
        return nullcontext()
    from cct_engine import metrics

    return metrics.serve(engine, port=port)
