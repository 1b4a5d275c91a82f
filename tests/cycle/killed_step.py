"""One step of a cycle in a process of its own, so that a failpoint can kill it.

Run by ``runpy`` with the global ``told`` (url, home, at, officer_id, code, verb, armed).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cct_engine import cycle
from cct_engine.clock import FixedClock
from cct_engine.cycle import Desk
from cct_engine.database import Database
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def do_step(told: Mapping[str, Any]) -> None:
    """Sit down as the officer and do the step."""
    os.environ["CCT_FAILPOINTS"] = told["armed"]
    with Database(told["url"]) as database:
        desk = Desk(
            database=database,
            settings=Settings(home=told["home"], shard_households=100),
            clock=FixedClock(told["at"]),
            officer_id=told["officer_id"],
        )
        getattr(cycle, told["verb"])(desk, told["code"])


if "told" in globals():
    do_step(globals()["told"])
