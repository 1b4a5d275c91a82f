"""The head of the chain, and its publication outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from ledger import schema
from ledger.digest import GENESIS, canonical_digest
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from datetime import date

__all__ = ["Anchor", "anchor_digest", "anchor_head", "head", "head_position", "locked_head"]


class Anchor(NamedTuple):
    """The head of the chain as it was made known outside on a day."""

    anchored_on: date
    position: int
    digest: str
    anchor_digest: str


def head(connection: sa.Connection) -> str | None:
    """Return the digest of the last seal, or None while nothing is posted."""
    latest = sa.select(schema.seal.c.digest).order_by(schema.seal.c.position.desc()).limit(1)
    digest: str | None = connection.execute(latest).scalar_one_or_none()
    return digest


def head_position(connection: sa.Connection) -> int:
    """Return how many seals the chain has."""
    latest = sa.select(sa.func.coalesce(sa.func.max(schema.seal.c.position), 0))
    position: int = connection.execute(latest).scalar_one()
    return position


def locked_head(connection: sa.Connection) -> tuple[int, str]:
    """Return position and digest of the head, and keep both still until the transaction ends.

    Of an empty chain: 0 and 64 zeros.
    """
    found = sa.func.ledger.locked_head().table_valued("head_position", "head_digest")
    position, digest = connection.execute(sa.select(found)).one()
    return position, digest


def anchor_head(
    connection: sa.Connection, *, on: date, signature: str, published_to: str
) -> Anchor:
    """Record that the head was made known outside: whoever has it can prove a rewritten chain.

    ``signature`` is what the outside gave for it (a signature, a time stamp, a gazette number) and
    ``published_to`` where it stands. Raises ``LedgerError`` while nothing is posted.
    """
    position, digest = locked_head(connection)
    if position == 0:
        raise LedgerError("Nothing is posted yet: there is no head to publish.")
    table = schema.anchor
    latest = sa.select(table.c.anchor_digest).order_by(table.c.anchored_on.desc()).limit(1)
    previous = connection.execute(latest).scalar_one_or_none() or GENESIS
    own = anchor_digest(
        anchored_on=on,
        position=position,
        digest=digest,
        signature=signature,
        published_to=published_to,
        previous=previous,
    )
    row = (on, position, digest, signature, published_to, previous, own)
    connection.execute(sa.insert(table).values(row))
    return Anchor(on, position, digest, own)


def anchor_digest(
    *,
    anchored_on: date,
    position: int,
    digest: str,
    signature: str,
    published_to: str,
    previous: str,
) -> str:
    """Return the digest of an anchor; it covers the anchors before it."""
    return canonical_digest(
        "cct-ledger-anchor-1", [previous, anchored_on, position, digest, signature, published_to]
    )
