"""How a verb speaks: to people in words and tables, to machines as one JSON value."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from cct_engine.plain import jsonable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["AsJson", "jsonable", "print_json", "print_table", "say"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of words.")]

_PLAIN_WIDTH = 150
_LONG_WORD = 32
"""A longer word, such as a digest or a path, may be broken."""

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

    Where the screen is too narrow words go on below. A number is never broken: where its columns do
    not fit, each row is told in lines of its own. A table without rows is said to be empty.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        say(f"{title}: nothing.")
        return
    widths = _widths(headings, cells, right)
    if not widths:
        _print_row_by_row(title, headings, cells)
        return
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for index, heading in enumerate(headings):
        shown.add_column(
            heading,
            justify="right" if index in right else "left",
            overflow="fold",
            width=widths[index],
        )
    for row in cells:
        shown.add_row(*row)
    _console.print(shown)


def _widths(headings: Sequence[str], cells: list[list[str]], right: Sequence[int]) -> list[int]:
    """Return how wide each column is on this screen; nothing where its numbers would be broken."""
    least, most = [], []
    for index, heading in enumerate(headings):
        column = [row[index] for row in cells]
        parts = column if index in right else [word for cell in column for word in cell.split()]
        words = [min(cell_len(word), _LONG_WORD) for word in (*heading.split(), *parts)]
        least.append(max(words, default=1))
        most.append(max(least[-1], *map(cell_len, (heading, *column))))
    free = _console.width - sum(least) - 3 * len(least) - 1
    if free < 0:
        return []
    wanted = [wide - narrow for narrow, wide in zip(least, most, strict=True)]
    share = min(free, sum(wanted))
    given = [one * share // max(sum(wanted), 1) for one in wanted]
    return [narrow + more for narrow, more in zip(least, given, strict=True)]


def _print_row_by_row(title: str, headings: Sequence[str], cells: list[list[str]]) -> None:
    """Tell each row in a few lines, every cell with its heading."""
    _console.print(title, style="bold", markup=False)
    for row in cells:
        line = "-"
        for place, (heading, cell) in enumerate(zip(headings, row, strict=True)):
            told = f"{heading} {cell}"
            if place and cell_len(line) + 3 + cell_len(told) > _console.width:
                _console.print(line, markup=False)
                line = " "
            line = f"{line} · {told}" if line.strip("- ") else f"{line} {told}"
        _console.print(line, markup=False)


def say(text: str, facts: Mapping[str, object] | None = None) -> None:
    """Print a sentence, and under it what belongs to it; brackets are text, no markup."""
    _console.print(text, markup=False)
    for name, value in (facts or {}).items():
        _console.print(f"  {name}: {value}", markup=False)
