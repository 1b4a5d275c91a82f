"""What a step costs: seconds, and the most memory this process held during it."""

from __future__ import annotations

import resource
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Cost", "measured"]

_CLEAR_PEAK = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


@dataclass(slots=True)
class Cost:
    """The cost of one step; the figures are there when the step has ended."""

    step: str
    seconds: float = 0.0
    peak_mb: int = 0


@contextmanager
def measured(step: str) -> Iterator[Cost]:
    """Measure a block. The peak is this block's own on Linux; elsewhere the process's so far."""
    cost = Cost(step)
    _forget_peak()
    started = time.perf_counter()
    try:
        yield cost
    finally:
        cost.seconds = round(time.perf_counter() - started, 3)
        cost.peak_mb = _peak_mb()


def _forget_peak() -> None:
    if _CLEAR_PEAK.exists():
        _CLEAR_PEAK.write_text("5")


def _peak_mb() -> int:
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
