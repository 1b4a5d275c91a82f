"""The head of the chain as a signed file: whoever keeps one can prove a rewritten ledger.

The file names the day, the position and the digest of the head, and carries the keys' statements,
so that it is checked without this system. Kept where the engine cannot write (an auditor's mailbox,
a gazette), it also finds an older backup put back: the books then end before the anchor.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from ledger import schema
from ledger.digest import GENESIS
from ledger.errors import LedgerError
from ledger.findings import Finding
from ledger.seals import anchor_head, locked_head
from ledger.signing import KeyStatement, Signer, is_signed, wrong_key

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SignedAnchor", "contradictions", "publish"]

_TITLE = "cct-ledger-anchor-2"
_NO_ANCHOR = (
    "This is no published head: it is not the JSON file that 'cct ledger anchor' writes. Ask for "
    "the file as it was published."
)


@dataclass(frozen=True, slots=True)
class SignedAnchor:
    """A head that was made known: its day, place and digest, and who signed for it.

    ``previous`` is the anchor digest of the day before it, 64 zeros for the first.
    """

    anchored_on: date
    position: int
    digest: str
    previous: str
    signature: str
    keys: tuple[KeyStatement, ...]

    @property
    def signed(self) -> list[str | int]:
        """The record that is signed."""
        key = self.keys[-1].public_key if self.keys else ""
        return [self.anchored_on.isoformat(), self.position, self.digest, self.previous, key]

    def text(self) -> str:
        """Return the anchor as the JSON file that is published."""
        fields = asdict(self) | {
            "anchored_on": self.anchored_on.isoformat(),
            "keys": [key._asdict() for key in self.keys],
        }
        return json.dumps({"title": _TITLE, **fields}, indent=1) + "\n"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a published file. Raises ``LedgerError`` if it is none."""
        try:
            fields: dict[str, Any] = json.loads(text)
            title = fields.pop("title")
            keys = tuple(KeyStatement(**key) for key in fields.pop("keys"))
            on = date.fromisoformat(fields.pop("anchored_on"))
            anchor = cls(anchored_on=on, keys=keys, **fields)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LedgerError(_NO_ANCHOR) from error
        kinds = (type(anchor.position), type(anchor.digest), type(anchor.signature))
        if title != _TITLE or kinds != (int, str, str):
            raise LedgerError(_NO_ANCHOR)
        return anchor


def publish(connection: sa.Connection, by: Signer, *, on: date, published_to: str) -> SignedAnchor:
    """Sign the head of the day and record it; the same head on the same day gives the same anchor.

    Write ``text()`` where the engine cannot change it. Raises ``LedgerError`` while nothing is
    posted, and for a second head on one day.
    """
    position, digest = locked_head(connection)
    latest = connection.execute(
        sa.select(schema.anchor).order_by(schema.anchor.c.anchored_on.desc()).limit(1)
    ).first()
    if latest is not None and latest.anchored_on >= on:
        if (latest.anchored_on, latest.position, latest.digest) == (on, position, digest):
            return _published(latest, by)
        raise LedgerError(
            f"The last head was published for {latest.anchored_on}, at position {latest.position}; "
            f"the chain is at {position} now. One head is published a day, the days in order: "
            "publish the next one tomorrow."
        )
    previous = latest.anchor_digest if latest is not None else GENESIS
    unsigned = SignedAnchor(on, position, digest, previous, "", by.chain)
    signature = by.sign(_TITLE, unsigned.signed)
    anchor_head(connection, on=on, signature=signature, published_to=published_to)
    return replace(unsigned, signature=signature)


def _published(row: sa.Row[Any], by: Signer) -> SignedAnchor:
    """Say again what was published, under the key that signed it; a later one may be in use."""
    for count in range(len(by.chain), 0, -1):
        anchor = SignedAnchor(
            row.anchored_on, row.position, row.digest, row.previous, row.signature, by.chain[:count]
        )
        if is_signed(anchor.keys[-1].public_key, anchor.signature, _TITLE, anchor.signed):
            return anchor
    raise LedgerError(
        f"The head of {row.anchored_on} was not signed by a key of this folder: it cannot be "
        "published again from here."
    )


def contradictions(
    connection: sa.Connection, anchor: SignedAnchor, *, trusted: str | None = None
) -> Iterator[Finding]:
    """Compare a published head with its signature and with the books.

    ``trusted`` is the fingerprint of a key, known from elsewhere.
    """
    place = f"published head of {anchor.anchored_on}"
    wrong = wrong_key(anchor.keys, trusted=trusted)
    if wrong is None and not is_signed(
        anchor.keys[-1].public_key, anchor.signature, _TITLE, anchor.signed
    ):
        wrong = f"It was not signed by its key {anchor.keys[-1].fingerprint}."
    if wrong is not None:
        yield Finding("anchor.signature", place, f"{wrong} The file itself was changed or forged.")
        return
    position = schema.seal.c.position
    last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(position), 0))).scalar_one()
    there = connection.execute(
        sa.select(schema.seal.c.digest).where(position == anchor.position)
    ).scalar_one_or_none()
    if there is None:
        yield Finding(
            "anchor.rolled_back",
            place,
            f"It names position {anchor.position}, and the books end at {last}: an older backup "
            "was put back, or the last batches were removed.",
        )
    elif there != anchor.digest:
        yield Finding(
            "anchor.rewritten",
            place,
            f"At position {anchor.position} it names {anchor.digest}; the books have {there}: the "
            "chain was written anew.",
        )
    elif not _is_recorded(connection, anchor):
        yield Finding(
            "anchor.missing",
            place,
            "The books do not record any more that it was published: an anchor was removed.",
        )


def _is_recorded(connection: sa.Connection, anchor: SignedAnchor) -> bool:
    row = schema.anchor.c
    same = sa.select(row.position).where(
        row.anchored_on == anchor.anchored_on, row.signature == anchor.signature
    )
    return connection.execute(same).first() is not None
