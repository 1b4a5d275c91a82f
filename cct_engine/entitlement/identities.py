"""What must add up in every household of a run, read back from the sealed result files.

The files are read with another reader than the engine's that wrote them, and added up by another
library. (Arrow's own sums would bring pandas along, and with it a tenth of a run's memory.)
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["IdentityFinding", "broken_identities"]

_FINDINGS_MAX = 100


class IdentityFinding(NamedTuple):
    """A household whose figures contradict themselves."""

    household_id: int
    rule: str
    left: int
    right: int

    @property
    def text(self) -> str:
        """Say what does not add up."""
        return (
            f"Household {self.household_id}: {self.rule} does not hold, {self.left} against "
            f"{self.right} minor units. The rulebook or its compiler is wrong; nothing was stored. "
            "Run `cct programme test` and explain this household."
        )


_Numbers: TypeAlias = "NDArray[np.int64]"
_Flags: TypeAlias = "NDArray[np.bool_]"
_Sum: TypeAlias = "tuple[tuple[str, str], ...]"
"""The columns of a sum, each with its sign."""

_OWED: _Sum = (("+", "gross"), ("+", "arrears"), ("+", "released"), ("-", "recovery"))
_SPLIT: _Sum = (("+", "pay_now"), ("+", "held"), ("+", "withheld"), ("+", "forfeited"))
_LINE_SPLIT: _Sum = (("+", "payable"), ("+", "held"), ("+", "withheld"), ("+", "forfeited"))
_WHOLE = ("due", "arrears")
"""The sources whose lines are split in full."""
_EARLIER = "lapsed"
"""The source of lines that end money of earlier cycles; they belong to no figure of this one."""

# Each figure of a household, as the sum of a column of its lines: of one source, or of all others.
_FIGURES: dict[str, tuple[str, str, str]] = {
    "gross": ("+", "due", "due"),
    "arrears": ("+", "due", "arrears"),
    "released": ("+", "payable", "released"),
    "recovery": ("-", "payable", "recovery"),
    "pay_now": ("+", "payable", ""),
    "held": ("+", "held", ""),
    "withheld": ("+", "withheld", ""),
    "forfeited": ("+", "forfeited", ""),
}
_WORDS = ["source", "component"]
_LINE = ["household_id", *_WORDS, "due", *(name for _, name in _LINE_SPLIT)]
_ROWS = 32_768  # lines at a time: a shard has four and more for each household
_MOST = 2**59
"""Sums of eight such figures are still exact."""


class _Rows(NamedTuple):
    """Columns by name. A figure that is not there stands as 0 and is ``missing``."""

    ids: _Numbers
    figures: dict[str, _Numbers]
    missing: dict[str, _Flags]

    def added(self, terms: _Sum) -> _Numbers:
        """Return the sum of columns, each with its sign."""
        total = np.zeros(len(self.ids), np.int64)
        for sign, name in terms:
            total = total + self.figures[name] if sign == "+" else total - self.figures[name]
        return total

    def lacks(self, names: Iterable[str]) -> _Flags:
        """Return the rows in which one of the figures is not there."""
        lacking = np.zeros(len(self.ids), np.bool_)
        for name in names:
            if name in self.missing:
                lacking |= self.missing[name]
        return lacking


class _Words(NamedTuple):
    """A column of a few words, as places in their list; -1, the empty word, where none stands."""

    words: list[str]
    places: NDArray[np.int64]

    def are(self, word: str) -> _Flags | None:
        """Return where the word stands; None where it stands nowhere."""
        return self.places == self.words.index(word) if word in self.words else None


class _Summed(NamedTuple):
    """One row per household that has lines: how many (``lines``), and what they add up to."""

    ids: _Numbers
    figures: dict[str, _Numbers]


def broken_identities(
    results: Mapping[str, Path], frozen_households: Path
) -> tuple[IdentityFinding, ...]:
    """Add up the sealed results of one shard; return what does not hold, at most a hundred rows.

    ``results`` are its files ``household`` and ``line``; ``frozen_households`` those it was to
    calculate. Raises OverflowError for a figure that no exact sum can hold.
    """
    households = _read(results["household"], list(_FIGURES))
    wanted = _read(frozen_households, []).ids
    torn: list[IdentityFinding] = []
    sums: list[_Summed] = []
    with pq.ParquetFile(results["line"], read_dictionary=_WORDS) as file:
        for batch in file.iter_batches(_ROWS, columns=_LINE, use_threads=False):
            lines = _rows(batch, [name for name in _LINE[1:] if name not in _WORDS])
            source, component = (_words(batch.column(name)) for name in _WORDS)
            torn += islice(_torn(lines, source, component), _FINDINGS_MAX - len(torn))
            sums.append(_summed_lines(lines, source))
    summed = _together(sums)  # a family's lines may lie in two batches
    found = [
        *torn,
        *_otherwise(households),
        *_below_zero(households),
        *_not_the_sum(households, summed),
        *_not_one_each(households.ids, wanted),
        *_of_nobody(summed, households.ids),
    ]
    return tuple(sorted(found)[:_FINDINGS_MAX])


def _read(path: Path, figures: list[str]) -> _Rows:
    with pq.ParquetFile(path) as file:
        columns = ["household_id", *figures]
        return _rows(file.read(columns=columns, use_threads=False), figures)


def _rows(table: pa.Table | pa.RecordBatch, figures: list[str]) -> _Rows:
    found = _Rows(_numbers(table.column("household_id"))[0], {}, {})
    for name in figures:
        found.figures[name], missing = _numbers(table.column(name))
        if missing is not None:
            found.missing[name] = missing
    return found


def _numbers(column: pa.ChunkedArray | pa.Array) -> tuple[_Numbers, _Flags | None]:
    """Return the numbers of a column, and where there is none; None where none is missing."""
    chunks = getattr(column, "chunks", [column])
    values = _one_after_another([_values(chunk) for chunk in chunks])
    if len(values) and max(-values.min(), values.max()) >= _MOST:
        raise OverflowError(
            f"A result holds {values.min()} or {values.max()} minor units: no exact sum can hold "
            "that. The rulebook or its compiler is wrong; nothing was stored."
        )
    if not column.null_count:
        return values, None
    missing = np.concatenate([_missing(chunk) for chunk in chunks])
    return np.where(missing, 0, values), missing


def _one_after_another(parts: Sequence[_Numbers]) -> _Numbers:
    """Return the numbers of all parts; those of one part alone are not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, np.int64), *parts])


