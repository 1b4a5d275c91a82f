"""What a page answers: a view to be shown as HTML, JSON or CSV; another address; a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Answer", "File", "Goto", "Table", "View"]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a list for machines and spreadsheets: headings with units, plain values."""

    headings: Sequence[str]
    rows: Iterable[Sequence[object]]
    currency: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A page: which template, what it is called, and the values on it.

    ``title`` is the words before the product's name; ``table`` what ``.csv`` answers.
    """

    template: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    table: Table | None = None
    errors: Sequence[tuple[str, str]] = ()
    """What is wrong with the form: the field's name and the sentence."""
    conflict: str = ""
    """Why nothing was done, when somebody else was faster."""


@dataclass(frozen=True, slots=True)
class Goto:
    """Another address of ours (303), or of the OpenID provider. ``once`` answers are kept."""

    location: str
    cookie: str | None = None
    """The session's token to set; empty text: to forget it."""
    browser: str | None = None
    """The word by which a browser is known when it comes back; empty text: to forget it."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to keep, never shown in the page's own origin."""

    name: str
    path: Path
    media_type: str = "application/octet-stream"


Answer = View | Goto | File
