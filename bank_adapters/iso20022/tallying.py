"""What a block of units adds up to, by the element they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from bank_adapters.events import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bank_adapters.iso20022.raw import Raw

__all__ = ["tally_of"]


def tally_of(raw: Raw, columns: Mapping[str, pa.Array | None]) -> Tally:
    """Count and add up by holder; ``columns``: amount, currency, way, booked, value, status."""
    numbers = np.array([record.number for record in raw.holders], np.int64)[raw.holder]
    counts = dict(zip(*(a.tolist() for a in np.unique(numbers, return_counts=True)), strict=True))
    statuses: dict[tuple[int, str], int] = {}
    if (status := columns.get("status")) is not None:
        found = _grouped({"h": numbers, "s": status}, "h", "s")
        statuses = {(h, s): n for h, s, n, _ in found if s is not None}
    money: dict[tuple[int, str, str, bool, date | None], tuple[int, int]] = {}
    if "amount" in columns:
        keys = {name: columns[name] for name in ("currency", "way", "booked", "value", "amount")}
        found = _grouped({"h": numbers} | keys, "h", "currency", "way", "booked", "value")
        money = {(*key, value): (n, total) for *key, value, n, total in found if key[1]}
    return Tally(counts, money, statuses)


def _grouped(columns: dict[str, Any], *keys: str) -> list[tuple[Any, ...]]:
    table = pa.table({"amount": pa.nulls(len(columns["h"]), pa.int64())} | columns)
    sums = [("h", "count"), ("amount", "sum")]
    grouped = table.group_by(list(keys)).aggregate(sums).select([*keys, "h_count", "amount_sum"])
    return list(zip(*(column.to_pylist() for column in grouped.columns), strict=True))
