"""CSV into Parquet, streamed: the same rows with types, for those who analyse."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["to_parquet"]

_WHOLE: Final = frozenset(
    {
        *("account", "amount_minor", "approved_by", "closed_by", "credit", "confirmed_by", "debit"),
        *("decided_by", "event", "guard", "mirror_of", "normal_side", "number", "opened_by"),
        *("position", "prepared_by", "proposed_by", "reference", "released_by", "reverses"),
        *("seq", "slot", "submitted_by", "version"),
    }
)
_TEXT: Final = frozenset({"message_id", "centre_id"})
"""Named like numbers, and text: a bank's reference, and JSON as the digest of an act has it."""
_DATES: Final = frozenset({"period", "as_of_valid"})


def to_parquet(source: Path) -> Path:
    """Write ``source`` again as Parquet beside it. Codes and digests stay text."""
    target = source.with_suffix(".parquet")
    with source.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    types = {name: _type(name) for name in names}
    with duckdb.connect() as engine:
        engine.execute("SET threads = 2")
        engine.execute("SET TimeZone = 'UTC'")
        rows = engine.read_csv(
            str(source), header=True, columns=types, quotechar='"', escapechar='"'
        )
        rows.write_parquet(str(target), compression="zstd")
    return target


def _type(name: str) -> str:
    if name in _TEXT:
        return "VARCHAR"
    if name in _WHOLE or name.endswith(("_id", "_count", "_minor")):
        return "BIGINT"
    if name in _DATES or name.endswith("_on"):
        return "DATE"
    return "TIMESTAMPTZ" if name.endswith("_at") or name in {"at", "as_of_known"} else "VARCHAR"
