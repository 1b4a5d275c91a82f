"""Named places where tests stop the engine: killed, out of disk, or with the answer lost.

``hit("cycle.freeze.before_commit")`` does nothing unless ``CCT_FAILPOINTS`` names that place:

* ``name=kill`` – the process dies at once, as by ``kill -9``;
* ``name=enospc`` – the disk is full;
* ``name=kill@3`` – the same, at the third passage.

Several are separated by commas.
"""

from __future__ import annotations

import errno
import os
import signal
from collections import Counter

__all__ = ["hit"]

_passages: Counter[str] = Counter()


def hit(name: str) -> None:
    """Pass the place ``name``; act only if the environment arms it."""
    armed = os.environ.get("CCT_FAILPOINTS")
    if not armed:
        return
    _passages[name] += 1
    for entry in armed.split(","):
        place, _, act = entry.strip().partition("=")
        if place == name:
            _act(name, act)


def _act(name: str, act: str) -> None:
    kind, _, nth = act.partition("@")
    if nth and _passages[name] != int(nth):
        return
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "enospc":
        raise OSError(errno.ENOSPC, f"No space left on device (failpoint {name})")
    else:
        raise ValueError(f"CCT_FAILPOINTS: {name}={act}: unknown act. Use kill or enospc.")
