"""Adds sums up before somebody asks for them, beside the pages of one process.

An act adds up what it moved before it counts as done. Whether something moved otherwise (a step on
the command line, or by the schedule) is looked for every two seconds. A page that is faster adds it
up itself: what is kept is the same.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
import structlog

from cct_engine.console.reading import approval, figures, payments, returned
from cct_engine.cycle import State, cycles
from cct_engine.cycle.states import is_past

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.cycle import Cycle
    from cct_engine.database import Database

__all__ = ["Keeper", "keep", "keep_after"]

_EVERY_SECONDS: Final = 2.0
_AFTER_FAILURE_SECONDS: Final = 15.0
_REST: Final = 3
"""It rests so many times as long as it worked, so that banks' answers under way go first."""
_PROVEN: Final = 4
"""Newest cycles whose proof is kept ready; of an older one it is added up when asked for."""


class Keeper:
    """One thread that keeps sums until it is stopped."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def begin(self) -> None:
        """Start keeping."""
        self._thread.start()

    def close(self) -> None:
        """Stop; a sum that is being added up is left."""
        self._stop.set()
        self._thread.join(timeout=1)

    def _run(self) -> None:
        pause, seen = _EVERY_SECONDS, None
        while not self._stop.wait(pause):
            started, pause = time.monotonic(), _AFTER_FAILURE_SECONDS
            with _unharmed():
                now = _state(self._database)
                if now != seen:
                    keep(self._database, self._stop)
                    seen = now
                pause = max(_EVERY_SECONDS, _REST * (time.monotonic() - started))


def _state(database: Database) -> object:
    """Return what changes whenever a sum of a cycle does."""
    with database.transaction() as connection:
        versions = {one.cycle_id: one.version for one in cycles(connection)}
        return versions, figures.moved(connection)


def keep(database: Database, stop: threading.Event | None = None) -> None:
    """Add up what is not kept yet, the newest cycles first, each in a transaction of its own."""
    with database.transaction() as connection:
        known = cycles(connection)
    for age, cycle in enumerate(reversed(known)):
        if stop is not None and stop.is_set():
            return
        with database.transaction() as connection:
            _keep(connection, cycle, is_new=age < _PROVEN)
    with database.transaction() as connection:
        returned.returns(connection, None, cycle="")


def keep_after(database: Database, subject: str) -> None:
    """Add up what an act on a ``subject`` moved: a cycle, or all that wait for the bank.

    An act is not undone because its sums could not be added up: that is logged.
    """
    kind, _, code = subject.partition("/")
    if kind not in {"cycle", "bank"}:
        return
    with _unharmed():
        with database.transaction() as connection:
            known = cycles(connection)
        for cycle in known:
            if cycle.code == code or (kind == "bank" and cycle.state is State.RELEASED):
                with database.transaction() as connection:
                    _keep(connection, cycle, is_new=True)


@contextmanager
def _unharmed() -> Iterator[None]:
    try:
        yield
    except sa.exc.SQLAlchemyError:
        structlog.get_logger().warning("console.not_kept", exc_info=True)


def _keep(connection: sa.Connection, cycle: Cycle, *, is_new: bool) -> None:
    if not is_past(cycle.state, State.CALCULATED):
        return
    figures.figures(connection, cycle)
    if not is_new:
        return
    figures.compared(connection, cycle)
    payments.chips(connection, cycle)
    if cycle.state in {State.RELEASED, State.CLOSED}:
        figures.proof(connection, cycle)
        returned.returns(connection, None, cycle=cycle.code)
    if is_past(cycle.state, State.CHECKED):
        approval.random_cases(connection, cycle)
        approval.large(connection, cycle)
        approval.listed_sums(connection, cycle)
