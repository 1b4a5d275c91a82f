"""Another process for a test, which may be killed without the test.

Children come from a server that has imported the engine and runs no thread: a fork of the test's
own process would inherit locks that threads held at that moment, and wait for them for ever.
"""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess

__all__ = ["started"]

_IMPORTED = ["asyncssh", "cct_engine.cycle", "cct_engine.schedule"]


def started(act: Callable[..., object], *about: Any, daemon: bool = False) -> ForkServerProcess:
    """Start a process that does an act; the act is a function of an importable module."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    child = context.Process(target=act, args=about, daemon=daemon)
    child.start()
    return child
