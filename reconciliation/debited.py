"""The bank took the money: a batch for a whole file, or entry by entry.

A batch settles a file if its amount is what the file comes to. Which payments a bank leaves out of
the debit depends on when it refused them, and its messages come in any order, so three sums are
right: without the refused that were not credited back, without all refused, and the control sum.
Any other amount goes to suspense whole, and is looked at again when more is known of its file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger import Event
from reconciliation.outcome import ENDED, UNDER_WAY, quoted
from reconciliation.stage import Message, run
from reconciliation.taken import DEBIT, take

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["AMOUNT_DIFFERS", "settle_files", "settle_items"]

AMOUNT_DIFFERS = "amount_differs"

_CANDIDATES = f"""
    SELECT entry_id, NULL::bigint AS item_id, position, account, currency, amount_minor, file_id,
           booked_on
    FROM recon_booking
    WHERE direction = 'DBIT' AND kind = 'ENTRY' AND NOT reversal
      AND instruction_id IS NULL AND file_id IS NOT NULL
    UNION ALL
    SELECT entry_id, item_id, position, account, currency, amount_minor, file_id, opened_on
    FROM recon.suspense_item
    WHERE state <> 'closed' AND direction = 'DBIT' AND booked AND reason = '{AMOUNT_DIFFERS}'
      AND instruction_id = 0 AND file_id IS NOT NULL AND entry_id IS NOT NULL"""
_REFUSED = """
    SELECT m.file_id, sum(i.amount_minor) AS refused_minor,
           coalesce(sum(i.amount_minor) FILTER (WHERE c.instruction_id IS NULL), 0) AS kept_minor
    FROM recon.match m
    JOIN bank.file f ON f.file_id = m.file_id
    JOIN cycle.instruction i ON i.instruction_id = m.instruction_id AND i.value_on = f.execution_on
    LEFT JOIN recon.match c ON c.file_id = m.file_id AND c.instruction_id = m.instruction_id
        AND c.evidence = 'credit' AND c.counts
    WHERE m.evidence = 'refusal' AND m.counts AND m.file_id IN (SELECT file_id FROM candidate)
    GROUP BY m.file_id"""


def settle_files(connection: sa.Connection, message: Message) -> None:
    """Find the batch debits that are right, and settle what they paid."""
    run(connection, "DELETE FROM recon_debited")
    found = run(
        connection,
        f"""WITH candidate AS ({_CANDIDATES}), refused AS ({_REFUSED})
        INSERT INTO recon_debited
        SELECT DISTINCT ON (c.file_id) c.file_id, c.entry_id, c.item_id, c.position, f.execution_on,
               c.booked_on,
               CASE c.amount_minor
                    WHEN f.total_minor - coalesce(r.kept_minor, 0) THEN 'all but kept'
                    WHEN f.total_minor - r.refused_minor THEN 'all but refused'
                    ELSE 'all' END
        FROM candidate c JOIN bank.file f USING (file_id) LEFT JOIN refused r USING (file_id)
        WHERE c.account = f.debtor_account AND c.currency = f.currency
          AND c.amount_minor IN (f.total_minor, f.total_minor - r.refused_minor,
                                 f.total_minor - r.kept_minor)
          AND NOT EXISTS (SELECT FROM recon.match k WHERE k.file_id = c.file_id
                          AND k.evidence = 'debit' AND k.counts)
        ORDER BY c.file_id, c.entry_id""",
    )
    if not found:
        return
    run(connection, "ANALYZE recon_debited")  # few rows, which stand for files of any size
    _match_files(connection, message)
    _settle_under_way(connection)
    _debit_ended(connection)


def _match_files(connection: sa.Connection, message: Message) -> None:
    run(
        connection,
        """INSERT INTO recon.match (inbox_file_id, position, instruction_id, file_id, evidence,
            counts, entry_id, posted, matched_at)
        SELECT :inbox, e.position, 0, d.file_id, 'debit', true, d.entry_id, :settled, :at
        FROM recon_debited d JOIN recon.entry e USING (entry_id)""",
        inbox=message.inbox_file_id,
        settled=int(Event.SETTLE),
        at=message.at,
    )
    run(
        connection,
        "DELETE FROM recon_booking b USING recon_debited d WHERE d.entry_id = b.entry_id",
    )
    run(
        connection,
        f"""WITH matched AS (
            UPDATE recon.suspense_item s
            SET state = 'closed', closed_as = 'matched', closed_at = :at, closed_in = :inbox,
                version = s.version + 1
            FROM recon_debited d WHERE d.item_id = s.item_id AND s.state <> 'closed' RETURNING s.*)
        INSERT INTO recon_posting
        SELECT {Event.ADVANCE_RETURNED:d}, programme_id, fund_id, cycle_id, NULL, opened_on,
               currency, 0, item_id, amount_minor, item_id
        FROM matched""",
        at=message.at,
        inbox=message.inbox_file_id,
    )


def _settle_under_way(connection: sa.Connection) -> None:
    """What is neither refused nor credited back is settled; that is what every cover has."""
    run(
        connection,
        f"""WITH moved AS (
            UPDATE cycle.instruction i SET state = 'settled', version = i.version + 1
            FROM recon_debited d
            WHERE i.file_id = d.file_id AND i.value_on = d.execution_on
              AND i.state IN ({quoted(UNDER_WAY)})
            RETURNING i.instruction_id, i.value_on, i.file_id, i.ordinal, i.rail, i.currency,
                      d.booked_on, d.position, d.entry_id)
        INSERT INTO recon_moved
        SELECT instruction_id, value_on, file_id, 'debit', {Event.SETTLE:d}, booked_on, ordinal,
               rail, currency, position, entry_id
        FROM moved""",
    )


def _debit_ended(connection: sa.Connection) -> None:
    """What was refused or credited before, and is in the debit: the bank owes it, or gave it."""
    run(
        connection,
        f"""WITH evidence AS (
            SELECT m.file_id, m.instruction_id, bool_or(m.evidence = 'refusal') AS is_refused,
                   bool_or(m.evidence = 'credit') AS is_credited
            FROM recon.match m JOIN recon_debited d ON d.file_id = m.file_id
            WHERE m.counts AND m.evidence <> 'debit' GROUP BY m.file_id, m.instruction_id),
        covered AS (
            SELECT e.instruction_id, d.*
            FROM evidence e JOIN recon_debited d USING (file_id)
            WHERE d.cover = 'all'
               OR (d.cover = 'all but kept' AND (e.is_credited OR NOT e.is_refused))
               OR (d.cover = 'all but refused' AND NOT e.is_refused)),
        moved AS (
            UPDATE cycle.instruction i
            SET state = CASE i.state WHEN 'expired' THEN 'expired' ELSE 'returned' END,
                version = i.version + 1
            FROM covered c
            WHERE i.instruction_id = c.instruction_id AND i.value_on = c.execution_on
              AND i.state IN ({quoted(ENDED)})
            RETURNING i.instruction_id, i.amount_minor, i.currency, c.position, c.file_id,
                      c.booked_on)
        INSERT INTO recon_movement
        SELECT 'debited_though_refused', 'DBIT', NULL, m.position, f.debtor_account, f.message_id,
               '', m.currency, m.amount_minor, true, f.programme_id, f.fund_id, f.cycle_id,
               m.instruction_id, m.file_id, m.booked_on
        FROM moved m JOIN bank.file f USING (file_id)""",
    )


def settle_items(connection: sa.Connection, message: Message) -> None:
    """Settle instructions that the bank debited one by one, with the exact amount."""
    take(connection, message, DEBIT)
