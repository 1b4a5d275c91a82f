"""Each booking of the bank once, whatever messages tell of it.

The same account, bank reference, direction, currency, amount and item is the same booking. And all
rows of one bank reference that add up to what is known under it are the same booking told in
other words: a total in camt.053, its items in camt.054. If the one known names nothing of ours and
the one told now does, the booking is identified: it leaves suspense and is matched anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciliation.open_items import CLOSED
from reconciliation.stage import Message, run, value

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["keep_new"]

_SAME = """k.account = b.account AND k.reference = b.reference AND k.direction = b.direction
    AND k.currency = b.currency"""

# Most messages are news. OFFSET 0: each row is looked up, whatever the planner expects.
_IS_ANY_KNOWN = f"""
    SELECT EXISTS (SELECT FROM recon_booking b
                   WHERE EXISTS (SELECT FROM recon.entry k WHERE {_SAME} OFFSET 0))"""


def keep_new(connection: sa.Connection, message: Message) -> int:
    """Keep the bookings that were not known; return how many were repeats."""
    told = int(value(connection, "SELECT count(*) FROM recon_booking"))
    if told == 0:
        return 0
    _tell_equals_apart(connection)
    _drop_said_twice(connection)
    if value(connection, _IS_ANY_KNOWN):
        _compare_sums(connection)
        _identify(connection, message)
        _drop_known(connection)
    kept = run(
        connection,
        """INSERT INTO recon.entry (entry_id, inbox_file_id, position, kind, account, reference,
            direction, currency, amount_minor, item, occurrence, reversal, booked_on, fund_id,
            cycle_id)
        SELECT entry_id, :inbox, position, kind, account, reference, direction, currency,
               amount_minor, item, occurrence, reversal, booked_on,
               CASE WHEN own_currency = currency THEN fund_id ELSE 0 END,
               CASE WHEN own_currency = currency THEN cycle_id ELSE 0 END
        FROM recon_booking""",
        inbox=message.inbox_file_id,
    )
    return told - kept


def _tell_equals_apart(connection: sa.Connection) -> None:
    """Number equal entries of a day that carry no reference of the bank."""
    run(
        connection,
        """UPDATE recon_booking b SET occurrence = d.nth
        FROM (SELECT position, row_number() OVER (
                  PARTITION BY account, reference, direction, currency, amount_minor, item
                  ORDER BY position) AS nth
              FROM recon_booking WHERE NOT has_reference) d
        WHERE d.position = b.position AND d.nth > 1""",
    )


def _drop_said_twice(connection: sa.Connection) -> None:
    """Drop what one message says twice; its first line stays."""
    run(
        connection,
        """DELETE FROM recon_booking b USING (
            SELECT position, row_number() OVER (
                PARTITION BY account, reference, direction, currency, amount_minor, item, occurrence
                ORDER BY position) AS nth
            FROM recon_booking) d
        WHERE d.position = b.position AND d.nth > 1""",
    )


def _compare_sums(connection: sa.Connection) -> None:
    """Note the references of this message under which the same sum was known before."""
    run(
        connection,
        f"""INSERT INTO recon_told
        WITH told AS (
            SELECT account, reference, direction, currency, sum(amount_minor) AS total,
                   bool_or(item ~ '^[if]') AS names_ours
            FROM recon_booking WHERE has_reference GROUP BY account, reference, direction, currency)
        SELECT b.account, b.reference, b.direction, b.currency,
               bool_and(k.item = '') AND b.names_ours
        FROM told b JOIN recon.entry k ON {_SAME}
        WHERE NOT EXISTS (SELECT FROM recon.suspense_item s
                          WHERE s.entry_id = k.entry_id AND s.closed_as = 'identified')
        GROUP BY b.account, b.reference, b.direction, b.currency, b.total, b.names_ours
        HAVING sum(k.amount_minor) = b.total""",
    )


def _identify(connection: sa.Connection, message: Message) -> None:
    """Take bookings out of suspense that this message tells again, by name."""
    run(
        connection,
        f"""WITH identified AS (
            UPDATE recon.suspense_item s
            SET state = 'closed', closed_as = 'identified', closed_at = :at, closed_in = :inbox,
                version = s.version + 1
            FROM recon.entry k JOIN recon_told b ON {_SAME} AND b.identifies
            WHERE s.entry_id = k.entry_id AND s.state <> 'closed'
            RETURNING s.*)
        INSERT INTO recon_posting
        SELECT {CLOSED}, programme_id, fund_id, cycle_id, NULL, opened_on, currency, 0, item_id,
               amount_minor, item_id
        FROM identified WHERE booked""",
        at=message.at,
        inbox=message.inbox_file_id,
    )
    # Already closed otherwise: what closed it stands, and this is only a repeat.
    run(
        connection,
        f"""UPDATE recon_told b SET identifies = false
        WHERE b.identifies AND NOT EXISTS (
            SELECT FROM recon.entry k JOIN recon.suspense_item s ON s.entry_id = k.entry_id
            WHERE {_SAME} AND s.closed_in = :inbox AND s.closed_as = 'identified')""",
        inbox=message.inbox_file_id,
    )


def _drop_known(connection: sa.Connection) -> None:
    run(
        connection,
        f"DELETE FROM recon_booking b USING recon_told k WHERE {_SAME} AND NOT k.identifies",
    )
    run(
        connection,
        f"""DELETE FROM recon_booking b USING recon.entry k
        WHERE {_SAME} AND k.amount_minor = b.amount_minor AND k.item = b.item
          AND k.occurrence = b.occurrence""",
    )
