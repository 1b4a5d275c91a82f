"""The chain of sealed files: each entry carries the digest of the one before it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from bank_adapters.model import Violation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bank_adapters.model import SealedFile

__all__ = ["ManifestEntry", "chain_findings", "manifest_entry"]


class ManifestEntry(NamedTuple):
    """One sealed file in the chain: its canonical JSON and the SHA-256 of those bytes."""

    body: bytes
    digest: str


def manifest_entry(sealed: SealedFile, *, previous: str | None) -> ManifestEntry:
    """Return the entry of a file behind ``previous`` (the digest of the entry before, or None).

    Canonical: sorted keys, no spaces, ASCII, integers only. The path is not in it, so that an
    archive elsewhere proves the same.
    """
    body = json.dumps(
        {
            "bytes": sealed.bytes,
            "count": sealed.count,
            "currency": sealed.currency,
            "file": sealed.name,
            "message_id": sealed.message_id,
            "previous": previous,
            "schema": sealed.schema,
            "sha256": sealed.sha256,
            "total_minor": sealed.total_minor,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    ).encode()
    return ManifestEntry(body, sha256(body).hexdigest())


def chain_findings(entries: Iterable[ManifestEntry]) -> list[Violation]:
    """Return where a chain is broken: an entry changed, left out, added or moved."""
    found: list[Violation] = []
    previous: str | None = None
    for position, entry in enumerate(entries):
        if sha256(entry.body).hexdigest() != entry.digest:
            found.append(
                Violation(position, "digest", "the digest is that of the entry", "see the archive")
            )
        if json.loads(entry.body)["previous"] != previous:
            rule = "the entry carries the digest of the one before it"
            found.append(Violation(position, "previous", rule, "find the missing or moved entry"))
        previous = entry.digest
    return found
