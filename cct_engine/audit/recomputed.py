"""Recompute and compare: the frozen inputs once more through the law, against what was approved.

The frozen files are hashed, the law is compiled from the text that was kept, and every amount due
is calculated again in a folder of its own. What the checks or later cycles did to a line (held,
released) does not change what was due, so sums per family, component, person and month must be the
same; and each payment must be the sum of its lines.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import sqlalchemy as sa

from cct_engine import entitlement, rulebook
from cct_engine.audit.again import every_approved
from cct_engine.audit.control import Control
from cct_engine.audit.exporting import copy_csv
from cct_engine.cycle import folder_of
from cct_engine.cycle.law import of_cycle
from cct_engine.rulebook import Month

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.audit.again import Row
    from cct_engine.audit.control import Ask, Evidence
    from cct_engine.cycle import Cycle

__all__ = ["RECOMPUTED"]

_COLUMNS: Final = (
    *("cycle", "household_id", "what", "person_id", "month"),
    *("approved_minor", "recomputed_minor", "amount_minor", "currency"),
)
_STORED: Final = """
    SELECT household_id, component, person_id, pregnancy_id,
           CAST(extract(year FROM for_period) * 12 + extract(month FROM for_period) - 1 AS integer)
               AS for_month, CAST(sum(amount_minor) AS bigint) AS amount
    FROM cycle.entitlement_line WHERE cycle_id = {cycle_id} AND source = 'due'
    GROUP BY 1, 2, 3, 4, 5
"""
_DIFFERENCES: Final = """
    WITH again AS (
        SELECT household_id, component, person_id, pregnancy_id, for_month,
               CAST(sum(due) AS BIGINT) AS amount
        FROM read_parquet($lines) WHERE source = 'due'
        GROUP BY ALL HAVING sum(due) <> 0
    ), stored AS (SELECT * FROM read_csv($stored, header = true))
    SELECT household_id, component, person_id, for_month, coalesce(s.amount, 0),
           coalesce(a.amount, 0)
    FROM stored s FULL JOIN again a
         USING (household_id, component, person_id, pregnancy_id, for_month)
    WHERE s.amount IS DISTINCT FROM a.amount ORDER BY 1, 2, 3, 4
"""
_PARTS: Final = sa.text("""
    SELECT c.code, p.household_id, 'payment ' || p.instruction_id, l.person_id,
           to_char(l.for_period, 'YYYY-MM'), l.amount_minor, p.amount_minor,
           abs(p.amount_minor - l.amount_minor), c.currency
    FROM cycle.instruction_part p
    JOIN cycle.entitlement_line l USING (cycle_id, household_id, line_seq)
    JOIN cycle.cycle c USING (cycle_id)
    WHERE p.amount_minor <> l.amount_minor AND p.cycle_id = :cycle_id
    UNION ALL
    SELECT c.code, p.household_id, 'payment ' || i.instruction_id, NULL, NULL, i.amount_minor,
           p.amount, abs(i.amount_minor - p.amount), i.currency
    FROM cycle.instruction i
    JOIN (SELECT instruction_id, min(household_id) AS household_id, min(cycle_id) AS cycle_id,
                 CAST(sum(amount_minor) AS bigint) AS amount
          FROM cycle.instruction_part GROUP BY instruction_id) p USING (instruction_id)
    JOIN cycle.cycle c USING (cycle_id)
    WHERE i.amount_minor <> p.amount AND p.cycle_id = :cycle_id
    ORDER BY 2, 3
""")
_SEALED: Final = sa.text("""
    SELECT (SELECT digest FROM cycle.snapshot WHERE cycle_id = :cycle_id) AS snapshot,
           (SELECT digest FROM cycle.run WHERE cycle_id = :cycle_id ORDER BY number DESC LIMIT 1)
               AS run
""")


def _run(ask: Ask) -> Evidence:
    return every_approved(ask, _COLUMNS, differences=_differences, impossible=_impossible)


def _impossible(cycle: Cycle, reason: str) -> Row:
    return _cycle_row(cycle, f"cannot be calculated again: {reason}")


def _differences(ask: Ask, cycle: Cycle) -> Iterator[Row]:
    kept = folder_of(ask.home, cycle.code)
    sealed = ask.connection.execute(_SEALED, {"cycle_id": cycle.cycle_id}).one()
    snapshot = entitlement.open_snapshot(kept / "snapshot")
    changed = [found.name for found in entitlement.verify_snapshot(snapshot)]
    if snapshot.digest != sealed.snapshot:
        changed.append("manifest.json")
    if changed:
        yield from (_cycle_row(cycle, f"frozen input {name} was changed") for name in changed)
        return
    law = of_cycle(ask.connection, cycle)
    compiled = rulebook.compile_cycle(law, month=Month.of(cycle.period))
    with tempfile.TemporaryDirectory(prefix="cct-audit-") as name:
        again = entitlement.calculate(snapshot, compiled, Path(name) / "run", hit=lambda _: None)
        stored = Path(name) / "stored.csv"
        copy_csv(ask.connection, _STORED.format(cycle_id=cycle.cycle_id), stored)
        lines = [str(again.folder / seal.name) for seal in _line_files(again)]
        with duckdb.connect() as engine:
            found = engine.execute(_DIFFERENCES, {"lines": lines, "stored": str(stored)}).fetchall()
    for household, component, person, month, approved, due in found:
        what, when = f"component {component}", f"{month // 12}-{month % 12 + 1:02d}"
        difference = abs(approved - due)
        yield cycle.code, household, what, person, when, approved, due, difference, cycle.currency
    yield from (tuple(row) for row in ask.connection.execute(_PARTS, {"cycle_id": cycle.cycle_id}))


def _line_files(run: Any) -> Iterator[Any]:
    for shard in run.shards:
        yield from (seal for seal in shard.files if seal.name.startswith("line/"))


def _cycle_row(cycle: Cycle, what: str) -> Row:
    return cycle.code, None, what, None, None, None, None, None, cycle.currency


RECOMPUTED: Final = Control(
    code="recompute_and_compare",
    findings=(25, 1, 23),
    title="Every amount comes out again",
    asks="Which amounts are not what the law gives on the inputs that were frozen?",
    found="{count} [amount is|amounts are] not what the law gives on the frozen inputs; the "
    "difference is {amount}. Under-payments count as well as over-payments.",
    clean="Every amount, calculated again from the frozen inputs and the law as it was, is the "
    "amount that was approved, and every payment is the sum of its lines.",
    limits="It shows that the engine and the frozen inputs give these amounts, not that the "
    "registry told the truth.",
    sql="",
    run=_run,
)