def _values(array: pa.Array) -> _Numbers:
    _, buffer = array.buffers()
    if buffer is None:
        return np.zeros(len(array), np.int64)
    stored = np.frombuffer(buffer, np.dtype(str(array.type)))
    return stored[array.offset : array.offset + len(array)].astype(np.int64, copy=False)


def _missing(array: pa.Array) -> _Flags:
    present = array.buffers()[0]
    if array.null_count == 0 or present is None:
        return np.zeros(len(array), np.bool_)
    bits = np.unpackbits(np.frombuffer(present, np.uint8), bitorder="little")
    missing: _Flags = bits[array.offset : array.offset + len(array)] == 0
    return missing


def _words(column: pa.DictionaryArray) -> _Words:
    places, missing = _numbers(column.indices)
    words = [*column.dictionary.to_pylist(), ""]
    return _Words(words, places if missing is None else np.where(missing, -1, places))


def _told(left: _Sum, right: _Sum) -> str:
    """Write an equation out: ``gross + arrears = pay_now``."""
    sides = (" ".join(f"{sign} {name}" for sign, name in side) for side in (left, right))
    return " = ".join(side.removeprefix("+ ") for side in sides)


def _findings(
    ids: _Numbers, rule: str, left: _Numbers, right: _Numbers, wrong: _Flags
) -> Iterator[IdentityFinding]:
    """Yield the wrong rows, the first of them."""
    for row in np.flatnonzero(wrong)[:_FINDINGS_MAX]:
        yield IdentityFinding(int(ids[row]), rule, int(left[row]), int(right[row]))


def _otherwise(households: _Rows) -> Iterator[IdentityFinding]:
    owed, split = households.added(_OWED), households.added(_SPLIT)
    wrong = (owed != split) | households.lacks(_FIGURES)
    return _findings(households.ids, _told(_OWED, _SPLIT), owed, split, wrong)


