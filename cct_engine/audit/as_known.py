"""The frozen inputs against the registry and the feeds, as both were known at the cut-off.

Nothing in the registry is overwritten, so what was known then can be read again at any time and
must give the rows that were frozen. A row changed by hand since, before or after the payment,
shows. The tables that the engine's own cycles fill (states, balances, history) are left out: a
correction of a closed month replaces them on purpose.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from cct_engine import entitlement
from cct_engine.audit.again import every_approved
from cct_engine.audit.control import Control
from cct_engine.cycle import folder_of
from cct_engine.cycle.cut_off import inputs_of, pins_of
from cct_engine.cycle.law import of_cycle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.audit.again import Row
    from cct_engine.audit.control import Ask, Evidence
    from cct_engine.cycle import Cycle
    from cct_engine.entitlement import Snapshot

__all__ = ["AS_KNOWN"]

_COLUMNS: Final = ("cycle", "household_id", "inputs", "rows", "amount_minor", "currency")
_OWN: Final = ("state", "balance", "history")
_SHARD_MIN: Final = 100
_DIFFERENT: Final = """
    WITH frozen AS (SELECT * FROM read_parquet($frozen)),
         known AS (SELECT * FROM read_parquet($known))
    SELECT household_id, count(*) FROM (
        (FROM frozen EXCEPT ALL FROM known) UNION ALL (FROM known EXCEPT ALL FROM frozen))
    GROUP BY household_id ORDER BY household_id
"""


def _run(ask: Ask) -> Evidence:
    return every_approved(ask, _COLUMNS, differences=_differences, impossible=_unreadable)


def _unreadable(cycle: Cycle, reason: str) -> Row:
    return cycle.code, None, f"cannot be read again: {reason}", None, None, ""


def _differences(ask: Ask, cycle: Cycle) -> Iterator[Row]:
    kept = entitlement.open_snapshot(folder_of(ask.home, cycle.code) / "snapshot")
    rules, pins = of_cycle(ask.connection, cycle), pins_of(cycle)
    with tempfile.TemporaryDirectory(prefix="cct-audit-") as name:
        again = entitlement.freeze(
            ask.connection,
            pins,
            Path(name) / "snapshot",
            rulebook=rules,
            selects=inputs_of(pins, rules),
            shard_households=max(
                _SHARD_MIN, *(shard.range.household_count for shard in kept.shards)
            ),
            hit=lambda _: None,
        )
        for table in kept.tables:
            if table not in _OWN:
                for household, count in _rows(table, kept, again):
                    yield cycle.code, household, table, count, None, cycle.currency


def _rows(table: str, kept: Snapshot, again: Snapshot) -> list[Row]:
    """Return the families whose rows of a table differ; equal files are not even opened."""
    frozen, known = (
        {seal.name: seal.sha256 for seal in _files(one, table)} for one in (kept, again)
    )
    if frozen == known:
        return []
    asked = {
        "frozen": [str(kept.folder / name) for name in frozen],
        "known": [str(again.folder / name) for name in known],
    }
    with duckdb.connect() as engine:
        return engine.execute(_DIFFERENT, asked).fetchall()


def _files(snapshot: Snapshot, table: str) -> Iterator[Any]:
    for shard in snapshot.shards:
        yield from (seal for seal in shard.files if seal.name.startswith(f"{table}/"))


AS_KNOWN: Final = Control(
    code="inputs_as_known",
    findings=(1, 11, 13),
    title="The evidence is still what was paid on",
    asks="Which rows of registry and feeds, as known at the cut-off, are not those frozen?",
    found="{count} [family's inputs are|families' inputs are] not what registry and feeds say was "
    "known at the cut-off: somebody changed one or the other by hand.",
    clean="Registry and feeds, read again as they were known at each cut-off, give the very rows "
    "that were frozen.",
    limits="It compares two records of ours; whether a school or a family told the truth is seen "
    "by visiting.",
    sql="",
    run=_run,
)
