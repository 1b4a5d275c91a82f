"""``cct explain``: why a family gets what it gets."""

from __future__ import annotations

from typing import Annotated

import typer

from cct_engine import entitlement
from cct_engine.cli.output import AsJson, print_json, say
from cct_engine.cli.place import opened

__all__ = ["app"]

app = typer.Typer()


@app.command()
def explain(
    context: typer.Context,
    household: Annotated[int, typer.Argument(help="The household's number.")],
    code: Annotated[str, typer.Argument(metavar="CYCLE", help="Such as bolsa_familia-2026-09.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say why a family gets what it gets: numbers, articles, dates and evidence."""
    with opened(context) as books, books.database.transaction() as connection:
        found = entitlement.explain(connection, books.settings.home, household, code)
    if as_json:
        print_json(found.as_dict())
    else:
        say(found.text())
