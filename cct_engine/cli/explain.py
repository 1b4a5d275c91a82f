"""``cct explain``: why a family gets what it gets."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cct_engine import entitlement
from cct_engine.cli.output import AsJson, print_json, say
from cct_engine.cli.place import opened

__all__ = ["app"]

app = typer.Typer()


class Language(StrEnum):
    """The languages of a notice."""

    EN = "en"
    HI = "hi"
    PT = "pt"
    ES = "es"


@app.command()
def explain(
    context: typer.Context,
    household: Annotated[int, typer.Argument(help="The household's number.")],
    code: Annotated[str, typer.Argument(metavar="CYCLE", help="Such as bolsa_familia-2026-09.")],
    language: Annotated[
        Language | None, typer.Option(help="Say it as a family reads it, in its language.")
    ] = None,
    *,
    page: Annotated[
        bool, typer.Option("--notice", help="Print the notice for the family as one HTML page.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say why a family gets what it gets: numbers, articles, dates and evidence."""
    chosen = language or (Language.EN if page else None)
    with opened(context) as books, books.database.transaction() as connection:
        found = entitlement.explain(
            connection,
            books.settings.home,
            household,
            code,
            language=chosen.value if chosen else None,
        )
    if as_json:
        print_json(found.as_dict())
    elif page:
        from cct_engine.notices import notice

        typer.echo(notice(found))
    elif language:
        from cct_engine.notices import letter

        say(letter(found).rstrip())
    else:
        say(found.text())
