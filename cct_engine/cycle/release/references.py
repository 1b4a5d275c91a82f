"""The references of drafted payments, computed on columns chunk by chunk.

An EndToEndId belongs to the payment over all its attempts; InstrId and UETR belong to one attempt.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from bank_adapters import end_to_end_ids, instruction_text, uetrs_from
from cct_engine.cycle.release.columns import copy_in, copy_out

__all__ = ["refer"]

_CHUNK: Final = 100_000
_REFERENCE_SCHEMA = pa.schema(
    [
        ("instruction_id", pa.int64()),
        ("payee_id", pa.int64()),
        ("attempt", pa.int64()),
        ("lines_digest", pa.string()),
        ("end_to_end_id", pa.string()),
    ]
)


def refer(connection: sa.Connection) -> None:
    """Fill ``draft_reference`` for everything in ``draft``: columns out, hashes, columns in."""
    connection.execute(
        sa.text(
            "CREATE TEMP TABLE draft_reference (instruction_id bigint PRIMARY KEY,"
            " end_to_end_id text, instruction_text text, uetr text) ON COMMIT DROP"
        )
    )
    groups = connection.execute(
        sa.text(
            "SELECT transfer_group, min(instruction_id), max(instruction_id) FROM draft"
            " GROUP BY transfer_group ORDER BY 2"
        )
    ).all()
    for group, first, last in groups:
        for start in range(first, last + 1, _CHUNK):
            _refer_chunk(connection, group, start, min(start + _CHUNK - 1, last))
    connection.execute(sa.text("ANALYZE draft_reference"))


def _refer_chunk(connection: sa.Connection, group: str, first: int, last: int) -> None:
    select = (
        "SELECT instruction_id, payee_id, attempt, lines_digest, end_to_end_id FROM draft "
        f"WHERE instruction_id BETWEEN {int(first)} AND {int(last)} "
        f"AND transfer_group = '{group}' ORDER BY instruction_id"
    )
    rows = copy_out(connection, select, _REFERENCE_SCHEMA)
    fresh = rows.filter(pc.is_valid(rows["lines_digest"]))
    again = rows.filter(pc.is_null(rows["lines_digest"]))
    made = end_to_end_ids(group, fresh["payee_id"].to_pylist(), fresh["lines_digest"].to_pylist())
    end_to_end = pa.chunked_array([made, *again["end_to_end_id"].chunks], pa.string())
    attempts = fresh["attempt"].to_pylist() + again["attempt"].to_pylist()
    pairs = zip(end_to_end.to_pylist(), attempts, strict=True)
    texts = pa.array([instruction_text(one, attempt) for one, attempt in pairs], pa.string())
    ids = pa.chunked_array([*fresh["instruction_id"].chunks, *again["instruction_id"].chunks])
    referred = {
        "instruction_id": ids,
        "end_to_end_id": end_to_end,
        "instruction_text": texts,
        "uetr": uetrs_from(texts.to_pylist()),
    }
    copy_in(connection, "draft_reference", pa.table(referred))
