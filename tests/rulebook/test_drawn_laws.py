"""Random laws combine what no written law combines; every reading of them pays the same.

``CCT_TEST_LAWS``: how many laws, thousands for a long hunt; ``CCT_TEST_LAWS_FROM``: the first seed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cct_engine.rulebook import Month, compile_cycle, parse

from .drawn.compared import Compared, Outlets, compared, on_duckdb
from .drawn.law import draw_law
from .oracle import PlainLaw
from .oracle.households import households, shard
from .test_postgres import driver_of, rows_on_postgresql

if TYPE_CHECKING:
    import pyarrow as pa

    from cct_engine.database import Database
    from cct_engine.rulebook.compiler import Compiled

LONG = "CCT_TEST_LAWS" in os.environ
FIRST = int(os.environ.get("CCT_TEST_LAWS_FROM", "1000"))
HUNTED = list(range(FIRST, FIRST + int(os.environ.get("CCT_TEST_LAWS", "0"))))
SEEDS = [5, 8, 10, 12, 17, 19, 25]
"""Some seeds draw amounts past 64 bits, or a form that is not compiled; none of these does.

The last has a budget.
"""
BOTH = HUNTED if LONG else [0, 7]
"""Laws that run on PostgreSQL as well."""
HOUSEHOLDS = 25


def check(found: Compared) -> None:
    """A long hunt leaves out the laws that the compiler refuses; the ordinary run has none."""
    if LONG and found.skipped:
        pytest.skip(found.skipped)
    assert (found.skipped, found.differences[:3]) == ("", [])


@pytest.mark.parametrize("seed", [] if LONG else SEEDS)
def test_a_random_law_is_calculated_as_it_is_read_plainly(seed: int) -> None:
    check(compared(seed, HOUSEHOLDS))


@pytest.mark.parametrize("seed", BOTH)
def test_a_random_law_gives_the_same_rows_and_types_on_postgresql(
    database: Database, seed: int
) -> None:
    def on_postgresql(compiled: Compiled, tables: dict[str, pa.Table]) -> Outlets:
        with database.transaction() as connection:
            found: Outlets = rows_on_postgresql(connection, compiled, tables)
            driver_of(connection).execute("DISCARD TEMP")
        return found

    check(compared(seed, HOUSEHOLDS, on_postgresql))


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_neither_the_order_of_rows_nor_the_size_of_a_shard_changes_an_amount(seed: int) -> None:
    text, cycle = draw_law(seed)
    rulebook = parse(text, file="drawn.yaml")
    compiled = compile_cycle(rulebook, month=Month(cycle))
    drawn = households(PlainLaw(text), text, cycle, seed=seed, count=HOUSEHOLDS)
    whole = on_duckdb(compiled, shard(rulebook, drawn))
    for rows in drawn:
        for table in rows.values():
            table.reverse()
    assert on_duckdb(compiled, shard(rulebook, drawn[::-1])) == whole
    halves = [on_duckdb(compiled, shard(rulebook, part)) for part in (drawn[:9], drawn[9:])]
    assert {name: halves[0][name] + halves[1][name] for name in whole} == whole
