"""Run by a test: post in children that are killed at every step of the ledger's own code.

Prints how many children were killed and whether the head came out as of a run never killed.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import ledger
from ledger import Event

if TYPE_CHECKING:
    from types import FrameType

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STRIDE = 11
STEPS = ((Event.ENTITLE, "entitle"), (Event.INSTRUCT, "instruct"))


def post_all(connection: sa.Connection) -> str | None:
    for event, key in STEPS:
        batch = ledger.Batch(
            event=event,
            programme_id=1,
            fund_id=1,
            cycle_id=1,
            value_on=date(2026, 3, 10),
            currency="INR",
            key=key,
            prepared_by=7,
            approved_by=8,
            recorded_at=AT,
        )
        lines = ledger.Lines.of(subject=range(1, 51), amount_minor=range(101, 151))
        ledger.post(connection, batch, lines)
    return ledger.head(connection)


def run_and_die(url: str, at_step: int) -> None:
    """Post with a connection of its own; die at the given step into or out of ledger code."""
    steps = 0

    def count(frame: FrameType, _event: str, _argument: Any) -> None:
        nonlocal steps
        if f"{os.sep}ledger{os.sep}" in frame.f_code.co_filename:
            steps += 1
            if steps == at_step:
                os.kill(os.getpid(), signal.SIGKILL)

    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        sys.setprofile(count)
        post_all(connection)
        sys.setprofile(None)
    os._exit(0)


def is_killed(url: str, at_step: int) -> bool:
    child = os.fork()
    if child == 0:
        run_and_die(url, at_step)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main(url: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        expected = post_all(connection)
        connection.rollback()
    deaths = 0
    while is_killed(url, at_step=1 + deaths * STRIDE):
        deaths += 1
        with engine.connect() as connection:
            for table in ("batch", "journal", "seal", "balance_block"):
                rows = connection.execute(sa.text(f"SELECT count(*) FROM ledger.{table}"))
                if rows.scalar_one() != 0:
                    sys.exit(f"{table} kept rows of a posting killed at step {deaths * STRIDE}")
    with engine.begin() as connection:
        head = post_all(connection)
    sys.stdout.write(f"{deaths} {'same' if head == expected else 'different'}\n")


main(sys.argv[1])
