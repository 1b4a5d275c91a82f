"""No payment without a compliance record: the verdicts of each run against what followed them.

Two things are asked of every paid family. A verdict of 'met' must stand on reported numbers, and a
verdict of 'not met' must have left its trace in the ladders: the family's memory counts a breach,
or the law switched the effect off.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from cct_engine import entitlement
from cct_engine.audit.control import Control
from cct_engine.audit.exporting import copy_csv
from cct_engine.audit.querying import counted
from cct_engine.cycle import cycles, folder_of
from cct_engine.entitlement import EntitlementError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.audit.control import Ask, Evidence
    from cct_engine.cycle import Cycle

__all__ = ["COMPLIANCE_REFERENCE"]

_APPROVED: Final = ("approved", "released", "closed")
_COLUMNS: Final = (
    *("cycle", "household_id", "condition", "person_id", "verdict", "reason"),
    *("amount_minor", "currency"),
)
_PAID: Final = """
    SELECT r.household_id, r.pay_now_minor,
           EXISTS (SELECT FROM cycle.effect_state e WHERE e.cycle_id = r.cycle_id
                   AND e.household_id = r.household_id AND e.breach = 1) AS counted
    FROM cycle.household_result r WHERE r.cycle_id = {cycle_id} AND r.pay_now_minor > 0
"""
_WITHOUT: Final = """
    SELECT v.household_id, v.condition, v.subject_id, v.verdict,
           CASE WHEN v.verdict = 'met' THEN 'no number was reported'
                ELSE 'the breach left no trace' END AS reason, p.pay_now_minor
    FROM read_parquet($verdicts) v
    JOIN read_csv($paid, header = true) p USING (household_id)
    WHERE (v.verdict = 'met' AND v.numerator IS NULL)
       OR (v.verdict = 'not_met' AND NOT p.counted)
    ORDER BY 1, 2, 3
"""


def _run(ask: Ask) -> Evidence:
    rows: list[tuple[Any, ...]] = []
    for cycle in cycles(ask.connection):
        if cycle.state.value in _APPROVED and ask.cycle_id in (None, cycle.cycle_id):
            rows += _found(ask, cycle)
    return counted(_COLUMNS, rows)


def _found(ask: Ask, cycle: Cycle) -> list[tuple[Any, ...]]:
    """Return what is without a record; verdicts that cannot be read are a finding too."""
    try:
        return list(_without(ask, cycle))
    except (EntitlementError, OSError, duckdb.Error) as error:
        reason = str(error).partition("\n")[0]
        return [(cycle.code, None, "verdicts cannot be read", None, "", reason, None, "")]


def _without(ask: Ask, cycle: Cycle) -> Iterator[tuple[Any, ...]]:
    run = entitlement.open_run(folder_of(ask.home, cycle.code) / "run")
    verdicts = [
        str(run.folder / seal.name)
        for shard in run.shards
        for seal in shard.files
        if seal.name.startswith("verdict/")
    ]
    with tempfile.TemporaryDirectory(prefix="cct-audit-") as name:
        paid = Path(name) / "paid.csv"
        copy_csv(ask.connection, _PAID.format(cycle_id=cycle.cycle_id), paid)
        with duckdb.connect() as engine:
            found = engine.execute(_WITHOUT, {"verdicts": verdicts, "paid": str(paid)}).fetchall()
    for household, condition, person, verdict, reason, amount in found:
        yield cycle.code, household, condition, person, verdict, reason, amount, cycle.currency


COMPLIANCE_REFERENCE: Final = Control(
    code="paid_without_compliance",
    findings=(13, 3),
    title="Nobody is paid without a compliance record",
    asks="Which families were paid although a condition was not met and nothing followed, or was "
    "called met without a report?",
    found="{count} [verdict|verdicts] of families paid {amount} [stands|stand] on no report, or "
    "[was|were] not met without any consequence.",
    clean="Every verdict of a paid family stands on a report, and every breach is counted in its "
    "ladder.",
    limits="What a missing report means is the law's choice: a verdict of 'no information' is "
    "neither met nor a breach.",
    sql="",
    run=_run,
)
