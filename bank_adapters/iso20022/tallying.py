"""What a block of units adds up to, by the element they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.compute as pc

from bank_adapters.arrays import integers, scalar
from bank_adapters.events import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    import pyarrow as pa
    from numpy.typing import NDArray

    from bank_adapters.iso20022.raw import Raw

    _Column = tuple[list[Any], NDArray[np.int64]]

__all__ = ["tally_of"]

_INT64_MAX: Final = int(np.iinfo(np.int64).max)


def tally_of(raw: Raw, columns: Mapping[str, pa.Array | None]) -> Tally:
    """Count and add up by holder; ``columns``: amount, currency, way, booked, value, status."""
    holders = [record.number for record in raw.holders], raw.holder
    none = np.zeros(len(raw.holder), np.int64)
    counts = {h: n for (h,), n, _ in _grouped([holders], none)}
    statuses: dict[tuple[int, str], int] = {}
    if (status := columns.get("status")) is not None:
        found = _grouped([holders, _distinct(status)], none)
        statuses = {(h, s): n for (h, s), n, _ in found if s is not None}
    money: dict[tuple[int, str, str, bool, date | None], tuple[int, int]] = {}
    if (amount := columns.get("amount")) is not None:
        by = [_distinct(columns[name]) for name in ("currency", "way", "booked", "value")]
        amounts = integers(pc.fill_null(amount, scalar(0)))
        found = _grouped([holders, *by], amounts)
        money = {key: (n, total) for key, n, total in found if key[1] is not None}
    return Tally(counts, money, statuses)


def _distinct(column: pa.Array | None) -> _Column:
    encoded = pc.dictionary_encode(column, null_encoding="encode")
    return encoded.dictionary.to_pylist(), integers(encoded.indices)


def _grouped(
    columns: Sequence[_Column], amounts: NDArray[np.int64]
) -> Iterator[tuple[tuple[Any, ...], int, int]]:
    """Yield each combination of values, how often it stands there, and the sum of its amounts."""
    if all(len(values) == 1 for values, _ in columns):
        yield tuple(values[0] for values, _ in columns), len(amounts), _sum(amounts)
        return
    which = np.zeros(len(amounts), np.int64)
    for values, places in columns:
        if len(values) > 1:
            _, which = np.unique(which * len(values) + places, return_inverse=True)
    _, firsts, counts = np.unique(which, return_index=True, return_counts=True)
    if len(firsts) > 1:
        amounts = amounts[np.argsort(which, kind="stable")]
    stops = np.cumsum(counts)
    for first, count, stop in zip(firsts, counts.tolist(), stops, strict=True):
        key = tuple(values[places[first]] for values, places in columns)
        yield key, count, _sum(amounts[stop - count : stop])


def _sum(amounts: NDArray[np.int64]) -> int:
    """Add up exactly: amounts have 18 digits, so that ten of them may not fit into 64 bits."""
    if int(amounts.max()) > _INT64_MAX // len(amounts):
        return sum(amounts.tolist())
    return int(amounts.sum())