def _torn(lines: _Rows, source: _Words, component: _Words) -> Iterator[IdentityFinding]:
    """Yield the lines whose parts are not what is due, by their component."""
    due, parts = lines.figures["due"], lines.added(_LINE_SPLIT)
    wrong = due != parts
    if wrong.any():
        whole = [source.words.index(word) for word in _WHOLE if word in source.words]
        wrong &= np.isin(source.places, whole)
    wrong |= lines.lacks(lines.figures)
    rule = _told((("+", "due"),), _LINE_SPLIT)
    names = (component.words[component.places[row]] for row in np.flatnonzero(wrong))
    for finding, name in zip(_findings(lines.ids, rule, due, parts, wrong), names, strict=False):
        yield finding._replace(rule=f"line {name}: {rule}")


def _below_zero(households: _Rows) -> Iterator[IdentityFinding]:
    paid = households.figures["pay_now"]
    wrong = (paid < 0) | households.lacks(["pay_now"])
    rule = "pay_now is not below zero"
    return _findings(households.ids, rule, paid, np.zeros_like(paid), wrong)


def _summed_lines(lines: _Rows, source: _Words) -> _Summed:
    """Add up lines, for each figure those that belong to it."""
    last = _last_rows(lines.ids)
    found = {"lines": np.diff(last, prepend=-1)}
    earlier = source.are(_EARLIER)
    for figure, (sign, column, of) in _FIGURES.items():
        amount = lines.figures[column]
        counts = source.are(of) if of else None
        if of and counts is None:
            found[figure] = np.zeros_like(last)
            continue
        if counts is not None:
            amount = np.where(counts, amount, 0)
        elif earlier is not None:
            amount = np.where(earlier, 0, amount)
        total = _sums(amount, last)
        found[figure] = total if sign == "+" else -total
    return _Summed(lines.ids[last], found)


def _last_rows(ids: _Numbers) -> _Numbers:
    """Return where the rows of each household end: the file is sorted by household.

    In a file that is not, a household comes twice and its figures are not what its lines add up
    to.
    """
    return np.flatnonzero(np.diff(ids, append=ids[-1:] + 1))


def _sums(amount: _Numbers, last: _Numbers) -> _Numbers:
    until = np.cumsum(amount)[last]
    until[1:] -= until[:-1].copy()
    return until


def _together(sums: list[_Summed]) -> _Summed:
    ids = _one_after_another([part.ids for part in sums])
    last = _last_rows(ids)
    figures = {
        name: _sums(_one_after_another([part.figures[name] for part in sums]), last)
        for name in ("lines", *_FIGURES)
    }
    return _Summed(ids[last], figures)


def _not_the_sum(households: _Rows, summed: _Summed) -> Iterator[IdentityFinding]:
    ids = households.ids
    if len(summed.ids):
        order = np.argsort(summed.ids, kind="stable")
        place = np.searchsorted(summed.ids, ids, sorter=order)
        place = order[np.minimum(place, len(order) - 1)]
        has_lines = summed.ids[place] == ids
    for figure, stated in households.figures.items():
        lines = np.zeros_like(ids)
        if len(summed.ids):
            lines = np.where(has_lines, summed.figures[figure][place], 0)
        wrong = (lines != stated) | households.lacks([figure])
        yield from _findings(ids, f"sum of lines = {figure}", lines, stated, wrong)


def _not_one_each(given: _Numbers, wanted: _Numbers) -> Iterator[IdentityFinding]:
    """Yield households with no result, several, or one nobody asked for."""
    if np.array_equal(given, wanted) and (np.diff(given) > 0).all():
        return iter(())  # the same households in the one order, none of them twice
    ids, place = np.unique(np.concatenate([given, wanted]), return_inverse=True)
    results = np.bincount(place[: len(given)], minlength=len(ids))
    asked = np.bincount(place[len(given) :], minlength=len(ids))
    rule = "one result for each household of the shard"
    return _findings(ids, rule, results, asked, (results != 1) | (asked != 1))


def _of_nobody(summed: _Summed, households: _Numbers) -> Iterator[IdentityFinding]:
    unknown = ~np.isin(summed.ids, households)
    rule = "lines belong to a household of the run"
    lines = summed.figures["lines"]
    return _findings(summed.ids, rule, lines, np.zeros_like(lines), unknown)
