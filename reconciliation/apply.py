"""Apply what the bank said: message by message, in order of arrival, each once and whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from reconciliation import (
    credited,
    debited,
    entries,
    locks,
    notices,
    open_items,
    refused,
    schema,
    settle,
    stage,
)
from reconciliation.claims import claim_confirmed, claim_entries, look_at
from reconciliation.stage import Message, run, value
from reconciliation.statuses import aim_statuses, unrecognised

if TYPE_CHECKING:
    from datetime import datetime

    from ledger import Seal

__all__ = ["Outcome", "reconcile"]

_INBOX = schema.inbox_file


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of ``reconcile`` came to.

    ``applied_count``: instructions whose state changed; ``repeated_count``: bookings known before;
    ``suspense_count``: open items that came up; ``unrecognised_count``: statuses about nothing of
    ours; ``notice_count``: remarks about payees' accounts. ``seals``: what was posted.
    """

    file_count: int = 0
    applied_count: int = 0
    repeated_count: int = 0
    suspense_count: int = 0
    unrecognised_count: int = 0
    notice_count: int = 0
    seals: tuple[Seal, ...] = field(default=())

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.file_count + other.file_count,
            self.applied_count + other.applied_count,
            self.repeated_count + other.repeated_count,
            self.suspense_count + other.suspense_count,
            self.unrecognised_count + other.unrecognised_count,
            self.notice_count + other.notice_count,
            self.seals + other.seals,
        )


def reconcile(
    connection: sa.Connection, *, at: datetime, file_count_max: int | None = None
) -> Outcome:
    """Apply the received messages that wait, oldest first; quarantined ones never.

    All of it happens in the caller's transaction: states, open items and ledger batches together or
    not at all. Running it again finds nothing to do. ``file_count_max`` leaves the rest waiting.
    ``at`` is the instant of posting; entries are posted on the day the bank booked them.
    """
    locks.books(connection)
    waiting = connection.execute(
        sa.select(
            _INBOX.c.inbox_file_id, _INBOX.c.sha256, _INBOX.c.received_on, _INBOX.c.event_count
        )
        .where(_INBOX.c.state == "received")
        .order_by(_INBOX.c.inbox_file_id)
        .limit(file_count_max)
    ).all()
    stage.prepare(connection)
    outcome = Outcome()
    for row in waiting:
        message = Message(*row, at=at)
        applied = _apply(connection, message)
        stage.clear(connection, max(message.event_count, applied.applied_count))
        outcome += applied
    return outcome


def _apply(connection: sa.Connection, message: Message) -> Outcome:
    stage.learn_events(connection, message)
    contents = look_at(connection, message)
    lifted = opened = unclear = repeated = confirmed = 0
    if contents.has_statuses:
        aim_statuses(connection, message)
        confirmed = claim_confirmed(connection, message)
        refused.refuse(connection, message)
        opened += open_items.absorb(connection, message)
        lifted = refused.lift(connection, message)
        unclear = unrecognised(connection)
        debited.settle_files(connection, message)
        opened += open_items.absorb(connection, message)
    if contents.has_entries:
        claim_entries(connection, message)
    if contents.has_entries or confirmed:
        repeated = entries.keep_new(connection, message)
    noticed = notices.notice_payees(connection, message)
    if contents.has_entries or confirmed:
        opened += _book_entries(connection, message)
    open_items.even_out_batches(connection, message)
    _tell_gravest_reason(connection, message)
    moved = int(value(connection, "SELECT count(*) FROM recon_moved"))
    settle.draw_lines(connection, message, moved)
    outcome = Outcome(
        file_count=1,
        applied_count=lifted + moved,
        repeated_count=repeated,
        suspense_count=opened,
        unrecognised_count=unclear,
        notice_count=noticed,
        seals=settle.post_all(connection, message),
    )
    _mark_applied(connection, message, outcome)
    return outcome


def _book_entries(connection: sa.Connection, message: Message) -> int:
    """Match the new entries; return how many open items came up.

    Debits are looked at before credited, the usual order of a day, and again after them: a credit
    may show that a refused payment was in the debit after all.
    """
    opened = 0
    debited.settle_items(connection, message)
    for step in (debited.settle_files, credited.give_back, debited.settle_files):
        step(connection, message)
        opened += open_items.absorb(connection, message)
    credited.charge(connection)
    for reversals in (False, True):
        open_items.leave_over(connection, reversals=reversals)
        opened += open_items.absorb(connection, message)
    return opened


def _tell_gravest_reason(connection: sa.Connection, message: Message) -> None:
    """Of several reasons for one instruction the gravest stands, whichever came first.

    What posted something ended an instruction that nothing had been told of before.
    """
    run(
        connection,
        f"""WITH told AS (
            SELECT DISTINCT m.file_id, m.instruction_id, f.execution_on
            FROM recon.match m JOIN bank.file f USING (file_id)
            WHERE m.inbox_file_id = :inbox AND m.evidence <> 'debit' AND m.posted = 0),
        gravest AS (
            SELECT DISTINCT ON (t.instruction_id) t.*, m.reason_list, m.reason
            FROM told t JOIN (
                SELECT * FROM recon.match WHERE counts
                UNION ALL SELECT * FROM recon.match WHERE NOT counts) m
                USING (file_id, instruction_id)
            WHERE m.evidence <> 'debit'
            ORDER BY t.instruction_id, {GRAVITY} DESC, m.reason_list, m.reason)
        UPDATE cycle.instruction i
        SET reason_list = g.reason_list, reason = g.reason, version = i.version + 1
        FROM gravest g
        WHERE i.instruction_id = g.instruction_id AND i.value_on = g.execution_on
          AND (i.reason_list, i.reason) <> (g.reason_list, g.reason)""",
        inbox=message.inbox_file_id,
    )


GRAVITY = """CASE m.action WHEN 'STOP_DECEASED' THEN 6 WHEN 'COMPLIANCE' THEN 5
    WHEN 'OUR_FAULT' THEN 4 WHEN 'UNCLASSIFIED' THEN 3 WHEN 'FIX_ACCOUNT' THEN 2 ELSE 1 END"""


def _mark_applied(connection: sa.Connection, message: Message, outcome: Outcome) -> None:
    connection.execute(
        sa.update(_INBOX)
        .values(
            state="applied",
            applied_at=message.at,
            applied_count=outcome.applied_count,
            repeated_count=outcome.repeated_count,
            suspense_count=outcome.suspense_count,
            unrecognised_count=outcome.unrecognised_count,
        )
        .where(_INBOX.c.inbox_file_id == message.inbox_file_id, _INBOX.c.state == "received")
    )
