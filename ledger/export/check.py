"""Verify an audit pack: ``python check.py [folder]``. Needs Python 3.11 and nothing else.

It shares no code with the ledger. It computes every line's hash, every seal and the chain from the
CSV files alone, and prints what is wrong; the last line is the head of the chain, to be compared
with one known from elsewhere.
"""

from __future__ import annotations

import csv
import json
import struct
import sys
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, str]
LEAF_LINES = 1024
HASHED = ("subject_id", "seq", "amount_minor", "reference")


def check_pack(folder: Path) -> tuple[list[str], str]:
    """Return what is wrong with the pack, and the digest at the head of its chain."""
    batches = {row["batch_id"]: row for row in _rows(folder, "batch")}
    templates = {row["event"]: row for row in _rows(folder, "template")}
    periods = list(_rows(folder, "fiscal_period"))
    contents = _contents(folder)
    only = next(_rows(folder, "scope"))["cycle_id"]
    wrong: list[str] = []
    previous = "0" * 64
    for number, seal in enumerate(_rows(folder, "seal"), start=1):
        place = f"batch {seal['batch_id']}"
        batch = batches.pop(seal["batch_id"], None)
        if batch is None:
            wrong.append(f"{place}: sealed, but its header is gone")
            continue
        if (seal["position"], seal["previous_digest"]) != (str(number), previous):
            wrong.append(f"{place}: does not follow the seal before it")
        said = (int(seal["line_count"]), int(seal["total_minor"]), seal["merkle_root"])
        found = contents.pop(seal["batch_id"], (0, 0, sha256(b"").hexdigest()))
        if only in {"all", batch["cycle_id"]} and found != said:
            wrong.append(f"{place}: its lines are not those that were sealed")
        if _seal_digest(seal, batch, templates[batch["event"]], periods) != seal["digest"]:
            wrong.append(f"{place}: its header or seal was changed")
        previous = seal["digest"]
    wrong += [f"batch {batch_id}: has no seal" for batch_id in (*batches, *contents)]
    return wrong, previous


def _rows(folder: Path, table: str) -> Iterator[Row]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _contents(folder: Path) -> dict[str, tuple[int, int, str]]:
    found = {}
    for batch_id, lines in groupby(_rows(folder, "journal"), lambda line: line["batch_id"]):
        count = total = 0
        leaves: list[bytes] = []
        leaf = sha256(b"\x00")
        for count, line in enumerate(lines, start=1):
            total += int(line["amount_minor"])
            leaf.update(struct.pack(">qiqq", *(int(line[name]) for name in HASHED)))
            if count % LEAF_LINES == 0:
                leaves.append(leaf.digest())
                leaf = sha256(b"\x00")
        if count % LEAF_LINES:
            leaves.append(leaf.digest())
        found[batch_id] = (count, total, _root(leaves))
    return found


def _root(level: list[bytes]) -> str:
    while len(level) > 1:
        odd = level[len(level) // 2 * 2 :]
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return level[0].hex()


def _seal_digest(seal: Row, batch: Row, template: Row, periods: list[Row]) -> str:
    period = next((p for p in periods if p["period_id"] == batch["period_id"]), {"digest": "none"})
    closings = [p["closed_digest"] for p in periods if p["closed_head"] == seal["previous_digest"]]
    values: list[str | int | None] = [
        int(seal["position"]),
        seal["previous_digest"],
        int(batch["batch_id"]),
        int(batch["event"]),
        int(template["debit"]),
        int(template["credit"]),
        int(batch["programme_id"]),
        int(batch["fund_id"]),
        int(batch["cycle_id"]),
        batch["conduit"] or None,
        batch["value_on"],
        int(batch["period_id"]),
        period["digest"],
        batch["currency"],
        batch["key"],
        int(batch["reverses"]) if batch["reverses"] else None,
        int(batch["prepared_by"]),
        int(batch["approved_by"]),
        batch["recorded_at"],
        int(seal["line_count"]),
        int(seal["total_minor"]),
        seal["merkle_root"],
        *closings,
    ]
    array = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return sha256(f"cct-ledger-seal-1\n{array}".encode()).hexdigest()


if __name__ == "__main__":
    pack = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    problems, head = check_pack(pack)
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    sys.stdout.write(f"{'SOUND' if not problems else 'CHANGED'}, head {head}\n")
    sys.exit(bool(problems))
