"""A paper as one HTML page: no script, no font, no other file; it prints as it stands."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jinja2

from cct_engine.papers.cells import shown

if TYPE_CHECKING:
    from cct_engine.papers.values import Paper

__all__ = ["to_html"]

_HERE: Final = Path(__file__).parent
"""Beside the papers' own templates stand those of the reports: there is one look."""


@cache
def _pages() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([_HERE / "templates", _HERE.parent / "reports/templates"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def to_html(paper: Paper) -> str:
    """Return the page. The same paper gives the same bytes."""
    return _pages().get_template("paper.html").render(paper=paper, shown=shown)
