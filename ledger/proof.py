"""One line, proved alone: what somebody outside needs to find it under a published head.

The proof holds the line with the up to 1,023 others of its leaf (numbers and amounts, no names),
the hashes from the leaf to the root, the seal of the batch, and the seals after it up to the head.
``ledger/export/check_proof.py`` checks it with nothing but Python.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ledger import schema
from ledger.digest import LEAF_LINES, node_digest
from ledger.errors import LedgerError
from ledger.rows import leaves_of_select
from ledger.sealed import sealed_batches

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TITLE", "path_to_root", "prove"]

TITLE = "cct-ledger-proof-1"


def prove(connection: sa.Connection, *, batch_id: int, subject: int, seq: int) -> str:
    """Return the proof of one line as JSON. Raises ``LedgerError`` if there is no such line."""
    lines = _lines_of(connection, batch_id)
    ordered = lines.order_by(lines.selected_columns.subject_id, lines.selected_columns.seq)
    leaf = _leaf_of(connection, lines, batch_id=batch_id, subject=subject, seq=seq)
    stored = connection.execute(ordered.offset(leaf * LEAF_LINES).limit(LEAF_LINES)).all()
    hashes = leaves_of_select(connection, lines)
    position = connection.execute(
        sa.select(schema.seal.c.position).where(schema.seal.c.batch_id == batch_id)
    ).scalar_one()
    seals = [one.record() for one in sealed_batches(connection, since=position)]
    proof = {
        "title": TITLE,
        "line": {"batch": batch_id, "subject": subject, "seq": seq},
        "leaf": [list(row) for row in stored],
        "leaf_index": leaf,
        "path": path_to_root(hashes, leaf),
        "seals": seals,
    }
    return json.dumps(proof, ensure_ascii=False) + "\n"


def path_to_root(hashes: Sequence[bytes], index: int) -> list[list[str]]:
    """Return the sibling hashes from a leaf to the root, each with the side it stands on."""
    path: list[list[str]] = []
    level = list(hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(["left" if sibling < index else "right", level[sibling].hex()])
        paired = [node_digest(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
        index //= 2
    return path


def _lines_of(connection: sa.Connection, batch_id: int) -> sa.Select[Any]:
    header = schema.batch.c
    batch = connection.execute(
        sa.select(header.cycle_id, schema.template.c.slot)
        .join(schema.template, schema.template.c.event == header.event)
        .where(header.batch_id == batch_id)
    ).first()
    if batch is None:
        raise LedgerError(f"There is no batch {batch_id}. A household's statement names batches.")
    line = schema.journal.c
    return sa.select(line.subject_id, line.seq, line.amount_minor, line.reference).where(
        line.cycle_id == batch.cycle_id, line.slot == batch.slot, line.batch_id == batch_id
    )


def _leaf_of(
    connection: sa.Connection, lines: sa.Select[Any], *, batch_id: int, subject: int, seq: int
) -> int:
    line = lines.subquery("line").c
    key = sa.tuple_(line.subject_id, line.seq)
    wanted = sa.tuple_(sa.literal(subject, sa.BigInteger), sa.literal(seq, sa.Integer))
    before, there = connection.execute(
        sa.select(sa.func.count().filter(key < wanted), sa.func.count().filter(key == wanted))
    ).one()
    if there != 1:
        raise LedgerError(
            f"Batch {batch_id} has no line of subject {subject}, seq {seq}. The statement of the "
            "subject names the batch and seq of each line."
        )
    return int(before // LEAF_LINES)
