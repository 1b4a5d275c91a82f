"""Entries that explain themselves: each names one instruction of ours, to the last digit.

Amount, currency and account are right, and it is the first of its kind for that instruction.

All of a message are chosen, matched and applied at once, with one statement each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ledger import Event
from reconciliation.errors import ReconciliationError
from reconciliation.outcome import ENDED, UNDER_WAY
from reconciliation.stage import Message, learn, run

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["CREDIT", "DEBIT", "Evidence", "leave", "take"]


class Evidence(NamedTuple):
    """What an entry that explains itself shows of its instruction.

    ``entries``: which they are. ``moves``: what the instruction becomes, and the posting of it, by
    its state; 0: none of its own. ``posted``: what the match says was posted. ``tells_reason``:
    whether its reason is the instruction's. ``whole_files``: whether one of a whole file is one of
    each of its instructions.
    """

    name: str
    entries: str
    moves: dict[str, tuple[Event | int, str]]
    posted: str
    tells_reason: bool
    whole_files: bool


# Money of a payment that ended came or went; a right that expired does not come back with it.
_LATE: Final[dict[str, tuple[Event | int, str]]] = {
    was: (0, "expired" if was == "expired" else "returned") for was in ENDED
}
DEBIT: Final = Evidence(
    name="debit",
    entries="n.direction = 'DBIT' AND n.kind = 'ENTRY' AND NOT n.reversal",
    moves=dict.fromkeys(UNDER_WAY, (Event.SETTLE, "settled")) | _LATE,
    posted=f"{Event.SETTLE:d}",
    tells_reason=False,
    whole_files=True,
)
CREDIT: Final = Evidence(
    name="credit",
    entries="n.direction = 'CRDT' AND (n.kind = 'RETURN' OR (n.kind = 'ENTRY' AND NOT n.reversal))",
    moves={"settled": (Event.RETURN_AFTER, "returned")}
    | dict.fromkeys(UNDER_WAY, (Event.RETURN_BEFORE, "returned"))
    | _LATE,
    posted="event",
    tells_reason=True,
    whole_files=False,
)


def take(connection: sa.Connection, message: Message, evidence: Evidence) -> int:
    """Choose, match and apply; return how many. They lie in ``recon_taken`` until left."""
    found = _choose(connection, evidence)
    if found == 0:
        return 0
    learn(connection, "recon_taken", found)
    run(
        connection,
        f"""INSERT INTO recon.match (inbox_file_id, position, instruction_id, file_id, evidence,
            counts, entry_id, posted, reason_list, reason, action, matched_at)
        SELECT :inbox, position, instruction_id, file_id, '{evidence.name}', true, entry_id,
               {evidence.posted}, coalesce(reason_list, ''), coalesce(reason, ''),
               coalesce(action, ''), :at
        FROM recon_taken""",
        inbox=message.inbox_file_id,
        at=message.at,
    )
    _move(connection, evidence, found)
    return found


def _choose(connection: sa.Connection, evidence: Evidence) -> int:
    reason = "n.reason_list, n.reason, n.action" if evidence.tells_reason else "NULL, NULL, NULL"
    moves = ", ".join(
        f"('{was}', {event:d}, '{becomes}')" for was, (event, becomes) in evidence.moves.items()
    )
    return run(
        connection,
        f"""INSERT INTO recon_taken
        SELECT DISTINCT ON (n.instruction_id) n.entry_id, n.position, n.instruction_id, n.value_on,
               n.file_id, n.booked_on, {reason}, m.event, m.becomes, i.ordinal, i.rail, i.currency
        FROM recon_new n JOIN bank.file f USING (file_id)
        JOIN cycle.instruction i USING (instruction_id, value_on)
        JOIN (VALUES {moves}) AS m (was, event, becomes) ON m.was = i.state
        WHERE {evidence.entries} AND n.account = f.debtor_account AND n.currency = i.currency
          AND n.amount_minor = i.amount_minor
          AND NOT EXISTS (SELECT FROM recon.match k WHERE k.file_id = n.file_id
              AND k.instruction_id IN (n.instruction_id{", 0" if evidence.whole_files else ""})
              AND k.evidence = '{evidence.name}' AND k.counts)
        ORDER BY n.instruction_id, n.entry_id""",
    )


def _move(connection: sa.Connection, evidence: Evidence, found: int) -> None:
    states = ", ".join(f"'{was}'" for was in evidence.moves)
    moved = run(
        connection,
        f"""UPDATE cycle.instruction i
        SET state = t.becomes, version = i.version + 1,
            reason_list = CASE WHEN t.event > 0 THEN coalesce(t.reason_list, i.reason_list)
                          ELSE i.reason_list END,
            reason = CASE WHEN t.event > 0 THEN coalesce(t.reason, i.reason) ELSE i.reason END
        FROM recon_taken t
        WHERE i.instruction_id = t.instruction_id AND i.value_on = t.value_on
          AND i.state IN ({states})""",
    )
    if moved != found:
        raise ReconciliationError(
            f"{found} entries of the bank name a payment each, {moved} could be moved: someone "
            "else moved the others meanwhile. Undo this transaction and reconcile again."
        )
    run(
        connection,
        f"""INSERT INTO recon_moved
        SELECT instruction_id, value_on, file_id, '{evidence.name}', event, booked_on, ordinal,
               rail, currency, position, entry_id
        FROM recon_taken""",
    )


def leave(connection: sa.Connection) -> None:
    """Count what was taken as explained, and make room for the next."""
    run(connection, "DELETE FROM recon_new n USING recon_taken t WHERE t.entry_id = n.entry_id")
    run(connection, "DELETE FROM recon_taken")
