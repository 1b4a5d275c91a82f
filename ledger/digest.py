"""What is hashed, and how: pure functions, so that a stranger can recompute the chain.

* A line is 28 bytes: subject (8), seq (4), amount (8), reference (8), big-endian and signed.
* A leaf is SHA-256 of 0x00 and up to 1,024 lines in order of subject and seq; a node is SHA-256 of
  0x01 and its two children; a node without a sibling moves up as it is. The root of no lines is
  SHA-256 of nothing. (RFC 6962 section 2.1 gives the reason for the two prefixes.)
* A seal is SHA-256 of a title line and a JSON array: position, the previous seal's digest, every
  column of the header, the two accounts, count, total and root. So it covers every column of every
  line and, through the previous digest, everything before.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ledger.lines import Lines

__all__ = [
    "GENESIS",
    "LEAF_LINES",
    "Value",
    "canonical",
    "canonical_digest",
    "leaf_digest",
    "leaves_of",
    "merkle_root",
    "node_digest",
]

Value = str | int | date | datetime | None
GENESIS = "0" * 64
LEAF_LINES = 1024


def leaf_digest(packed_lines: bytes | memoryview) -> bytes:
    """Hash up to ``LEAF_LINES`` packed lines."""
    digest = sha256(b"\x00")
    digest.update(packed_lines)
    return digest.digest()


def node_digest(left: bytes, right: bytes) -> bytes:
    """Hash two children."""
    return sha256(b"\x01" + left + right).digest()


def leaves_of(lines: Lines) -> Iterator[bytes]:
    """Hash the leaves of lines held in memory."""
    chunk = LEAF_LINES * 256
    for start in range(0, len(lines), chunk):
        packed = lines.packed(start, start + chunk)
        for first in range(0, len(packed), LEAF_LINES):
            yield leaf_digest(packed[first : first + LEAF_LINES].data.cast("B"))


def merkle_root(leaves: Iterable[bytes]) -> str:
    """Return the root over leaves, as hexadecimal."""
    level = list(leaves)
    if not level:
        return sha256(b"").hexdigest()
    while len(level) > 1:
        paired = [node_digest(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0].hex()


def canonical_digest(title: str, values: Sequence[Value]) -> str:
    """Hash a record: its title and its values as one JSON array without spaces, in UTF-8."""
    array = json.dumps(
        [canonical(value) for value in values], ensure_ascii=False, separators=(",", ":")
    )
    return sha256(f"{title}\n{array}".encode()).hexdigest()


def canonical(value: Value) -> str | int | None:
    """Return a value as it stands in a hashed record: instants in UTC, dates as ISO 8601."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return value
