"""The head of the ledger, signed and laid down as a file, once a day."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

import ledger
from cct_engine.people import Permission, Refused, Role, accountable, authorise

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cct_engine.database import Database

__all__ = ["head_waits", "keys_of", "publish_head", "rotate_key"]

_LAST: Final = sa.text("""
    SELECT coalesce((SELECT max(position) FROM ledger.seal), 0) AS head,
           coalesce(max(position), 0) AS position, max(anchored_on) AS day
    FROM ledger.anchor
""")
_KEY: Final = Permission("ledger.key", frozenset({Role.ADMINISTRATOR}))
_ANCHOR: Final = Permission(
    "ledger.anchor", frozenset({Role.CHECKER, Role.AUDITOR}), by_engine=True
)


def keys_of(home: Path) -> Path:
    """Where an installation keeps the keys that sign its heads."""
    return home / "keys" / "ledger"


def head_waits(connection: sa.Connection, home: Path, *, at: datetime) -> bool:
    """Whether there is a key, and a head that was not published and may be today."""
    if not ledger.key_statements(keys_of(home)):
        return False
    last = connection.execute(_LAST).one()
    return last.head > last.position and (last.day is None or last.day < at.date())


def rotate_key(database: Database, home: Path, *, by: int, at: datetime) -> ledger.KeyStatement:
    """Make the first key, or the next; the administrator does, who has no hand in money."""
    with accountable(
        database,
        at=at,
        officer_id=by,
        verb=_KEY.verb,
        subject="ledger/key",
        refusals=(Refused, ledger.LedgerError),
    ) as deed:
        authorise(deed.connection, _KEY, officer_id=by, at=at)
        key = ledger.new_key(keys_of(home), on=at.date())
        deed.detail |= {"number": key.number, "fingerprint": key.fingerprint}
    return key


def publish_head(
    database: Database, home: Path, *, out: Path, by: int, at: datetime
) -> tuple[ledger.SignedAnchor, Path]:
    """Sign the head of today and write it to ``out``/anchor-<day>.json.

    The same head on the same day gives the same file. Raises ``ledger.LedgerError`` without a key,
    while nothing is posted, and for a second head on one day.
    """
    with accountable(
        database,
        at=at,
        officer_id=by,
        verb=_ANCHOR.verb,
        subject=f"ledger/{at.date()}",
        refusals=(Refused, ledger.LedgerError),
    ) as deed:
        authorise(deed.connection, _ANCHOR, officer_id=by, at=at)
        name = f"anchor-{at.date()}.json"
        anchor = ledger.publish(
            deed.connection, ledger.signer(keys_of(home)), on=at.date(), published_to=name
        )
        path = out / name
        _lay_down(path, anchor.text())
        deed.detail |= {"position": anchor.position, "digest": anchor.digest}
    return anchor, path


def _lay_down(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
