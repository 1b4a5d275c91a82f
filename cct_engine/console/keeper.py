"""Adds sums up before somebody asks for them, beside the pages of one process.

Every few seconds it looks for lists, and answers of the bank, whose sums are not kept yet. A page
that is faster adds them up itself: what is kept is the same.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
import structlog

from cct_engine.console.reading import approval, figures, payments, returned
from cct_engine.cycle import State, cycles
from cct_engine.cycle.states import is_past

if TYPE_CHECKING:
    from cct_engine.cycle import Cycle
    from cct_engine.database import Database

__all__ = ["Keeper", "keep"]

_EVERY_SECONDS: Final = 15.0
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
        while not self._stop.wait(_EVERY_SECONDS):
            try:
                keep(self._database, self._stop)
            except sa.exc.SQLAlchemyError:
                structlog.get_logger().warning("console.not_kept", exc_info=True)


def keep(database: Database, stop: threading.Event | None = None) -> None:
    """Add up what is not kept yet, the newest cycles first, each in a transaction of its own."""
    with database.transaction() as connection:
        known = cycles(connection)
    for age, cycle in enumerate(reversed(known)):
        if stop is not None and stop.is_set():
            return
        if is_past(cycle.state, State.CALCULATED):
            with database.transaction() as connection:
                _keep(connection, cycle, is_new=age < _PROVEN)
    with database.transaction() as connection:
        returned.returns(connection, None, cycle="")


def _keep(connection: sa.Connection, cycle: Cycle, *, is_new: bool) -> None:
    figures.figures(connection, cycle)
    if not is_new:
        return
    figures.sent(connection, cycle)
    figures.compared(connection, cycle)
    payments.chips(connection, cycle)
    if cycle.state in {State.RELEASED, State.CLOSED}:
        figures.proof(connection, cycle)
    if is_past(cycle.state, State.CHECKED):
        approval.random_cases(connection, cycle)
        approval.large(connection, cycle)
        approval.listed_sums(connection, cycle)
