"""``cct proof``: the equations a cycle must satisfy."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

import reconciliation
from cct_engine import cycle
from cct_engine.cli.output import AsJson, print_json, say
from cct_engine.cli.place import opened
from cct_engine.money import format_minor

__all__ = ["app"]

app = typer.Typer()


@app.command()
def proof(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CYCLE", help="Such as bolsa_familia-2026-09.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Print the equations a cycle must satisfy.

    Exit code 1 when one does not hold, or something is open.
    """
    with opened(context) as books, books.database.transaction() as connection:
        of = cycle.by_code(connection, code)
        shown = reconciliation.proof(connection, of.cycle_id)
    if as_json:
        print_json({"ties": shown.ties, "digest": shown.digest, "proof": shown})
    else:
        say(shown.text(name=code, money=partial(format_minor, currency=of.currency)))
    if not shown.ties:
        raise typer.Exit(1)
