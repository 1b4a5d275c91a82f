"""What must add up in every household of a run, read back from the sealed result files.

The files are read with another reader than the engine's that wrote them, and added up by it.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

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


_Sum: TypeAlias = "tuple[tuple[str, str], ...]"
"""The columns of a sum, each with its sign."""

_OWED: _Sum = (("+", "gross"), ("+", "arrears"), ("+", "released"), ("-", "recovery"))
_SPLIT: _Sum = (("+", "pay_now"), ("+", "held"), ("+", "withheld"), ("+", "forfeited"))
_LINE_SPLIT: _Sum = (("+", "payable"), ("+", "held"), ("+", "withheld"), ("+", "forfeited"))
_WHOLE = pa.array(["due", "arrears"])
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
_SUMMED = ("household_id", "lines", *_FIGURES)
_WORDS = ["source", "component"]
_LINE = ["household_id", *_WORDS, "due", *(name for _, name in _LINE_SPLIT)]
_ROWS = 32_768  # lines at a time: a shard has four and more for each household


def broken_identities(
    results: Mapping[str, Path], frozen_households: Path
) -> tuple[IdentityFinding, ...]:
    """Add up the sealed results of one shard; return what does not hold, at most a hundred rows.

    ``results`` are its files ``household`` and ``line``; ``frozen_households`` those it was to
    calculate.
    """
    households = _read(results["household"], ["household_id", *_FIGURES])
    wanted = _read(frozen_households, ["household_id"])["household_id"]
    torn: list[IdentityFinding] = []
    with pq.ParquetFile(results["line"], read_dictionary=_WORDS) as file:
        sums = [_by_household(pa.table({name: pa.array([], pa.int64()) for name in _SUMMED}))]
        for batch in file.iter_batches(_ROWS, columns=_LINE, use_threads=False):
            lines = pa.Table.from_batches([batch])
            torn += islice(_torn(lines), _FINDINGS_MAX - len(torn))
            sums.append(_by_household(_amounts(lines)))
    summed = _by_household(pa.concat_tables(sums))  # a family's lines may lie in two batches
    place = pc.index_in(households["household_id"], value_set=summed["household_id"])
    found = [
        *torn,
        *_otherwise(households, _told(_OWED, _SPLIT), _OWED, _SPLIT),
        *_below_zero(households),
        *_not_the_sum(households, summed, place),
        *_not_one_each(households["household_id"], wanted),
        *_of_nobody(summed, households["household_id"], place),
    ]
    return tuple(sorted(found)[:_FINDINGS_MAX])


def _read(path: Path, columns: list[str]) -> pa.Table:
    with pq.ParquetFile(path) as file:
        return file.read(columns=columns, use_threads=False).combine_chunks()


def _told(left: _Sum, right: _Sum) -> str:
    """Write an equation out: ``gross + arrears = pay_now``."""
    sides = (" ".join(f"{sign} {name}" for sign, name in side) for side in (left, right))
    return " = ".join(side.removeprefix("+ ") for side in sides)


def _added(rows: pa.Table, terms: _Sum) -> pa.ChunkedArray:
    (_, first), *rest = terms
    total = rows[first]
    for sign, name in rest:
        total = (pc.add_checked if sign == "+" else pc.subtract_checked)(total, rows[name])
    return total


def _findings(
    rows: pa.Table, rule: str, left: Any, right: Any, wrong: Any
) -> Iterator[IdentityFinding]:
    """Yield the wrong rows, the first of them; a figure that is not there is wrong."""
    wrong = pc.fill_null(wrong, True)
    if pc.any(wrong).as_py():
        told = (pc.filter(side, wrong).to_pylist() for side in (rows["household_id"], left, right))
        for household_id, this, that in islice(zip(*told, strict=True), _FINDINGS_MAX):
            yield IdentityFinding(household_id, rule, this or 0, that or 0)


def _otherwise(rows: pa.Table, rule: str, left: _Sum, right: _Sum) -> Iterator[IdentityFinding]:
    one, other = _added(rows, left), _added(rows, right)
    return _findings(rows, rule, one, other, pc.not_equal(one, other))


def _torn(lines: pa.Table) -> Iterator[IdentityFinding]:
    """Yield the lines whose parts are not what is due, by their component."""
    torn = pc.fill_null(pc.not_equal(lines["due"], _added(lines, _LINE_SPLIT)), True)
    if not pc.any(torn).as_py():
        return
    rows = lines.filter(torn)
    rows = rows.filter(pc.is_in(rows["source"].cast(pa.string()), value_set=_WHOLE))
    rule = _told((("+", "due"),), _LINE_SPLIT)
    found = _otherwise(rows, rule, (("+", "due"),), _LINE_SPLIT)
    for finding, component in zip(found, rows["component"].to_pylist(), strict=False):
        yield finding._replace(rule=f"line {component}: {rule}")


def _below_zero(households: pa.Table) -> Iterator[IdentityFinding]:
    paid = households["pay_now"]
    nothing = pa.repeat(0, len(paid))
    rule = "pay_now is not below zero"
    return _findings(households, rule, paid, nothing, pc.less(paid, nothing))


def _amounts(lines: pa.Table) -> pa.Table:
    """Return what each line adds to each figure; a figure none of them adds to is left out."""
    source = lines["source"].combine_chunks()
    codes = {word: code for code, word in enumerate(source.dictionary.to_pylist())}
    found = {"household_id": lines["household_id"], "lines": pa.repeat(1, len(lines))}
    for figure, (sign, column, of) in _FIGURES.items():
        code = codes.get(of or _EARLIER)
        if of and code is None:
            continue
        amount = lines[column] if sign == "+" else pc.negate_checked(lines[column])
        if code is not None:
            counts = (pc.equal if of else pc.not_equal)(source.indices, code)
            amount = pc.if_else(counts, amount, 0)
        found[figure] = amount
    return pa.table(found)


def _by_household(rows: pa.Table) -> pa.Table:
    """Add up rows of one household that follow one another: the file is sorted by household.

    In a file that is not, a household comes twice and its figures are not what its lines add up
    to. (Arrow's own grouping would hold ten times the memory of the rows.)
    """
    runs = pc.run_end_encode(rows["household_id"].combine_chunks())
    last = pc.subtract(runs.run_ends, 1)
    summed = {"household_id": runs.values}
    for name in _SUMMED[1:]:
        if name not in rows.column_names:
            summed[name] = pa.repeat(0, len(last))
            continue
        until = pc.take(pc.cumulative_sum(rows[name].combine_chunks()), last)
        before = pa.concat_arrays([pa.array([0][: len(until)], pa.int64()), until[:-1]])
        summed[name] = pc.subtract(until, before)
    return pa.table(summed)


def _not_the_sum(
    households: pa.Table, summed: pa.Table, place: pa.ChunkedArray
) -> Iterator[IdentityFinding]:
    for figure in _FIGURES:
        lines = pc.fill_null(pc.take(summed[figure], place), 0)
        stated = households[figure]
        wrong = pc.not_equal(lines, stated)
        yield from _findings(households, f"sum of lines = {figure}", lines, stated, wrong)


def _not_one_each(given: pa.ChunkedArray, wanted: pa.ChunkedArray) -> Iterator[IdentityFinding]:
    """Yield households with no result, several, or one nobody asked for."""
    if _none_twice(given) and given.equals(wanted):
        return iter(())
    ids = pa.chunked_array([*given.chunks, *wanted.chunks])
    results = pa.chunked_array([pa.repeat(1, len(given)), pa.repeat(0, len(wanted))])
    asked = pa.chunked_array([pa.repeat(0, len(given)), pa.repeat(1, len(wanted))])
    each = pa.table({"household_id": ids, "results": results, "asked": asked})
    counted = each.group_by("household_id", use_threads=False).aggregate(
        [("results", "sum"), ("asked", "sum")]
    )
    left, right = counted["results_sum"], counted["asked_sum"]
    wrong = pc.or_(pc.not_equal(left, 1), pc.not_equal(right, 1))
    rule = "one result for each household of the shard"
    return _findings(counted, rule, left, right, wrong)


def _of_nobody(
    summed: pa.Table, households: pa.ChunkedArray, place: pa.ChunkedArray
) -> Iterator[IdentityFinding]:
    if _none_twice(households) and len(place) - place.null_count == len(summed):
        return iter(())  # as many households have lines as lines have households
    unknown = pc.invert(pc.is_in(summed["household_id"], value_set=households))
    lines = summed["lines"]
    rule = "lines belong to a household of the run"
    return _findings(summed, rule, lines, pa.repeat(0, len(lines)), unknown)


def _none_twice(households: pa.ChunkedArray) -> bool:
    """Return whether the ids are in their order, none of them twice."""
    ids = households.combine_chunks()
    return pc.all(pc.less(ids[:-1], ids[1:])).as_py() is not False
