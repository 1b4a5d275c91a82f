"""The bank credited money back: a return, whichever way it is told.

A credit counts for an instruction with its exact amount, currency and account, once. Whether the
debit came before decides which posting it is, not whether it counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger import Event
from reconciliation.stage import Message, run
from reconciliation.taken import CREDIT, leave, take

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["charge", "give_back"]


def give_back(connection: sa.Connection, message: Message) -> None:
    """Apply the credits that name an instruction of ours exactly.

    Credits of what no debit was seen of close the item that waits for them, or are one.
    """
    if not take(connection, message, CREDIT):
        return
    run(
        connection,
        """INSERT INTO recon_movement
        SELECT 'debit_awaited', 'CRDT', n.entry_id, n.position, n.account, n.reference, n.item,
               n.currency, n.amount_minor, true, n.programme_id, n.fund_id, n.cycle_id,
               n.instruction_id, n.file_id, n.booked_on
        FROM recon_taken t JOIN recon_new n USING (entry_id)
        WHERE t.event <> :returned_after""",
        returned_after=int(Event.RETURN_AFTER),
    )
    leave(connection)


def charge(connection: sa.Connection) -> None:
    """Book what the bank charges for its work."""
    run(
        connection,
        f"""WITH charged AS (
            DELETE FROM recon_new
            WHERE kind = 'CHARGE' AND direction = 'DBIT' AND NOT reversal
              AND currency = own_currency
            RETURNING *)
        INSERT INTO recon_posting
        SELECT {Event.BANK_CHARGE:d}, programme_id, fund_id, cycle_id, NULL, booked_on, currency, 0,
               entry_id, amount_minor, entry_id
        FROM charged""",
    )
