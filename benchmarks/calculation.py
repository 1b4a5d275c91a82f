"""What the calculation of Bolsa Família costs, against reading its inputs and writing its results.

Floor: DuckDB reads the columns that the statement names and writes tables of the results' shape
and size, shard by shard, as the calculation does. Each side runs in a process of its own, so that
the peak of memory is its own.
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


def run(n: int) -> list[dict[str, Any]]:
    """Return the cost of calculating ``n`` households and of explaining one."""
    with tempfile.TemporaryDirectory(prefix="cct-bench-") as place:
        folder = Path(place)
        write_shards(folder / "in", n)
        calculation = _child("calculate", folder)
        floor = _child("floor", folder)
        explanation = _child("explain", folder)
    seconds = calculation["seconds"]
    return [
        {
            "step": "calculate",
            "n": n,
            "seconds": round(seconds, 3),
            "per_second": round(n / seconds),
            "peak_mb": calculation["peak_mb"],
            "floor_seconds": round(floor["seconds"], 3),
            "versus": {},
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
    config = {"threads": 2, "disabled_optimizers": "statistics_propagation"}
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
    steps = {"calculate": _calculate, "floor": _floor, "explain": _explain}
    with measured(what) as cost:
        seconds = steps[what](Path(folder))
    print(json.dumps({"seconds": seconds, "peak_mb": cost.peak_mb}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
