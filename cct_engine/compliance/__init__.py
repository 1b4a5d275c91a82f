"""Compliance: what schools and clinics report about persons, kept as facts.

Facts are integers with the file they came from; a later report closes an earlier one and never
changes it. Whether a condition is met is not decided here: a cycle's run does that by its law.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from cct_engine.compliance.coverage import FacilityCoverage, coverage
from cct_engine.compliance.facilities import FACILITIES
from cct_engine.compliance.facts import FACTS
from cct_engine.registry.intake import parse_declaration
from cct_engine.registry.intake import take_in as _take_in

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    import sqlalchemy as sa

    from cct_engine.registry.intake import FeedDeclaration, IntakeReport, Manifest

__all__ = ["FacilityCoverage", "coverage", "feed", "feeds", "take_in"]

feeds = ("facilities", "attendance", "health", "absences", "family_visits", "certificates")
"""The canonical feeds, in the order in which they are taken in."""


def feed(name: str) -> FeedDeclaration:
    """Return the declaration of a canonical feed. Raises ValueError for another name."""
    if name not in feeds:
        raise ValueError(f"There is no canonical feed {name!r}; there are: {', '.join(feeds)}.")
    file = resources.files("cct_engine.compliance") / "feeds" / f"{name}.yaml"
    return parse_declaration(file.read_text(encoding="utf-8"), name=f"{name}.yaml")


def take_in(
    connection: sa.Connection,
    path: Path,
    declaration: FeedDeclaration,
    *,
    at: datetime,
    officer_id: int,
    rejects_folder: Path,
    collected_on: date | None = None,
    manifest: Manifest | None = None,
) -> IntakeReport:
    """Take a file of facts or facilities in; the report says what became of every row.

    A file that comes after a cycle's cut-off is known after it: it can alter that cycle only by a
    correction. The same bytes again are nothing new. Raises RefusedFeed when nothing of the file
    may be loaded; the caller's transaction stays usable.
    """
    return _take_in(
        connection,
        path,
        declaration,
        kinds={kind.name: kind for kind in (FACILITIES, FACTS)},
        at=at,
        officer_id=officer_id,
        rejects_folder=rejects_folder,
        collected_on=collected_on,
        manifest=manifest,
    )
