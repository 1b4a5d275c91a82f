"""What the calculation of Bolsa Família costs, against reading its inputs and writing its results.

Floor: DuckDB reads the columns that the statement names and writes tables of the results' shape
and size, shard by shard, as the calculation does. Each side runs in a process of its own, so that
the peak of memory is its own. Peer: OpenFisca-core from the same shards, in an environment of its
own; its loading counts, and what its ``calculate`` takes alone is told apart. It gives nine columns
a household; ours gives every line, verdict and ladder state as well. Its sums have to be ours, or
the comparison is void. A correction recomputes two families in a hundred, wherever they lie.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.calculation_shards import CYCLE, write_shards
from benchmarks.environments import peers_bin
from cct_engine.measure import measured
from cct_engine.rulebook import (
    Month,
    calculate_shard,
    compile_cycle,
    connect,
    explain,
    programme,
    programme_texts,
    shard_schemas,
)

__all__ = ["run"]

OUTLETS = ("household", "line", "verdict", "state")
_EXPLAINED = 10
_TOUCHED_PER_CENT = 2
_PEER_MOST = 1_000_000  # it holds everybody in memory at once
_PEER = Path(__file__).parent / "peer_openfisca.py"
_PACKAGES = ("openfisca-core==46.0.1", "pyarrow>=26")


def run(n: int) -> list[dict[str, Any]]:
    """Return the cost of calculating ``n`` households and of explaining one."""
    with tempfile.TemporaryDirectory(prefix="cct-bench-") as place:
        folder = Path(place)
        write_shards(folder / "in", n)
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
            "versus": {"the full run": round(seconds / touched["seconds"], 1)},
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
    if theirs["sums"] != _sums(folder):
        raise AssertionError(f"OpenFisca gives {theirs['sums']}, we give {_sums(folder)}.")
    phases = theirs["phases"]
    print(f"OpenFisca-core: {phases}, peak {theirs['peak_mb']} MB", file=sys.stderr)
    whole = sum(phases.values())
    return {
        "OpenFisca-core, loading included": whole / ours["seconds"],
        "its `calculate` alone": phases["calculate"] / ours["seconds"],
    }


def _sums(folder: Path) -> dict[str, int]:
    rows = duckdb.execute(
        "SELECT SUM(gross), SUM(held), SUM(forfeited)"
        f" FROM read_parquet('{folder}/out/*/household.parquet')"
    ).fetchall()
    return dict(zip(("gross", "held", "forfeited"), map(int, rows[0]), strict=True))


def _touched(folder: Path) -> float:
    """Recompute the touched households of all shards at once, and compare with what was stored."""
    rulebook = programme("bolsa_familia")
    shards = _shards(folder)
    with connect(threads=2) as connection:
        connection.execute(
            "CREATE TEMP TABLE touched AS SELECT household_id FROM"
            f" read_parquet('{folder}/in/*/household.parquet')"
            f" WHERE hash(household_id) % 100 < {_TOUCHED_PER_CENT}"
        )
        started = time.perf_counter()
        compiled = compile_cycle(rulebook, month=Month.parse(CYCLE))
        for name in shards[0]:
            connection.execute(
                f"CREATE TEMP TABLE src_{name} AS SELECT t.* FROM"
                f" read_parquet('{folder}/in/*/{name}.parquet') AS t"
                " SEMI JOIN touched USING (household_id)"
            )
        for layer in compiled.layers:
            connection.execute(f"CREATE TEMP TABLE {layer.name} AS {layer.sql}")
        connection.execute(f"CREATE TEMP TABLE line AS {compiled.outlets['line']}")
        connection.execute(f"CREATE TEMP TABLE state AS {compiled.outlets['state']}")
        differing = connection.execute(_DIFFERING.format(folder=folder)).fetchall()
        spent = time.perf_counter() - started
    if differing != [(0,)]:
        raise AssertionError(f"{differing} lines came out otherwise from the same inputs.")
    return spent


_DIFFERING = """
WITH stored AS (
    SELECT l.* FROM read_parquet('{folder}/out/*/line.parquet') AS l
    SEMI JOIN touched USING (household_id)
)
SELECT (SELECT COUNT(*) FROM (FROM line EXCEPT ALL FROM stored))
     + (SELECT COUNT(*) FROM (FROM stored EXCEPT ALL FROM line))"""


def _shards(folder: Path) -> list[dict[str, Path]]:
    """Return the tables of each shard by name."""
    shards = sorted((folder / "in").iterdir())
    return [{file.stem: file for file in shard.iterdir()} for shard in shards]


def _targets(folder: Path, number: int) -> dict[str, Path]:
    place = folder / "out" / f"{number:04d}"
    place.mkdir(parents=True, exist_ok=True)
    return {outlet: place / f"{outlet}.parquet" for outlet in OUTLETS}


def _calculate(folder: Path) -> float:
    shards = [(shard, _targets(folder, n)) for n, shard in enumerate(_shards(folder))]
    started = time.perf_counter()
    compiled = compile_cycle(programme("bolsa_familia"), month=Month.parse(CYCLE))
    with connect(threads=2) as connection:
        for sources, targets in shards:
            calculate_shard(connection, compiled, sources, targets)
    return time.perf_counter() - started


def _floor(folder: Path) -> float:
    """Read what the statement names and write what it wrote, with nothing in between."""
    rulebook = programme("bolsa_familia")
    text = compile_cycle(rulebook, month=Month.parse(CYCLE)).statement("line")
    columns = {
        name: [field for field in schema if field.name in text]
        for name, schema in shard_schemas(rulebook).items()
    }
    spent = 0.0
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 2,
        "disabled_optimizers": "statistics_propagation",
    }
    with duckdb.connect(config=config) as connection:
        for number, sources in enumerate(_shards(folder)):
            targets = _targets(folder, number)
            for outlet, path in targets.items():
                connection.execute(
                    f"CREATE OR REPLACE TEMP TABLE {outlet} AS FROM read_parquet('{path}')"
                )
            started = time.perf_counter()
            for name, path in sources.items():
                touched = ", ".join(f"MAX({field.name})" for field in columns[name])
                connection.execute(f"SELECT {touched} FROM read_parquet('{path}')").fetchall()
            for outlet, path in targets.items():
                connection.execute(
                    f"COPY {outlet} TO '{path}.floor'"
                    " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
                )
            spent += time.perf_counter() - started
    return spent


def _explain(folder: Path) -> float:
    rulebook = programme("bolsa_familia")
    compiled = compile_cycle(rulebook, month=Month.parse(CYCLE))
    texts = programme_texts("bolsa_familia")
    sources = _shards(folder)[0]
    started = time.perf_counter()
    for household_id in range(1, _EXPLAINED + 1):
        explain(compiled, sources, household_id, rulebook=rulebook, texts=texts)
    return (time.perf_counter() - started) / _EXPLAINED


def _main(what: str, folder: str) -> None:
    steps = {
        "calculate": _calculate,
        "floor": _floor,
        "explain": _explain,
        "touched": _touched,
    }
    with measured(what) as cost:
        seconds = steps[what](Path(folder))
    print(json.dumps({"seconds": seconds, "peak_mb": cost.peak_mb}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
