"""The stored balances, read through page by page: whole blocks of subjects at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ledger.columns import NullFound, numbers
from ledger.rows import driver_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import sqlalchemy as sa
    from numpy.typing import NDArray

__all__ = ["Blocks", "blocks_of", "stored_blocks"]

_BITS: Final = 6
_PLACES: Final = np.arange(1 << _BITS, dtype=np.int64)
_PAGES_AT_ONCE: Final = 1024
# An array as PostgreSQL sends it: a header, then each number after its size.
_ARRAY: Final = np.dtype(
    [("header", "V20"), ("places", [("size", ">i4"), ("amount", ">i8")], len(_PLACES))]
)
_PAGES: Final = "SELECT pg_relation_size('ledger.balance_block') / 8192"
_READ: Final = """
    SELECT account, fund_id, guard, count(*), array_send(array_agg(block)),
           string_agg(array_send(amounts), '')
    FROM ledger.balance_block
    WHERE ctid >= format('(%%s,0)', %s::bigint)::tid AND ctid < format('(%%s,0)', %s::bigint)::tid
    GROUP BY account, fund_id, guard
"""


class Blocks(NamedTuple):
    """Blocks of one account and fund, and the balances in them that are not zero."""

    account: int
    fund_id: int
    guard: int
    numbers: NDArray[Any]
    subjects: NDArray[np.int64]
    amounts: NDArray[np.int64]


def blocks_of(subjects: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the blocks that hold the balances of these subjects, in the same order."""
    return subjects >> _BITS


def stored_blocks(connection: sa.Connection) -> Iterator[Blocks]:
    """Read all blocks. Raises ``NullFound`` where one is not 64 whole numbers."""
    with driver_of(connection).cursor(binary=True) as cursor:
        pages = int((cursor.execute(_PAGES).fetchone() or (0,))[0])
        for first in range(0, pages, _PAGES_AT_ONCE):
            for row in cursor.execute(_READ, (first, first + _PAGES_AT_ONCE)).fetchall():
                yield _blocks(row)


def _blocks(row: Sequence[Any]) -> Blocks:
    account, fund_id, guard, count, sent, arrays = row
    if len(arrays) != count * _ARRAY.itemsize:
        raise NullFound("The column amounts holds what is not 64 whole numbers.")
    stored = numbers(sent, "block", "bigint", count)
    amounts = np.frombuffer(arrays, _ARRAY)["places"]["amount"].astype(np.int64)
    subjects = (stored[:, np.newaxis] << _BITS) + _PLACES
    held = amounts != 0
    return Blocks(account, fund_id, guard, stored, subjects[held], amounts[held])
