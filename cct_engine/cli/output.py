"""How a verb speaks: to people in words and tables, to machines as one JSON value."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["AsJson", "jsonable", "print_json", "print_table", "say"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of words.")]

_PLAIN_WIDTH = 150

_console = Console(
    highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PLAIN_WIDTH
)


def jsonable(value: object) -> Any:
    """Turn one of our values into what JSON knows. Amounts are integers; floats are seconds."""
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float):
        return round(value, 3)
    if value is None or isinstance(value, int | str):
        return value
    return _contents(value)


def _contents(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: jsonable(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {str(jsonable(key)): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    raise TypeError(f"A {type(value).__name__} cannot be printed as JSON.")


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
    """Print a table; the columns whose index is in ``right`` hold numbers."""
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for index, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if index in right else "left", no_wrap=True)
    for row in rows:
        shown.add_row(*(str(cell) for cell in row))
    _console.print(shown)


def say(text: str, facts: Mapping[str, object] | None = None) -> None:
    """Print a sentence, and under it what belongs to it."""
    _console.print(text)
    for name, value in (facts or {}).items():
        _console.print(f"  {name}: {value}")
