"""The registry: households, persons, payees, enrolments, and where every row came from.

Rows have valid time and known time; nothing is overwritten. Feeds come in through ``take_in``,
cycles read through ``extract`` and ``checks``. The registry knows no amounts, no rules of a
programme and no bank files.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from cct_engine.registry import enrolments, extract, setup
from cct_engine.registry.account_changes import (
    SecondPersonNeeded,
    confirm_accounts,
    waiting_accounts,
)
from cct_engine.registry.accounts import clear_accounts, payee_accounts, shared_accounts
from cct_engine.registry.bitemporal import AsOf, as_known, as_of
from cct_engine.registry.checks import deaths, double_memberships, shared_identifiers
from cct_engine.registry.death_reports import UnknownReport, confirm_death, refute_death
from cct_engine.registry.intake import (
    FeedDeclaration,
    Finding,
    IntakeReport,
    Manifest,
    RefusedFeed,
    known_instant,
    parse_declaration,
    read_declaration,
    stand_still,
)
from cct_engine.registry.intake import take_in as _take_in
from cct_engine.registry.kinds import ACCOUNT_SCHEME, KINDS
from cct_engine.registry.numbers import id_of, number_of
from cct_engine.registry.tokens import TokenPads, token

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    import sqlalchemy as sa

__all__ = [
    "ACCOUNT_SCHEME",
    "AsOf",
    "FeedDeclaration",
    "Finding",
    "IntakeReport",
    "Manifest",
    "RefusedFeed",
    "SecondPersonNeeded",
    "UnknownReport",
    "as_known",
    "as_of",
    "clear_accounts",
    "confirm_accounts",
    "confirm_death",
    "deaths",
    "double_memberships",
    "enrolments",
    "extract",
    "feed",
    "feeds",
    "id_of",
    "known_instant",
    "number_of",
    "parse_declaration",
    "payee_accounts",
    "read_declaration",
    "refute_death",
    "setup",
    "shared_accounts",
    "shared_identifiers",
    "stand_still",
    "take_in",
    "token",
    "waiting_accounts",
]

feeds = (
    "areas",
    "centres",
    "households",
    "persons",
    "pregnancies",
    "accounts",
    "enrolments",
    "deaths",
    "contacts",
)
"""The canonical feeds, in the order in which they are taken in."""


@cache
def feed(name: str) -> FeedDeclaration:
    """Return the declaration of a canonical feed. Raises ValueError for another name."""
    if name not in feeds:
        raise ValueError(f"There is no canonical feed {name!r}; there are: {', '.join(feeds)}.")
    file = resources.files("cct_engine.registry") / "feeds" / f"{name}.yaml"
    return parse_declaration(file.read_text(encoding="utf-8"), name=f"{name}.yaml")


def take_in(
    connection: sa.Connection,
    path: Path,
    declaration: FeedDeclaration,
    *,
    at: datetime,
    officer_id: int,
    rejects_folder: Path,
    token_key: bytes,
    collected_on: date | None = None,
    manifest: Manifest | None = None,
) -> IntakeReport:
    """Take a file of registry rows in; the report says what became of every row.

    ``collected_on`` is the day the sender looked at the world (default: the day of ``at``, UTC);
    changed values hold from it. ``token_key`` is the installation's key of tokens. The same bytes
    again are nothing new. Raises RefusedFeed when nothing of the file may be loaded; the caller's
    transaction stays usable.
    """
    pads = TokenPads.of(token_key)
    return _take_in(
        connection,
        path,
        declaration,
        kinds=KINDS,
        at=at,
        officer_id=officer_id,
        rejects_folder=rejects_folder,
        collected_on=collected_on,
        manifest=manifest,
        parameters=pads._asdict(),
    )
