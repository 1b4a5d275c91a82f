"""Check the proof of one line: ``python check_proof.py proof.json [anchor.json]``.

Needs Python 3.11 and nothing else, and shares no code with the ledger. It finds the line in its
leaf, the leaf under the root of its batch, the root in the seal of the batch, and the seal in the
chain. With a published head it also checks the signature (Ed25519, RFC 8032) and that the chain
runs through that head. Whoever has the head from elsewhere needs to trust nothing else.
"""

from __future__ import annotations

import json
import struct
import sys
from hashlib import sha256, sha512
from itertools import pairwise
from pathlib import Path
from typing import Any

BATCH, EVENT, DEBIT, CREDIT, CYCLE, VALUE_ON, CURRENCY, ROOT = 2, 3, 4, 5, 8, 10, 13, 21
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def check_proof(proof: dict[str, Any], anchor: dict[str, Any] | None = None) -> str:
    """Return a sentence that says what is proved. Raises ``ValueError`` that says what is not."""
    line = proof["line"]
    found = [row for row in proof["leaf"] if row[:2] == [line["subject"], line["seq"]]]
    if len(found) != 1:
        raise ValueError("the line is not in its leaf")
    digests = {}
    previous, seal = None, proof["seals"][0]
    for values in proof["seals"]:
        if previous is not None and values[1] != previous:
            raise ValueError(f"the seal at position {values[0]} does not follow the one before it")
        array = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        previous = sha256(f"cct-ledger-seal-1\n{array}".encode()).hexdigest()
        digests[values[0]] = previous
    if seal[BATCH] != line["batch"] or _root(proof) != seal[ROOT]:
        raise ValueError("the leaf is not under the root that the batch was sealed with")
    under = f"under the head {previous}, which must be compared with one known from elsewhere"
    if anchor is not None:
        _check_anchor(anchor, digests)
        key = sha256(bytes.fromhex(anchor["keys"][0]["public_key"])).hexdigest()[:32]
        under = (
            f"under the head published on {anchor['anchored_on']}, signed by a key that follows "
            f"from the one with the fingerprint {key}"
        )
    return (
        f"Batch {seal[BATCH]}, subject {line['subject']}, seq {line['seq']}: {found[0][2]} minor "
        f"units of {seal[CURRENCY]}, reference {found[0][3]}, debit {seal[DEBIT]}, credit "
        f"{seal[CREDIT]}, event {seal[EVENT]}, cycle {seal[CYCLE]}, value date {seal[VALUE_ON]}: "
        f"{under}."
    )


def _root(proof: dict[str, Any]) -> str:
    digest = sha256(
        b"\x00" + b"".join(struct.pack(">qiqq", *row) for row in proof["leaf"])
    ).digest()
    for side, sibling in proof["path"]:
        other = bytes.fromhex(sibling)
        digest = sha256(b"\x01" + (other + digest if side == "left" else digest + other)).digest()
    return digest.hex()


def _check_anchor(anchor: dict[str, Any], digests: dict[int, str]) -> None:
    if digests.get(anchor["position"]) != anchor["digest"]:
        raise ValueError("the published head is not in the chain after the line")
    keys = anchor["keys"]
    for before, key in pairwise(keys):
        stated = [key["number"], key["public_key"], key["since"]]
        _check_signature(before["public_key"], key["signature"], "cct-ledger-key-1", stated)
    own = keys[-1]["public_key"]
    stated = [anchor[name] for name in ("anchored_on", "position", "digest", "previous")]
    _check_signature(own, anchor["signature"], "cct-ledger-anchor-2", [*stated, own])


def _check_signature(public_key: str, signature: str, title: str, values: list[Any]) -> None:
    array = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    key, signed = bytes.fromhex(public_key), bytes.fromhex(signature)
    place, commitment = _point(key), _point(signed[:32])
    scalar = int.from_bytes(signed[32:], "little")
    hashed = sha512(signed[:32] + key + f"{title}\n{array}".encode()).digest()
    right = _add(commitment, _times(int.from_bytes(hashed, "little") % ORDER, place))
    left = _times(scalar, _point(bytes.fromhex("58" + "66" * 31)))
    if scalar >= ORDER or any((left[i] * right[2] - right[i] * left[2]) % P for i in (0, 1)):
        raise ValueError(f"a signature under the key {public_key} does not hold")


def _point(packed: bytes) -> Point:
    """A point of edwards25519 from its 32 bytes (RFC 8032, 5.1.3)."""
    y = int.from_bytes(packed, "little") % 2**255
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or y >= P:
        raise ValueError("a key or signature is no point of the curve")
    if x & 1 != packed[31] >> 7:
        x = P - x
    return x, y, 1, x * y % P


def _add(a: Point, b: Point) -> Point:
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    return (
        (f - e) * (h - g) % P,
        (h + g) * (f + e) % P,
        (h - g) * (h + g) % P,
        (f - e) * (f + e) % P,
    )


def _times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _read(path: str) -> Any:
    return json.loads(Path(path).read_text("utf-8"))


if __name__ == "__main__":
    try:
        told = check_proof(_read(sys.argv[1]), _read(sys.argv[2]) if len(sys.argv) > 2 else None)  # noqa: PLR2004 - the second argument may be left out
    except (ValueError, KeyError, TypeError, IndexError, struct.error) as wrong:
        sys.exit(f"NOT PROVED: {wrong}")
    sys.stdout.write(f"PROVED: {told}\n")
