"""How a verb speaks: to people in words and tables, to machines as one JSON value."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from cct_engine.plain import jsonable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["AsJson", "jsonable", "print_json", "print_table", "say"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of words.")]

_PLAIN_WIDTH = 150

_console = Console(
    highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PLAIN_WIDTH
)


def print_json(value: object) -> None:
    """Print one JSON value on standard output."""
    typer.echo(json.dumps(jsonable(value), ensure_ascii=False, indent=1))


def print_table(
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Sequence[int] = (),
) -> None:
    """Print a table; the columns whose index is in ``right`` hold numbers.

    Where the screen is too narrow a cell goes on below: no digit is ever cut off. A table without
    rows is said to be empty.
    """
    rows = list(rows)
    if not rows:
        say(f"{title}: nothing.")
        return
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for index, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(str(cell) for cell in row))
    _console.print(shown)


def say(text: str, facts: Mapping[str, object] | None = None) -> None:
    """Print a sentence, and under it what belongs to it; brackets are text, no markup."""
    _console.print(text, markup=False)
    for name, value in (facts or {}).items():
        _console.print(f"  {name}: {value}", markup=False)
