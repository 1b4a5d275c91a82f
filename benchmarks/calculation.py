"""What the calculation of Bolsa Família costs, against reading its inputs and writing its results.

Floor: DuckDB reads the columns that the statement names and writes tables of the results' shape
and size, shard by shard, as the calculation does. Each side runs in a process of its own, so that
the peak of memory is its own. Peer: OpenFisca-core from the same shards, in an environment of its
own; its loading counts, and what its ``calculate`` takes alone is told apart. It has to write every
row and column that we write, or the comparison is void. A correction recomputes two families in a
hundred, wherever they lie: told with picking them out of all shards, and from their own inputs, as
the registry gives them to a correction.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq

from benchmarks.calculation_shards import CYCLE, HOUSEHOLDS_PER_SHARD, write_snapshot
from benchmarks.environments import peers_bin
from cct_engine.abreast import abreast
from cct_engine.entitlement import calculate, open_run, open_snapshot
from cct_engine.entitlement.engine import DuckEngine
from cct_engine.entitlement.run import results_of
from cct_engine.measure import measured
from cct_engine.rulebook import (
    Month,
    compile_cycle,
    connect,
    explain,
    programme,
    programme_texts,
    shard_schemas,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cct_engine.entitlement import Run, Snapshot
    from cct_engine.entitlement.engine import Session
    from cct_engine.entitlement.manifest import Shard
    from cct_engine.rulebook import Compiled

__all__ = ["run"]

OUTLETS = ("household", "line", "verdict", "state")
_EXPLAINED = 10
_TOUCHED_PER_CENT = 2
_AT_ONCE = 50_000  # touched households, as a correction replays them
_MEMORY_MB = 256  # of DuckDB, for both halves of those
_SIDE_BY_SIDE = 2  # shards at a time, as the engine does
_PEER_MOST = 1_000_000  # it holds everybody in memory at once
_PEER = Path(__file__).parent / "peer_openfisca.py"
_PACKAGES = ("openfisca-core==46.0.1", "pyarrow>=26")


def run(n: int) -> list[dict[str, Any]]:
    """Return the cost of calculating ``n`` households and of explaining one."""
    with tempfile.TemporaryDirectory(prefix="cct-bench-") as place:
        folder = Path(place)
        write_snapshot(folder / "in", n)
        calculation = _child("calculate", folder)
        floor = _child("floor", folder)
        explanation = _child("explain", folder)
        touched = _child("touched", folder)
        versus = _versus(folder, calculation) if n <= _PEER_MOST else {}
    seconds = calculation["seconds"]
    return [
        {
            "step": "calculate",
            "n": n,
            "seconds": round(seconds, 3),
            "per_second": round(n / seconds),
            "peak_mb": calculation["peak_mb"],
            "floor_seconds": round(floor["seconds"], 3),
            "versus": versus,
        },
        {
            "step": f"recompute {_TOUCHED_PER_CENT} % of the households",
            "n": n * _TOUCHED_PER_CENT // 100,
            "seconds": round(touched["seconds"], 3),
            "per_second": round(n * _TOUCHED_PER_CENT / 100 / touched["seconds"]),
            "peak_mb": touched["peak_mb"],
            "floor_seconds": None,
            "versus": {
                "the full run": round(seconds / touched["seconds"], 1),
                "the full run, their inputs at hand": round(
                    seconds / (touched["seconds"] - touched["picked_seconds"]), 1
                ),
            },
        },
        {
            "step": "explain one household",
            "n": 1,
            "seconds": round(explanation["seconds"], 3),
            "per_second": round(1 / explanation["seconds"], 1),
            "peak_mb": explanation["peak_mb"],
            "floor_seconds": None,
            "versus": {},
        },
    ]


def _child(what: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.calculation", what, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _versus(folder: Path, ours: dict[str, Any]) -> dict[str, float]:
    """Return how many times faster we are than OpenFisca-core; nothing where it cannot be had."""
    programs = peers_bin("calculation", _PACKAGES)
    if programs is None:
        return {}
    command = [str(programs / "python"), str(_PEER), str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    theirs: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    _same_rows(folder)
    phases = theirs["phases"]
    print(f"OpenFisca-core: {phases}, peak {theirs['peak_mb']} MB", file=sys.stderr)
    whole = sum(phases.values())
    return {
        "OpenFisca-core, loading included": whole / ours["seconds"],
        "its `calculate` alone": phases["calculate"] / ours["seconds"],
    }


def _same_rows(folder: Path) -> None:
    """The comparison is void unless the peer wrote every row and column that we wrote."""
    duckdb.execute("SET enable_progress_bar = false")
    for outlet in OUTLETS:
        ours = f"read_parquet('{folder}/out/{outlet}/*.parquet')"
        theirs = f"read_parquet('{folder}/peer/{outlet}.parquet')"
        rows = duckdb.execute(_OTHERWISE.format(ours=ours, theirs=theirs)).fetchall()
        if rows != [(0, 0)]:
            raise AssertionError(f"Outlet {outlet}: {rows} rows are ours or OpenFisca's alone.")


_OTHERWISE = """
WITH ours AS (FROM {ours}), theirs AS (
    (FROM {ours} LIMIT 0) UNION ALL BY NAME (FROM {theirs})
)
SELECT (SELECT COUNT(*) FROM (FROM ours EXCEPT ALL FROM theirs)),
       (SELECT COUNT(*) FROM (FROM theirs EXCEPT ALL FROM ours))"""


def _law() -> Compiled:
    return compile_cycle(programme("bolsa_familia"), month=Month.parse(CYCLE))


def _calculate(folder: Path) -> float:
    """Everything that a cycle's calculation does: hashes, statement, sealing, adding up again."""
    started = time.perf_counter()
    run = calculate(open_snapshot(folder / "in"), _law(), folder / "out")
    spent = time.perf_counter() - started
    if run.findings:
        raise AssertionError(run.findings[0].text)
    return spent


