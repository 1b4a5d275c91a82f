"""The bank credited money back: a return, whichever way it is told.

A credit counts for an instruction with its exact amount, currency and account, once. Whether the
debit came before decides which posting it is, not whether it counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger import Event
from reconciliation.stage import Message, run
from reconciliation.taken import CREDIT, take

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["charge", "give_back"]


def give_back(connection: sa.Connection, message: Message) -> None:
    """Apply the credits that name an instruction of ours exactly.

    Credits of what no debit was seen of close the item that waits for them, or are one.
    """
    take(connection, message, CREDIT)


def charge(connection: sa.Connection) -> None:
    """Book what the bank charges for its work."""
    run(
        connection,
        f"""WITH charged AS (
            DELETE FROM recon_booking
            WHERE kind = 'CHARGE' AND direction = 'DBIT' AND NOT reversal
              AND currency = own_currency
            RETURNING *)
        INSERT INTO recon_posting
        SELECT {Event.BANK_CHARGE:d}, programme_id, fund_id, cycle_id, NULL, booked_on, currency, 0,
               entry_id, amount_minor, entry_id
        FROM charged""",
    )
