"""``cct ledger export``: the books in a form that tools of others open."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from cct_engine.cli.output import AsJson, print_json, say
from cct_engine.cli.place import opened, read_only
from cct_engine.money import exponent
from ledger.export import write_books, write_general_ledger

__all__ = ["add_to"]


class Layout(StrEnum):
    """What the books are written as."""

    BEANCOUNT = "beancount"
    HLEDGER = "hledger"
    CSV = "csv"


def add_to(app: typer.Typer) -> None:
    """Add the verb to ``cct ledger``."""
    app.command("export")(export)


def export(
    context: typer.Context,
    layout: Annotated[
        Layout,
        typer.Option("--format", help="beancount, hledger, or csv (AICPA audit data standard)."),
    ],
    out: Annotated[Path, typer.Option("--out", help="The file to write; a new one.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Write all lines and, at the end, the sealed balances that must come out to the last unit."""
    with opened(context) as books, read_only(books) as connection:
        if layout is Layout.CSV:
            files = write_general_ledger(connection, out, exponent=exponent)
        else:
            plain: Literal["beancount", "hledger"] = (
                "beancount" if layout is Layout.BEANCOUNT else "hledger"
            )
            files = (write_books(connection, out, layout=plain, exponent=exponent),)
    if as_json:
        print_json(files)
        return
    for file in files:
        what = f"{file.line_count:,} lines, " if file.line_count else ""
        say(f"{file.path}: {what}{file.account_count:,} accounts with a balance.")
    checks = {Layout.BEANCOUNT: f"bean-check {out}", Layout.HLEDGER: f"hledger -f {out} check -s"}
    if layout in checks:
        say(f"Anybody checks it with: {checks[layout]}")
