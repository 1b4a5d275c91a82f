"""Whole cycles, from the feeds to closed and proven books: what grows faster than its work.

The demo of three months and two programmes is played for a tenth of n families and for n, each in a
process and a database of its own on the benchmarks' durable server. A row is one kind of stage, its
three months together. Its floor is ten times what a tenth of the families took: above 1, the stage
grows faster than they do. Both play the bank, too ("bank answers" writes its messages and
reconciles them), and both bring late evidence into closed months.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from benchmarks.apart import apart
from benchmarks.own_database import own_database
from cct_engine.demo import DemoPlan, Listener, play
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from cct_engine.measure import Cost

__all__ = ["run"]

_PART: Final = 10
_SEED: Final = 2026
_MONTH: Final = len("2026-09 ")


def run(n: int) -> list[dict[str, Any]]:
    """Play both demos; one dict per kind of stage, and one for all of them."""
    few = apart(_stages, n // _PART)
    many = apart(_stages, n)
    return [
        {
            "step": stage,
            "n": n,
            "seconds": seconds,
            "per_second": round(n / seconds),
            "peak_mb": peak_mb,
            "floor_seconds": _PART * few[stage][0],
            "versus": {},
        }
        for stage, (seconds, peak_mb) in many.items()
    ]


def _stages(households: int) -> dict[str, tuple[float, int]]:
    """Return the seconds and the peak of each kind of stage of a demo, in their order."""
    with tempfile.TemporaryDirectory(prefix="cct-cycle-") as name, own_database("cycle") as own:
        server, database = own
        address = SecretStr(server.url(database, role="cct_app"))
        settings = Settings(home=Path(name), database_url=address)
        facts = play(settings, DemoPlan(households=households, seed=_SEED), _SILENT)
    if not facts.proof.ties:
        raise RuntimeError(f"The proof of the demo of {households} families does not tie.")
    kinds: dict[str, tuple[float, int]] = {}
    for cost in facts.steps:
        for kind in (_kind(cost), "the whole demo"):
            seconds, peak_mb = kinds.get(kind, (0.0, 0))
            kinds[kind] = (seconds + cost.seconds, max(peak_mb, cost.peak_mb))
    kinds["the whole demo"] = kinds.pop("the whole demo")
    return kinds


def _kind(cost: Cost) -> str:
    return cost.step[_MONTH:] if cost.step[:1].isdigit() else cost.step


def _ignore(_: object) -> None:
    """Nobody watches."""


_SILENT: Final = Listener(begins=_ignore, ends=_ignore, tells=_ignore)
