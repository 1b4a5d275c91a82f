"""Run a piece in a process of its own: what it leaves in memory is no other's peak."""

from __future__ import annotations

import importlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

__all__ = ["apart", "run_apart"]


def run_apart(name: str, n: int) -> list[dict[str, Any]]:
    """Return the rows of ``benchmarks.<name>`` for ``n``."""
    return apart(_run, name, n)


def apart(act: Callable[..., T], *arguments: object) -> T:
    """Return what a function of a module gives, called in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(act, *arguments).result()


def _run(name: str, n: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = importlib.import_module(f"benchmarks.{name}").run(n)
    return rows
