"""The work tables of one message of the bank: made for a transaction, gone with it.

Each step reads and fills them with one statement over all rows; nothing passes through Python row
by row. They have keys because the planner knows nothing of rows this young: whatever it expects, a
join is then at worst one look-up a row.

| table | a row is |
|---|---|
| recon_reason | a reason code of the message, and what it means for us |
| recon_status | a status line of the message, and the file it is about |
| recon_referred | a status line, and the instruction of ours it is about |
| recon_aim | an instruction, and the strongest that the message says of it |
| recon_booking | an entry of the message and what of ours it names, until something explains it |
| recon_told | a bank reference under which the same sum was known before |
| recon_debited | a file whose debit is booked now |
| recon_moved | an instruction whose state changed now, and the posting that follows |
| recon_movement | money on a bank account that no posting of an instruction explains |
| recon_posting | a line for the ledger |
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

__all__ = [
    "Message",
    "clear",
    "learn",
    "learn_events",
    "pair",
    "prepare",
    "run",
    "value",
    "without",
]

_TABLES = """
CREATE TEMP TABLE recon_reason (reason_list text, reason text, action text) ON COMMIT DROP;
CREATE TEMP TABLE recon_status (
    position bigint, kind text, reason_list text, reason text, amount_minor bigint, currency text,
    end_to_end_id text, instruction_id_text text, effect text, file_id bigint, execution_on date,
    is_fileless boolean) ON COMMIT DROP;
CREATE TEMP TABLE recon_referred (
    position bigint PRIMARY KEY, effect text, reason_list text, reason text, instruction_id bigint,
    value_on date, file_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE recon_aim (
    position bigint, effect text, reason_list text, reason text, action text,
    instruction_id bigint PRIMARY KEY, value_on date, file_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE recon_booking (
    position bigint PRIMARY KEY, entry_id bigint, kind text, account text, reference text,
    direction text, currency text, amount_minor bigint, item text, occurrence integer,
    reversal boolean, booked_on date, reason_list text, reason text, action text,
    instruction_id bigint, value_on date, file_id bigint, programme_id integer, fund_id integer,
    cycle_id integer, own_currency text, has_reference boolean) ON COMMIT DROP;
CREATE TEMP TABLE recon_told (
    account text, reference text, direction text, currency text, identifies boolean)
    ON COMMIT DROP;
CREATE TEMP TABLE recon_debited (
    file_id bigint, entry_id bigint, item_id bigint, position bigint, execution_on date,
    booked_on date, cover text) ON COMMIT DROP;
CREATE TEMP TABLE recon_moved (
    instruction_id bigint, value_on date, file_id bigint, evidence text, event integer,
    posted_on date, ordinal integer, rail text, currency text, position bigint,
    entry_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE recon_movement (
    reason text, direction text, entry_id bigint, position bigint, account text, reference text,
    item text, currency text, amount_minor bigint, booked boolean, programme_id integer,
    fund_id integer, cycle_id integer, instruction_id bigint, file_id bigint, moved_on date
    ) ON COMMIT DROP;
CREATE TEMP TABLE recon_posting (
    event integer, programme_id integer, fund_id integer, cycle_id integer, conduit text,
    value_on date, currency text, subject_id bigint, seq integer, amount_minor bigint,
    reference bigint) ON COMMIT DROP;
"""
_NAMES = (
    "recon_reason",
    "recon_status",
    "recon_referred",
    "recon_aim",
    "recon_booking",
    "recon_told",
    "recon_debited",
    "recon_moved",
    "recon_movement",
    "recon_posting",
)
_SMALL = 5_000  # rows that are deleted faster than a table is truncated, and joined well unseen
_LOOK = 1  # statistics_target: 300 rows. How many there are is what counts; that is known exactly


class Message(NamedTuple):
    """The inbox file being applied. ``at`` is the instant of posting, ``on`` its date (UTC)."""

    inbox_file_id: int
    sha256: str
    received_on: date
    event_count: int
    at: datetime

    @property
    def on(self) -> date:
        """The date of what carries no date of its own."""
        return self.at.date()


def prepare(connection: sa.Connection) -> None:
    """Make the work tables of this transaction, unless it has them."""
    if value(connection, "SELECT to_regclass('pg_temp.recon_posting') IS NULL"):
        connection.exec_driver_sql(_TABLES)


def clear(connection: sa.Connection, row_count: int) -> None:
    """Empty the work tables after a message; ``row_count``: of the fullest."""
    if row_count <= _SMALL:
        connection.exec_driver_sql("; ".join(f"DELETE FROM {name}" for name in _NAMES))
    else:
        connection.exec_driver_sql(f"TRUNCATE {', '.join(_NAMES)}")


def learn(connection: sa.Connection, table: str, row_count: int) -> None:
    """Let the planner know how full a work table is, where that matters."""
    if row_count > _SMALL:
        connection.exec_driver_sql(
            f"SET LOCAL default_statistics_target = {_LOOK}; ANALYZE {table}; "
            "SET LOCAL default_statistics_target TO DEFAULT"
        )


def learn_events(connection: sa.Connection, message: Message) -> None:
    """Let the planner know of the message's own events, where that matters."""
    if message.event_count > _SMALL:
        connection.execute(sa.select(sa.func.recon.refresh_statistics(message.received_on)))


@contextmanager
def without(connection: sa.Connection, message: Message, *joins: str) -> Iterator[None]:
    """Keep the planner from ways to join (``hash``, ``merge``) that many rows would spill in.

    It knows little of expressions and places, and would sort a whole message to look up the few
    files it names, or read a whole month of payments to find those that it holds the places of.
    """
    ways = joins if message.event_count > _SMALL else ()
    for way in ways:
        connection.exec_driver_sql(f"SET LOCAL enable_{way}join = off")
    yield
    for way in ways:
        connection.exec_driver_sql(f"SET LOCAL enable_{way}join TO DEFAULT")


def run(connection: sa.Connection, statement: str, **parameters: Any) -> int:
    """Run one statement and return how many rows it touched."""
    return connection.execute(_parsed(statement), parameters).rowcount


def pair(connection: sa.Connection, statement: str, **parameters: Any) -> tuple[int, int]:
    """Return the two numbers a statement yields."""
    left, right = connection.execute(_parsed(statement), parameters).one()
    return int(left), int(right)


def value(connection: sa.Connection, statement: str, **parameters: Any) -> Any:
    """Return the single value a statement yields."""
    return connection.execute(_parsed(statement), parameters).scalar()


@cache
def _parsed(statement: str) -> sa.TextClause:
    """Our statements are constants; each is parsed for its parameters once."""
    return sa.text(statement)
