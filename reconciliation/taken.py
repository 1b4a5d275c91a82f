"""Entries that explain themselves: each names one instruction of ours, to the last digit.

Amount, currency and account are right, and it is the first of its kind for that instruction.

All of a message are chosen, matched and applied at once, with one statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ledger import Event
from reconciliation.errors import ReconciliationError
from reconciliation.outcome import ENDED, UNDER_WAY, quoted
from reconciliation.stage import Message, learn, pair

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["CREDIT", "DEBIT", "Evidence", "refuse_half", "take"]


class Evidence(NamedTuple):
    """What an entry that explains itself shows of its instruction.

    ``entries``: which they are. ``moves``: what the instruction becomes, and the posting of it, by
    its state; 0: none of its own. ``awaits``: which postings leave money at the bank that the books
    do not explain yet, and as what it is open. ``posted``: what the match says was posted.
    ``tells_reason``: whether its reason is the instruction's. ``whole_files``: whether one of a
    whole file is one of each of its instructions.
    """

    name: str
    entries: str
    moves: dict[str, tuple[Event | int, str]]
    awaits: str
    open_as: str
    posted: str
    tells_reason: bool
    whole_files: bool


# Money of a payment that ended came or went; a right that expired does not come back with it.
_LATE: Final[dict[str, tuple[Event | int, str]]] = {
    was: (0, "expired" if was == "expired" else "returned") for was in ENDED
}
DEBIT: Final = Evidence(
    name="debit",
    entries="b.direction = 'DBIT' AND b.kind = 'ENTRY' AND NOT b.reversal",
    moves=dict.fromkeys(UNDER_WAY, (Event.SETTLE, "settled")) | _LATE,
    awaits="event = 0",
    open_as="debited_though_refused",
    posted=f"{Event.SETTLE:d}",
    tells_reason=False,
    whole_files=True,
)
CREDIT: Final = Evidence(
    name="credit",
    entries="b.direction = 'CRDT' AND (b.kind = 'RETURN' OR (b.kind = 'ENTRY' AND NOT b.reversal))",
    moves={"settled": (Event.RETURN_AFTER, "returned")}
    | dict.fromkeys(UNDER_WAY, (Event.RETURN_BEFORE, "returned"))
    | _LATE,
    awaits=f"event <> {Event.RETURN_AFTER:d}",
    open_as="debit_awaited",
    posted="event",
    tells_reason=True,
    whole_files=False,
)


def take(connection: sa.Connection, message: Message, evidence: Evidence) -> None:
    """Choose, match and apply, in one pass: what each entry of a message shows of a payment.

    The entries are explained; those whose other side is still to come leave a movement.
    """
    found, moved = pair(
        connection,
        f"""WITH taken (entry_id, position, instruction_id, value_on, file_id, booked_on,
            reason_list, reason, action, place, part, was, event, ordinal, rail, currency)
            AS MATERIALIZED ({_taken(evidence)}),
        matched AS (
            INSERT INTO recon.match (inbox_file_id, position, instruction_id, file_id, evidence,
                counts, entry_id, posted, reason_list, reason, action, matched_at)
            SELECT :inbox, position, instruction_id, file_id, '{evidence.name}', true, entry_id,
                   {evidence.posted}, coalesce(reason_list, ''), coalesce(reason, ''),
                   coalesce(action, ''), :at
            FROM taken),
        awaited AS (
            INSERT INTO recon_movement
            SELECT '{evidence.open_as}', b.direction, entry_id, position, b.account, b.reference,
                   b.item, b.currency, b.amount_minor, true, b.programme_id, b.fund_id, b.cycle_id,
                   t.instruction_id, t.file_id, t.booked_on
            FROM taken t JOIN recon_booking b USING (position, entry_id) WHERE t.{evidence.awaits}),
        moved AS (
            UPDATE cycle.instruction i
            SET state = {_becomes(evidence)}, version = i.version + 1,
                reason_list = CASE WHEN t.event > 0 THEN coalesce(t.reason_list, i.reason_list)
                              ELSE i.reason_list END,
                reason = CASE WHEN t.event > 0 THEN coalesce(t.reason, i.reason) ELSE i.reason END
            FROM taken t
            WHERE i.ctid = t.place AND i.tableoid = t.part AND i.value_on = t.value_on
              AND i.instruction_id = t.instruction_id AND i.state = t.was
            RETURNING i.instruction_id, i.value_on, t.file_id, t.event, t.booked_on, t.ordinal,
                      t.rail, t.currency, t.position, t.entry_id),
        noted AS (
            INSERT INTO recon_moved
            SELECT instruction_id, value_on, file_id, '{evidence.name}', event, booked_on, ordinal,
                   rail, currency, position, entry_id
            FROM moved RETURNING 1)
        SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM noted)""",
        inbox=message.inbox_file_id,
        at=message.at,
    )
    refuse_half(found, moved)
    learn(connection, "recon_moved", moved)


def _becomes(evidence: Evidence) -> str:
    """Tell what a payment becomes, in SQL."""
    moves = " ".join(f"WHEN '{was}' THEN '{now}'" for was, (_, now) in evidence.moves.items())
    return f"CASE i.state {moves} END"


def _taken(evidence: Evidence) -> str:
    """Select the entries that explain themselves, the first of each instruction.

    Evidence that counts ends a payment or settles it, so of one under way there is none of its own;
    the key of recon.match would refuse it. OFFSET 0: looked up row by row, and only where needed.
    """
    told = ("b.reason_list", "b.reason", "b.action")
    reason = ", ".join(told if evidence.tells_reason else ("NULL::text",) * len(told))
    moves = evidence.moves.items()
    events = " ".join(f"WHEN '{was}' THEN {event:d}" for was, (event, _) in moves)
    whom = "(b.instruction_id, 0)" if evidence.whole_files else "(b.instruction_id)"
    lives = "" if evidence.whole_files else f"i.state NOT IN ({quoted(ENDED)}) OR "
    return f"""
        SELECT DISTINCT ON (b.instruction_id) b.entry_id, b.position, b.instruction_id, b.value_on,
               b.file_id, b.booked_on, {reason}, i.ctid, i.tableoid, i.state,
               CASE i.state {events} END, i.ordinal, i.rail, i.currency
        FROM recon_booking b JOIN bank.file f USING (file_id)
        JOIN cycle.instruction i USING (instruction_id, value_on)
        WHERE {evidence.entries} AND b.account = f.debtor_account AND b.currency = i.currency
          AND b.amount_minor = i.amount_minor AND i.state IN ({quoted(tuple(evidence.moves))})
          AND ({lives}NOT EXISTS (SELECT FROM recon.match k WHERE k.file_id = b.file_id
              AND k.instruction_id IN {whom} AND k.evidence = '{evidence.name}' AND k.counts
              OFFSET 0))
        ORDER BY b.instruction_id, b.position"""


def refuse_half(found: int, moved: int) -> None:
    """Refuse to go on if not every payment that the bank tells of could be moved."""
    if moved != found:
        raise ReconciliationError(
            f"The bank tells of {found} payments, {moved} of them could be moved: someone else "
            "moved the others meanwhile. Undo this transaction and reconcile again."
        )
