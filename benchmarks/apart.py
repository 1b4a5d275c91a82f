"""Run one module in a process of its own: what one leaves in memory is no other's peak."""

from __future__ import annotations

import importlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any

__all__ = ["run_apart"]


def run_apart(name: str, n: int) -> list[dict[str, Any]]:
    """Return the rows of ``benchmarks.<name>`` for ``n``."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_run, name, n).result()


def _run(name: str, n: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = importlib.import_module(f"benchmarks.{name}").run(n)
    return rows
