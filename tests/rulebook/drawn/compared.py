"""One random law on random households over three cycles: every reading of it, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cct_engine.rulebook import QUEUE, Month, compile_cycle, connect, queue
from cct_engine.rulebook.compiler import Unwritable
from cct_engine.rulebook.loading import check_text
from cct_engine.rulebook.shards import calculate_tables
from tests.rulebook.oracle import PlainLaw, calculate
from tests.rulebook.oracle.households import home, households, shard
from tests.rulebook.oracle.queueing import wait, waiting

from .law import draw_law
from .memory import carry
from .told import told

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from cct_engine.rulebook import Rulebook
    from cct_engine.rulebook.compiler import Compiled

__all__ = ["CYCLES", "OUTLETS", "Compared", "compared", "compared_law", "on_duckdb"]

CYCLES = 3
OUTLETS = ("household", "line", "verdict", "state")
Outlets = dict[str, list[dict[str, Any]]]


class Compared(NamedTuple):
    """What came of one seed: why it was not compared, or how much was, and what differs."""

    seed: int
    skipped: str
    households: int
    differences: list[str]


def compared(
    seed: int,
    count: int,
    other: Callable[[Compiled, dict[str, pa.Table]], Outlets] | None = None,
) -> Compared:
    """Compare one law's readings; ``other`` runs a cycle's statement on a second engine."""
    text, start = draw_law(seed)
    return compared_law(text, start, seed, count, other)


def compared_law(
    text: str,
    start: int,
    seed: int,
    count: int,
    other: Callable[[Compiled, dict[str, pa.Table]], Outlets] | None = None,
) -> Compared:
    """Compare the readings of a law from a month on."""
    rulebook, problems = check_text(text, file=f"drawn-{seed}.yaml")
    if rulebook is None:
        return Compared(seed, str(problems[0]), 0, [])
    law = PlainLaw(text)
    drawn = households(law, text, start, seed=seed, count=count)
    found: list[str] = []
    for cycle in range(start, start + CYCLES * law.span, law.span):
        try:
            compiled = compile_cycle(rulebook, month=Month(cycle))
        except Unwritable as error:
            return Compared(seed, str(error), 0, found)
        if rulebook.law.budget is not None:
            found += _queued(rulebook, law, drawn, compiled)
        tables = shard(rulebook, drawn)
        outlets = on_duckdb(compiled, tables)
        found += _differences(rulebook, law, drawn, outlets, cycle)
        if other is not None:
            found += _unlike(outlets, other(compiled, tables), cycle)
        if found:
            break
        carry(law, text, drawn, outlets, cycle, seed)
    return Compared(seed, "", count * CYCLES, found)


def _queued(rulebook: Rulebook, law: PlainLaw, drawn: list[Any], compiled: Compiled) -> list[str]:
    """Run the budget's queue both ways, and let those wait whom it did not reach."""
    with connect(threads=1) as connection:
        rows = calculate_tables(connection, compiled, shard(rulebook, drawn), [QUEUE])[QUEUE]
    found = queue(rulebook, compiled.month, rows)
    waits, spent = waiting(law, drawn, compiled.month.number)
    by_number = {home["household"][0]["household_id"]: home for home in drawn}
    for one in waits:
        wait(by_number[one.household_id], one.household_id, compiled.month.number)
    plain, theirs = (waits, spent), (list(found.waiting), found.spent_minor)
    return [] if plain == theirs else [f"{compiled.month} queue: plain {plain}, engine {theirs}"]


def on_duckdb(compiled: Compiled, tables: dict[str, pa.Table]) -> Outlets:
    """Return the rows of every outlet."""
    with connect(threads=1) as connection:
        found = calculate_tables(connection, compiled, tables, OUTLETS)
    return {name: table.to_pylist() for name, table in found.items()}


def _unlike(ours: Outlets, theirs: Outlets, cycle: int) -> list[str]:
    found = []
    for outlet, rows in ours.items():
        ours_sorted, theirs_sorted = (
            sorted(map(repr, map(sorted, map(dict.items, some)))) for some in (rows, theirs[outlet])
        )
        if ours_sorted != theirs_sorted:
            pairs = zip(ours_sorted, theirs_sorted, strict=False)
            first = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
            found.append(f"{Month(cycle)} {outlet}: DuckDB {first[0]} PostgreSQL {first[1]}")
    return found


def _differences(
    rulebook: Rulebook, law: PlainLaw, drawn: list[Any], outlets: Outlets, cycle: int
) -> list[str]:
    del rulebook
    found = told(outlets, cycle)
    differences = []
    for rows in drawn:
        number = rows["household"][0]["household_id"]
        plain = calculate(law, home(rows), cycle)
        theirs = found[number]
        for key, expected in plain.items():
            if expected != theirs[key]:
                told_apart = f"plain {expected}, statement {theirs[key]}"
                differences.append(f"{Month(cycle)} household {number} {key}: {told_apart}")
    return differences