def _columns(compiled: Compiled) -> dict[str, list[str]]:
    """Return the columns of each table that the statement names."""
    text = compiled.statement("line")
    return {
        name: [field.name for field in schema if field.name in text]
        for name, schema in shard_schemas(programme("bolsa_familia")).items()
    }


def _floor(folder: Path) -> float:
    """Read what the statement names and write what it wrote, with nothing in between."""
    columns = _columns(_law())
    snapshot, run = open_snapshot(folder / "in"), open_run(folder / "out")

    def piece(shard: Shard) -> float:
        paths = snapshot.paths(snapshot.shards[shard.range.number - 1])
        return _read_and_written(paths, columns, results_of(run.folder, shard))

    with closing(abreast(piece, run.shards, workers=_SIDE_BY_SIDE)) as spent:
        return sum(spent) / min(_SIDE_BY_SIDE, len(run.shards))


def _read_and_written(
    sources: dict[str, Path], columns: dict[str, list[str]], targets: dict[str, Path]
) -> float:
    """Return the seconds that the files of one shard take; results are in memory before."""
    with connect(threads=1) as connection:
        for outlet, path in targets.items():
            connection.execute(f"CREATE TEMP TABLE {outlet} AS FROM read_parquet('{path}')")
        started = time.perf_counter()
        for name, path in sources.items():
            touched = ", ".join(f"MAX({field})" for field in columns[name])
            connection.execute(f"SELECT {touched} FROM read_parquet('{path}')").fetchall()
        for outlet, path in targets.items():
            connection.execute(
                f"COPY {outlet} TO '{path}.floor'"
                " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 32768)"
            )
        return time.perf_counter() - started


