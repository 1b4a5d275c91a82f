"""The bank credited money back: a return, whichever way it is told.

A credit counts for an instruction with its exact amount, currency and account, once. Whether the
debit came before decides which posting it is, not whether it counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger import Event
from reconciliation.outcome import ENDED, UNDER_WAY, quoted
from reconciliation.stage import Message, run

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["charge", "give_back"]

_GIVES_BACK = "(n.kind = 'RETURN' OR (n.kind = 'ENTRY' AND NOT n.reversal))"


def give_back(connection: sa.Connection, message: Message) -> None:
    """Apply the credits that name an instruction of ours exactly."""
    found = run(
        connection,
        f"""WITH chosen AS (
            SELECT DISTINCT ON (n.instruction_id) n.*, i.state AS was
            FROM recon_new n JOIN bank.file f USING (file_id)
            JOIN cycle.instruction i USING (instruction_id, value_on)
            WHERE NOT n.used AND n.direction = 'CRDT' AND {_GIVES_BACK}
              AND n.account = f.debtor_account AND n.currency = i.currency
              AND n.amount_minor = i.amount_minor
              AND NOT EXISTS (SELECT FROM recon.match k WHERE k.file_id = n.file_id
                  AND k.instruction_id = n.instruction_id AND k.evidence = 'credit' AND k.counts)
            ORDER BY n.instruction_id, n.entry_id)
        INSERT INTO recon.match (inbox_file_id, position, instruction_id, file_id, evidence, counts,
            entry_id, posted, reason_list, reason, action, matched_at)
        SELECT :inbox, position, instruction_id, file_id, 'credit', true, entry_id,
               CASE WHEN was = 'settled' THEN {Event.RETURN_AFTER:d}
                    WHEN was IN ({quoted(UNDER_WAY)}) THEN {Event.RETURN_BEFORE:d} ELSE 0 END,
               reason_list, reason, action, :at
        FROM chosen""",
        inbox=message.inbox_file_id,
        at=message.at,
    )
    if found:
        _end(connection, message)
        _await_debits(connection)


def _end(connection: sa.Connection, message: Message) -> None:
    run(
        connection,
        f"""WITH credited AS (
            SELECT n.instruction_id, n.value_on, n.booked_on, n.position, n.entry_id, m.posted,
                   m.reason_list, m.reason
            FROM recon.match m JOIN recon_new n USING (entry_id)
            WHERE m.inbox_file_id = :inbox AND m.evidence = 'credit'),
        moved AS (
            UPDATE cycle.instruction i
            SET state = 'returned', version = i.version + 1,
                reason_list = CASE WHEN c.posted = 0 THEN i.reason_list ELSE c.reason_list END,
                reason = CASE WHEN c.posted = 0 THEN i.reason ELSE c.reason END
            FROM credited c
            WHERE i.instruction_id = c.instruction_id AND i.value_on = c.value_on
              AND i.state IN ({quoted((*UNDER_WAY, "settled", *ENDED))})
            RETURNING i.*, c.booked_on, c.position, c.entry_id, c.posted),
        used AS (UPDATE recon_new n SET used = true FROM credited c WHERE c.entry_id = n.entry_id)
        INSERT INTO recon_moved
        SELECT instruction_id, value_on, file_id, 'credit', posted, booked_on, ordinal, rail,
               currency, position, entry_id
        FROM moved""",
        inbox=message.inbox_file_id,
    )


def _await_debits(connection: sa.Connection) -> None:
    """Credits of what no debit was seen of: they close the item that waits for them, or are one."""
    run(
        connection,
        """INSERT INTO recon_movement
        SELECT 'debit_awaited', 'CRDT', n.entry_id, n.position, n.account, n.reference, n.item,
               n.currency, n.amount_minor, true, n.programme_id, n.fund_id, n.cycle_id,
               n.instruction_id, n.file_id, n.booked_on
        FROM recon_moved m JOIN recon_new n USING (entry_id)
        WHERE m.evidence = 'credit' AND m.event <> :returned_after""",
        returned_after=int(Event.RETURN_AFTER),
    )


def charge(connection: sa.Connection) -> None:
    """Book what the bank charges for its work."""
    run(
        connection,
        f"""WITH charged AS (
            UPDATE recon_new SET used = true
            WHERE NOT used AND kind = 'CHARGE' AND direction = 'DBIT' AND NOT reversal
              AND currency = own_currency
            RETURNING *)
        INSERT INTO recon_posting
        SELECT {Event.BANK_CHARGE:d}, programme_id, fund_id, cycle_id, NULL, booked_on, currency, 0,
               entry_id, amount_minor, entry_id
        FROM charged""",
    )
