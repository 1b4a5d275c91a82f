"""The lines of a batch: four columns, checked once, in one order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ledger.errors import BadLines

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LINE", "Column", "Lines"]

Column = Any  # NumPy, Arrow, or a sequence of int
INT64_MAX = 2**63 - 1

# A line as it is hashed: big-endian, as PostgreSQL's int8send and int4send write it.
LINE = np.dtype([("subject", ">i8"), ("seq", ">i4"), ("amount_minor", ">i8"), ("reference", ">i8")])


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Lines sorted by subject and seq, each pair once, every amount positive.

    ``subject``: household, bank line, or 0 for the fund itself. ``seq``: tells lines of one
    subject, cycle and event apart. ``reference``: the instruction or case; 0 for none. Build with
    ``Lines.of``.
    """

    subject: NDArray[np.int64]
    seq: NDArray[np.int32]
    amount_minor: NDArray[np.int64]
    reference: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        *,
        subject: Column,
        amount_minor: Column,
        seq: Column | None = None,
        reference: Column | None = None,
    ) -> Self:
        """Make lines from columns of equal length (NumPy, Arrow, or a sequence of int).

        Without ``seq`` every line has 1, without ``reference`` 0. Raises ``BadLines``.
        """
        subjects = _whole("subject", subject, np.int64)
        count = len(subjects)
        columns = {
            "subject": subjects,
            "seq": np.ones(count, np.int32) if seq is None else _whole("seq", seq, np.int32),
            "amount_minor": _whole("amount_minor", amount_minor, np.int64),
            "reference": (
                np.zeros(count, np.int64)
                if reference is None
                else _whole("reference", reference, np.int64)
            ),
        }
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) != 1:
            raise BadLines(f"Columns of one batch have one length, got {lengths}.")
        for name, smallest in (("subject", 0), ("seq", 0), ("amount_minor", 1)):
            _refuse_below(name, columns[name], smallest)
        _refuse_overflow(columns["amount_minor"])
        return cls(**_in_order(columns))

    def __len__(self) -> int:
        return len(self.subject)

    @property
    def total_minor(self) -> int:
        """The sum of the amounts, in minor units."""
        return int(self.amount_minor.sum(dtype=np.int64))

    def packed(self, start: int, stop: int) -> NDArray[np.void]:
        """Return lines ``start`` to ``stop`` (exclusive) as the records that are hashed."""
        records = np.empty(min(stop, len(self)) - start, LINE)
        records["subject"] = self.subject[start:stop]
        records["seq"] = self.seq[start:stop]
        records["amount_minor"] = self.amount_minor[start:stop]
        records["reference"] = self.reference[start:stop]
        return records


def _whole(name: str, column: Column, kind: type[np.int64 | np.int32]) -> NDArray[Any]:
    """Return a column of whole numbers. Floats, nulls and booleans are refused, not rounded."""
    array = np.asarray(column)
    if array.ndim != 1:
        raise BadLines(f"{name} is not one column: it has {array.ndim} dimensions.")
    if len(array) == 0:
        return np.empty(0, kind)
    if array.dtype.kind not in "iu":
        raise BadLines(
            f"{name} must be whole numbers, got {array.dtype}. Money is an integer of minor units; "
            "a column with a missing value turns into floats or objects: fill or drop it first."
        )
    limits = np.iinfo(kind)
    if int(array.max()) > limits.max or int(array.min()) < limits.min:
        raise BadLines(f"{name} holds a number that does not fit {np.dtype(kind).name}.")
    return array.astype(kind, copy=True)


def _refuse_below(name: str, column: NDArray[Any], smallest: int) -> None:
    wrong = np.flatnonzero(column < smallest)
    if wrong.size:
        raise BadLines(
            f"{name} must be at least {smallest}: {wrong.size} of {len(column)} lines are not, the "
            f"first at position {wrong[0]} is {column[wrong[0]]}. To take money back, post the "
            "event that does so."
        )


def _refuse_overflow(amounts: NDArray[Any]) -> None:
    if len(amounts) and int(amounts.max()) * len(amounts) > INT64_MAX:
        total = sum(amounts.tolist())
        if total > INT64_MAX:
            raise BadLines(f"The batch totals {total} minor units, more than 64 bits hold.")


def _in_order(columns: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    subject, seq = columns["subject"], columns["seq"]
    step = np.diff(subject)
    if not bool((step > 0).all()):
        order = np.lexsort((seq, subject))
        columns = {name: column[order] for name, column in columns.items()}
        subject, seq = columns["subject"], columns["seq"]
        again = np.flatnonzero((np.diff(subject) == 0) & (np.diff(seq) == 0))
        if again.size:
            raise BadLines(
                f"{again.size} lines repeat a subject and seq of the same batch, the first is "
                f"subject {subject[again[0]]}, seq {seq[again[0]]}. Add them up or number them."
            )
    for column in columns.values():
        column.setflags(write=False)
    return columns
