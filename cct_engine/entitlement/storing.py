"""Sealed results into the database: lines, ladder states and the figures of each household.

The rows go from Parquet through Arrow into COPY, shard by shard; Python never sees a row. What an
earlier run of the same cycle stored is replaced, as long as the list has not been submitted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pcsv
import sqlalchemy as sa
from structlog import get_logger

from cct_engine.entitlement.completing import complete_list
from cct_engine.entitlement.copy_out import driver
from cct_engine.entitlement.engine import DuckEngine
from cct_engine.entitlement.errors import RunRefused, SealBroken
from cct_engine.entitlement.listing import Totals, totals
from cct_engine.entitlement.run import Run, results_of
from cct_engine.entitlement.sealing import changed_files
from cct_engine.entitlement.stored_tables import STORED

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import psycopg

__all__ = ["Stored", "store", "write_csv"]

_OPEN = ("frozen", "calculated", "checked")
_REPLACED = (*STORED, "line_set_aside")  # what a review set aside came from the lines replaced


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: the run's number, rows per table, and the money by source and state."""

    run_number: int
    row_counts: dict[str, int]
    totals: Totals


def store(
    connection: sa.Connection, cycle_id: int, run: Run, *, home: Path, at: datetime
) -> Stored:
    """Store a run's results as the list of its cycle; return what was written.

    The cycle's row is locked until the caller's transaction ends. ``home`` is the data folder that
    the stored path of the run is relative to. Raises RunRefused when the run has findings, belongs
    to another cycle, or the list has been submitted; SealBroken when a result file has changed.
    """
    cycle = _locked(connection, cycle_id, run)
    for finding in changed_files(run.folder, run.shards):
        raise SealBroken(finding.text)
    for table in _REPLACED:
        connection.execute(
            sa.text(f"DELETE FROM cycle.{table} WHERE cycle_id = :cycle_id"),
            {"cycle_id": cycle_id},
        )
    counts = {table: _copy_in(connection, table, run, cycle) for table in STORED}
    complete_list(connection, cycle_id)
    connection.execute(sa.select(sa.func.cycle.refresh_statistics(cycle_id)))
    written = totals(connection, cycle_id)
    number = _record_run(connection, cycle_id, run, written, home=home, at=at)
    get_logger().info("calculate.stored", cycle=run.cycle, run=number, **counts)
    return Stored(number, counts, written)


def _locked(connection: sa.Connection, cycle_id: int, run: Run) -> sa.Row[Any]:
    cycle = connection.execute(
        sa.text(
            "SELECT cycle_id, code, programme_id, fund_id, state FROM cycle.cycle "
            "WHERE cycle_id = :cycle_id FOR NO KEY UPDATE"
        ),
        {"cycle_id": cycle_id},
    ).one()
    if cycle.code != run.cycle:
        raise RunRefused(
            f"The run was calculated for {run.cycle} and cannot be stored as {cycle.code}: its "
            "months and its law are another cycle's. Give the run of this cycle."
        )
    if cycle.state not in _OPEN:
        raise RunRefused(
            f"Cycle {cycle.code} is {cycle.state}: its list stands still. A checker must reject it "
            "before it can be calculated again."
        )
    if run.findings:
        raise RunRefused(
            f"The run of {run.cycle} contradicts itself ({len(run.findings)} findings). "
            f"{run.findings[0].text}"
        )
    return cycle


def _copy_in(connection: sa.Connection, table: str, run: Run, cycle: sa.Row[Any]) -> int:
    """Copy one table's rows of all shards in; return how many."""
    columns, select = STORED[table]
    constants = {
        "cycle_id": cycle.cycle_id,
        "programme_id": cycle.programme_id,
        "fund_id": cycle.fund_id,
        "cycle_month": run.first_month,
    }
    engine = DuckEngine()
    statement = f"COPY cycle.{table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)"
    count = 0
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for shard in run.shards:
            with engine.over(results_of(run.folder, shard)) as session:
                count += write_csv(session.batches(select.format(**constants)), copy)
    return count


class _CopySink:
    """A file that pyarrow may write to; every block goes on into the COPY."""

    closed = False

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy

    def write(self, block: pa.Buffer) -> int:
        self._copy.write(bytes(block))
        return len(block)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """The COPY ends with its cursor."""


def write_csv(batches: pa.RecordBatchReader, copy: psycopg.Copy) -> int:
    """Write Arrow batches as CSV: every text is quoted, so an empty one is not a null."""
    count = 0
    options = pcsv.WriteOptions(include_header=False, quoting_style="needed")
    sink = pa.PythonFile(_CopySink(copy), mode="w")
    with pcsv.CSVWriter(sink, batches.schema, write_options=options) as writer:
        for batch in batches:
            if batch.num_rows:  # pyarrow writes freed memory for an empty one
                writer.write_batch(batch)
                count += batch.num_rows
    return count


def _record_run(
    connection: sa.Connection,
    cycle_id: int,
    run: Run,
    written: Totals,
    *,
    home: Path,
    at: datetime,
) -> int:
    """Write the run's row and return its number: the newest is the one the list comes from.

    The newest run stored again keeps its number.
    """
    newest = connection.execute(
        sa.text(
            "SELECT number, digest FROM cycle.run WHERE cycle_id = :cycle_id "
            "ORDER BY number DESC LIMIT 1"
        ),
        {"cycle_id": cycle_id},
    ).one_or_none()
    number = 0 if newest is None else int(newest.number)
    if newest is not None and newest.digest == run.digest:
        return number
    statement = run.statement
    connection.execute(
        sa.text(
            "INSERT INTO cycle.run (cycle_id, number, folder, engine, statement, "
            "statement_digest, digest, totals, finished_at) VALUES (:cycle_id, :number, :folder, "
            ":engine, :statement, :statement_digest, :digest, :totals, :at)"
        ).bindparams(sa.bindparam("totals", type_=sa.JSON)),
        {
            "cycle_id": cycle_id,
            "number": number + 1,
            "folder": run.folder.relative_to(home).as_posix(),
            "engine": run.engine,
            "statement": statement,
            "statement_digest": hashlib.sha256(statement.encode()).hexdigest(),
            "digest": run.digest,
            "totals": written.as_dict(),
            "at": at,
        },
    )
    return number + 1
