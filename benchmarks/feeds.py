"""Take in n rows of attendance from CSV, every check on; then the same month again, corrected.

Of the rows 1 % name unknown pupils, 0.5 % contradict one another and a few cannot be; the registry
knows two pupils for each row. The floor is COPY of the same bytes into a table without an index, on
the same server in the same run. The server is the engine's own with fsync off, so that the disk is
not what is measured. The peak is this process's; the server's memory is bounded by its settings.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import sqlalchemy as sa

from benchmarks.apart import apart
from cct_engine import compliance, registry
from cct_engine.database import Database, embedded, migrate
from cct_engine.measure import measured
from cct_engine.registry.intake.stage import driver

if TYPE_CHECKING:
    from cct_engine.registry import IntakeReport

__all__ = ["run"]

AT = datetime(2026, 9, 5, 18, tzinfo=UTC)
COLUMNS = ("person_ref", "month", "facility_code", "present", "total", "reason_code")
PUPILS_PER_SCHOOL = 300


def run(n: int) -> list[dict[str, Any]]:
    """Measure the intake of n rows; one dict per step."""
    with tempfile.TemporaryDirectory(prefix="cct-feeds-") as name:
        folder = Path(name)
        first, second = apart(_write_months, folder, n)
        with embedded.running(folder / "server", throwaway=True) as server:
            server.create_database("feeds")
            migrate(server.url("feeds", role="cct_owner"))
            with Database(server.url("feeds", role="cct_app")) as database:
                _register(database, 2 * n)
                rows = [
                    _row("take in attendance", n, database, first, folder),
                    _row("take in the month again, a tenth corrected", n, database, second, folder),
                ]
    return rows


def _write_months(folder: Path, n: int) -> tuple[Path, Path]:
    """Write a month's file and its correction; the same n gives the same bytes."""
    rng = np.random.default_rng(20260905)
    pupil = rng.permutation(2 * n)[:n] + 1
    pupil[rng.random(n) < 0.01] += 10 * n
    twice = np.flatnonzero(rng.random(n - 1) < 0.0025)
    pupil[twice + 1] = pupil[twice]
    present = rng.integers(8, 22, n)
    present[twice + 1] = (present[twice] + 1) % 20
    present[rng.random(n) < 0.00015] = 29
    corrected = np.where(rng.random(n) < 0.1, 21, present)
    paths = folder / "month.csv", folder / "month-corrected.csv"
    for path, days in zip(paths, (present, corrected), strict=True):
        table = pa.table(
            [
                _numbered("P", pupil, 9),
                pa.repeat("2026-08", n),
                _numbered("S", pupil % max(1, n // PUPILS_PER_SCHOOL) + 1, 7),
                pa.array(days),
                pa.repeat("22", n),
                pa.repeat("", n),
            ],
            names=list(COLUMNS),
        )
        with pa.OSFile(str(path), "wb") as sink:
            sink.write((",".join(COLUMNS) + "\n").encode())
            options = pcsv.WriteOptions(include_header=False, quoting_style="none")
            pcsv.write_csv(table, sink, options)
    return paths


def _numbered(prefix: str, numbers: np.ndarray, digits: int) -> pa.Array:
    text = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, text, "")


def _register(database: Database, persons: int) -> None:
    """Register persons and schools set by set: their intake is not what is measured here."""
    with database.transaction() as connection:
        registry.setup.packaged_sources(connection)
        issued_by = registry.setup.source(connection, code="registry", organisation="registry")
        for statement in (
            (
                "INSERT INTO registry.person (person_id, created_at, act_id)"
                " SELECT g, :at, 1 FROM generate_series(1, :persons) g"
            ),
            (
                "INSERT INTO registry.person_reference (issued_by, reference, person_id, act_id)"
                " SELECT :issued_by, 'P' || lpad(CAST(g AS text), 9, '0'), g, 1"
                " FROM generate_series(1, :persons) g"
            ),
            (
                "INSERT INTO compliance.facility"
                " (facility_id, code, kind, title, valid_from, act_id)"
                " SELECT g, 'S' || lpad(CAST(g AS text), 7, '0'), 'school', 'School',"
                " '2000-01-01', 1 FROM generate_series(1, :schools) g"
            ),
            (
                "SELECT registry.refresh_statistics(ARRAY['registry.person_reference',"
                " 'compliance.facility'])"
            ),
        ):
            connection.execute(
                sa.text(statement),
                {
                    "at": AT,
                    "persons": persons,
                    "issued_by": issued_by,
                    "schools": max(1, persons // 2 // PUPILS_PER_SCHOOL),
                },
            )


def _row(step: str, n: int, database: Database, path: Path, folder: Path) -> dict[str, Any]:
    with measured("floor") as floor:
        _copy(database, path)
    with measured(step) as cost:
        report = _take_in(database, path, folder)
    assert report.rows == n
    assert report.rejected > n // 100
    return {
        "step": step,
        "n": n,
        "seconds": cost.seconds,
        "per_second": round(n / cost.seconds),
        "peak_mb": cost.peak_mb,
        "floor_seconds": floor.seconds,
        "versus": {},
    }


def _take_in(database: Database, path: Path, folder: Path) -> IntakeReport:
    with database.transaction() as connection:
        return compliance.take_in(
            connection,
            path,
            compliance.feed("attendance"),
            at=AT,
            officer_id=1,
            rejects_folder=folder / "rejects",
        )


def _copy(database: Database, path: Path) -> None:
    """The floor: the same bytes into the same server, without a look at them."""
    with database.transaction() as connection:
        connection.execute(
            sa.text(
                "CREATE TEMP TABLE floor (person_ref text, month text, facility_code text,"
                " present integer, total integer, reason_code text) ON COMMIT DROP"
            )
        )
        session = driver(connection)
        with (
            path.open("rb") as stream,
            session.cursor().copy("COPY floor FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            while block := stream.read(1 << 20):
                copy.write(block)
