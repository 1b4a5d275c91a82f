"""A simulation as files: a page to read, tables to work with, every family's before and after."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from cct_engine.simulation.page import page

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.simulation.values import Simulation

__all__ = ["write_out"]


def write_out(simulation: Simulation, folder: Path) -> tuple[Path, ...]:
    """Write the page, the JSON and the tables into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    html, values = folder / "simulation.html", folder / "simulation.json"
    html.write_text(page(simulation), encoding="utf-8")
    plain = json.dumps(simulation.as_dict(), ensure_ascii=False, indent=1)
    values.write_text(plain + "\n", encoding="utf-8")
    written = [html, values]
    for name in ("kinds", "components", "districts"):
        rows = simulation.as_dict()[name]
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else ["empty"])
            writer.writeheader()
            writer.writerows(rows)
        written.append(path)
    return tuple(written)
