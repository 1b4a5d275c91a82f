"""Run the benchmarks: ``python -m benchmarks [--only feeds,bank_files] [--n 100000]``."""

from __future__ import annotations

import argparse
import json
import os
import platform
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.apart import end_in_order, run_apart

MODULES = (
    "feeds",
    "calculation",
    "freeze_store",
    "ledger_posting",
    "bank_files",
    "reconciliation",
)
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run, print, and write the results down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(MODULES), help="modules, by comma")
    parser.add_argument("--n", default="100000,1000000", help="sizes, by comma")
    chosen = parser.parse_args()
    sizes = [int(size) for size in chosen.n.split(",")]
    end_in_order()
    rows: list[dict[str, Any]] = []
    for name in chosen.only.split(","):
        for n in sizes:
            print(f"{name}, n = {n:,} …", flush=True)
            rows += run_apart(name, n)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(rows, indent=1))
    console = Console(width=None if os.isatty(1) else 130)
    console.print(table(rows))
    console.print(
        f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}"
    )


def table(rows: list[dict[str, Any]]) -> Table:
    """Lay the rows out for people: times the floor, and times faster than each peer."""
    shown = Table(title="cct-engine benchmarks")
    shown.add_column("step")
    for heading in ("n", "seconds", "per second", "peak MB", "× floor"):
        shown.add_column(heading, justify="right")
    shown.add_column("times faster than")
    for row in rows:
        floor = row.get("floor_seconds")
        peers = row.get("versus") or {}
        shown.add_row(
            row["step"],
            f"{row['n']:,}",
            f"{row['seconds']:.2f}",
            f"{row['per_second']:,.0f}",
            f"{row['peak_mb']:.0f}" if row.get("peak_mb") else "–",
            f"{row['seconds'] / floor:.1f}" if floor else "–",
            ", ".join(f"{peer} {times:.1f}" for peer, times in peers.items()),
        )
    return shown


if __name__ == "__main__":
    main()
