"""Run a piece in a process of its own: what it leaves in memory is no other's peak.

Whoever ends a benchmark, by Ctrl-C or SIGTERM, ends its pieces too, and each closes what it opened:
the last one out stops the database server.
"""

from __future__ import annotations

import importlib
import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

__all__ = ["apart", "end_in_order", "run_apart"]


def run_apart(name: str, n: int) -> list[dict[str, Any]]:
    """Return the rows of ``benchmarks.<name>`` for ``n``."""
    return apart(_run, name, n)


def apart(act: Callable[..., T], *arguments: object) -> T:
    """Return what a function of a module gives, called in a fresh process."""
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned, initializer=end_in_order) as pool:
        try:
            return pool.submit(act, *arguments).result()
        except BaseException:
            for child in multiprocessing.active_children():
                child.terminate()
            raise


def end_in_order() -> None:
    """Take SIGTERM for Ctrl-C, and only the first of both: the rest would cut the end short."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)


def _interrupt(*_: object) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(name: str, n: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = importlib.import_module(f"benchmarks.{name}").run(n)
    return rows