def _touched(folder: Path) -> tuple[float, float]:
    """Recompute the touched, so many at a time as a correction replays, in two halves abreast.

    Returns the seconds of it all, and of it those that picking them out of all shards took.
    """
    snapshot, run = open_snapshot(folder / "in"), open_run(folder / "out")
    shards = max(1, _AT_ONCE * 100 // _TOUCHED_PER_CENT // HOUSEHOLDS_PER_SHARD)
    started = time.perf_counter()
    compiled = _law()
    columns = _columns(compiled)
    calculated = time.perf_counter() - started
    picked = 0.0
    engine = DuckEngine(threads=_SIDE_BY_SIDE, memory_mb=_MEMORY_MB, side_by_side=_SIDE_BY_SIDE)
    with engine.started() as sessions:
        for first in range(0, len(run.shards), shards):
            some = run.shards[first : first + shards]
            sides = [some[side::_SIDE_BY_SIDE] for side in range(min(_SIDE_BY_SIDE, len(some)))]
            with ExitStack() as stack:
                opened = [
                    _Touched(stack.enter_context(sessions.over({})), snapshot, run, side)
                    for side in sides
                ]
                picked += _abreast(lambda one: one.pick(columns), opened)
                calculated += _abreast(lambda one: one.recompute(compiled), opened)
                for one in opened:
                    one.compare()
    return picked + calculated, picked


def _abreast(act: Callable[[_Touched], None], opened: list[_Touched]) -> float:
    """Return the seconds until all have done it."""
    started = time.perf_counter()
    with closing(abreast(act, opened, workers=len(opened))) as done:
        list(done)
    return time.perf_counter() - started


class _Touched:
    """The touched households of some shards."""

    def __init__(
        self, session: Session, snapshot: Snapshot, run: Run, shards: Sequence[Shard]
    ) -> None:
        self._session = session
        self._sources = _files(
            [snapshot.paths(snapshot.shards[s.range.number - 1]) for s in shards]
        )
        self._stored = _files([results_of(run.folder, shard) for shard in shards])
        session.layer(
            "touched",
            f"SELECT household_id FROM {self._sources['household']}"
            f" WHERE hash(household_id) % 100 < {_TOUCHED_PER_CENT}",
        )

    def pick(self, columns: dict[str, list[str]]) -> None:
        """Read their inputs out of everybody's; a correction asks the registry for them alone."""
        for name, files in self._sources.items():
            self._session.layer(
                f"src_{name}",
                f"SELECT {', '.join(columns[name])} FROM {files}"
                " SEMI JOIN touched USING (household_id)",
            )

    def recompute(self, compiled: Compiled) -> None:
        """Calculate them anew."""
        for layer in compiled.layers:
            self._session.layer(layer.name, layer.sql)
        for outlet in OUTLETS:
            self._session.layer(outlet, compiled.outlets[outlet])

    def compare(self) -> None:
        """Raise AssertionError unless the same came out as is stored."""
        for outlet in OUTLETS:
            found = self._session.rows(_DIFFERING.format(files=self._stored[outlet], outlet=outlet))
            if found != [(0,)]:
                raise AssertionError(f"Outlet {outlet} came out otherwise from the same inputs.")


def _files(shards: list[dict[str, Path]]) -> dict[str, str]:
    """Return by its name how DuckDB reads a table of several shards."""
    return {name: f"read_parquet({[str(paths[name]) for paths in shards]})" for name in shards[0]}


_DIFFERING = """
WITH stored AS (
    SELECT s.* FROM {files} AS s
    SEMI JOIN touched USING (household_id)
)
SELECT (SELECT COUNT(*) FROM (FROM {outlet} EXCEPT ALL FROM stored))
     + (SELECT COUNT(*) FROM (FROM stored EXCEPT ALL FROM {outlet}))"""


def _explain(folder: Path) -> float:
    rulebook, compiled = programme("bolsa_familia"), _law()
    texts = programme_texts("bolsa_familia")
    snapshot = open_snapshot(folder / "in")
    paths = snapshot.paths(snapshot.shards[0])
    started = time.perf_counter()
    for household_id in range(1, _EXPLAINED + 1):
        rows = {
            table: pq.read_table(path, filters=[("household_id", "=", household_id)])
            for table, path in paths.items()
        }
        explain(compiled, rows, household_id, rulebook=rulebook, texts=texts)
    return (time.perf_counter() - started) / _EXPLAINED


def _main(what: str, folder: str) -> None:
    steps = {
        "calculate": _calculate,
        "floor": _floor,
        "explain": _explain,
        "touched": _touched,
    }
    with measured(what) as cost:
        told = steps[what](Path(folder))
    seconds, picked = told if isinstance(told, tuple) else (told, 0.0)
    print(json.dumps({"seconds": seconds, "picked_seconds": picked, "peak_mb": cost.peak_mb}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
