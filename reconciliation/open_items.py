"""Open items: money on the bank account that no posting of an instruction explains.

What the bank credited and we cannot place is owed to somebody: 2900. What it debited and we cannot
place, or owes us back, is an advance in its hands: 1030. So account 1010 always says what the
bank's own entries say. A movement closes the open item that it cancels out: the same claim, amount
and account in the other direction. Otherwise it becomes an item with an owner, and ages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ledger import Event
from reconciliation.debited import AMOUNT_DIFFERS
from reconciliation.stage import Message, learn, run, value

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["CLOSED", "OWNER", "REASONS", "absorb", "even_out_batches", "leave_over"]

REASONS: Final = {
    "unknown_reference": "The entry names nothing that we sent.",
    AMOUNT_DIFFERS: "The entry names our payment or file with another amount.",
    "account_differs": "The entry names our payment on another account of ours.",
    "currency_differs": "The entry is in another currency than the account or the payment.",
    "not_our_account": "The entry is on an account that is not ours; it is not in the books.",
    "already_debited": "The payment or file was debited before.",
    "already_credited": "The payment was credited back before.",
    "reversal": "The bank reverses an entry that is in the books.",
    "charge_returned": "The bank gives a charge back.",
    "unexpected_direction": "The entry names our payment, but moves money the wrong way.",
    "debit_awaited": "The bank gave back money whose debit it has not shown yet.",
    "credit_awaited": "The bank rejected a settled payment and has not given the money back yet.",
    "debited_though_refused": "The bank debited a payment that it had refused or given back.",
}
OWNER: Final = dict.fromkeys(REASONS, "bank_liaison") | {
    "unknown_reference": "maker",
    "charge_returned": "maker",
}
# What two movements must have in common to cancel each other out, the closest tie first: what of
# ours they name, the reference of ours that nobody knows, the bank's own reference.
_KEYS = (
    """CASE WHEN x.instruction_id > 0 THEN 'i' || x.instruction_id
            WHEN x.file_id IS NOT NULL THEN 'f' || x.file_id END""",
    "CASE WHEN x.instruction_id = 0 AND x.file_id IS NULL THEN nullif(x.item, '') END",
    "CASE WHEN x.entry_id IS NOT NULL AND x.reference NOT LIKE '~%' THEN x.reference END",
)
_OPENED = f"CASE direction WHEN 'CRDT' THEN {Event.SUSPENSE_IN:d} ELSE {Event.ADVANCE:d} END"
CLOSED: Final = (
    f"CASE direction WHEN 'CRDT' THEN {Event.SUSPENSE_OUT:d} ELSE {Event.ADVANCE_RETURNED:d} END"
)


def leave_over(connection: sa.Connection, *, reversals: bool) -> None:
    """Turn the entries that nothing took into movements, with the reason why nothing did."""
    run(
        connection,
        f"""WITH left_over AS (
            SELECT * FROM recon_booking b WHERE reversal = :reversals AND NOT EXISTS (
                SELECT FROM recon_moved m
                WHERE m.entry_id = b.entry_id AND m.evidence IN ('debit', 'credit')))
        INSERT INTO recon_movement
        SELECT CASE
                 WHEN n.own_currency IS NULL THEN 'not_our_account'
                 WHEN n.currency <> n.own_currency THEN 'currency_differs'
                 WHEN n.file_id IS NULL AND n.kind = 'CHARGE' THEN 'charge_returned'
                 WHEN n.file_id IS NULL THEN 'unknown_reference'
                 WHEN n.account <> f.debtor_account THEN 'account_differs'
                 WHEN n.currency <> f.currency THEN 'currency_differs'
                 WHEN n.reversal THEN 'reversal'
                 WHEN n.instruction_id IS NULL AND n.direction = 'CRDT' THEN 'unexpected_direction'
                 WHEN n.kind <> 'ENTRY' AND n.direction = 'DBIT' THEN 'unexpected_direction'
                 WHEN EXISTS (SELECT FROM recon.match k WHERE k.file_id = n.file_id AND k.counts
                      AND k.instruction_id IN (0, coalesce(n.instruction_id, 0))
                      AND k.evidence = CASE n.direction WHEN 'DBIT' THEN 'debit' ELSE 'credit' END)
                   THEN CASE n.direction WHEN 'DBIT' THEN 'already_debited'
                        ELSE 'already_credited' END
                 ELSE '{AMOUNT_DIFFERS}' END,
               n.direction, n.entry_id, n.position, n.account, n.reference, n.item, n.currency,
               n.amount_minor, coalesce(n.currency = n.own_currency, false), n.programme_id,
               n.fund_id, n.cycle_id, coalesce(n.instruction_id, 0), n.file_id, n.booked_on
        FROM left_over n LEFT JOIN bank.file f USING (file_id)""",
        reversals=reversals,
    )


def absorb(connection: sa.Connection, message: Message) -> int:
    """Let each movement close the item it cancels out, or become one; return how many did."""
    moved = int(value(connection, "SELECT count(*) FROM recon_movement"))
    if moved == 0:
        return 0
    learn(connection, "recon_movement", moved)
    for key in _KEYS:
        _cancel_out(connection, message, key)
    opened = _open(connection, message)
    run(connection, "DELETE FROM recon_movement")
    return opened


def _cancel_out(connection: sa.Connection, message: Message, key: str) -> None:
    """The n-th movement of a claim closes the n-th open item of it, oldest first."""
    order = "PARTITION BY {key}, x.direction, x.account, x.currency, x.amount_minor, x.booked"
    over = order.format(key=key)
    run(
        connection,
        f"""WITH movement AS (
            SELECT x.*, x.ctid AS place, {key} AS key,
                   row_number() OVER ({over} ORDER BY x.position, x.instruction_id) AS nth
            FROM recon_movement x),
        item AS (
            SELECT x.*, {key} AS key, row_number() OVER ({over} ORDER BY x.item_id) AS nth
            FROM (SELECT s.*, coalesce(e.item, '') AS item
                  FROM recon.suspense_item s LEFT JOIN recon.entry e USING (entry_id)
                  WHERE s.state <> 'closed') x),
        paired AS (
            SELECT i.item_id, m.place, m.moved_on
            FROM movement m JOIN item i USING (key, account, currency, amount_minor, booked, nth)
            WHERE i.direction <> m.direction),
        closed AS (
            UPDATE recon.suspense_item s
            SET state = 'closed', closed_as = 'cancelled out', closed_at = :at, closed_in = :inbox,
                version = s.version + 1
            FROM paired p WHERE s.item_id = p.item_id
            RETURNING s.*, p.moved_on),
        gone AS (DELETE FROM recon_movement x USING paired p WHERE x.ctid = p.place)
        INSERT INTO recon_posting
        SELECT {CLOSED}, programme_id, fund_id, cycle_id, NULL, moved_on, currency, 0, item_id,
               amount_minor, item_id
        FROM closed WHERE booked""",
        at=message.at,
        inbox=message.inbox_file_id,
    )


def _open(connection: sa.Connection, message: Message) -> int:
    owners = ", ".join(f"('{reason}', '{role}')" for reason, role in OWNER.items())
    return run(
        connection,
        f"""WITH opened AS (
            INSERT INTO recon.suspense_item (item_id, inbox_file_id, position, entry_id, reason,
                owner_role, account, reference, direction, currency, amount_minor, booked,
                programme_id, fund_id, cycle_id, instruction_id, file_id, opened_on, opened_at)
            SELECT (SELECT coalesce(max(item_id), 0) FROM recon.suspense_item)
                   + row_number() OVER (ORDER BY m.position, m.instruction_id, m.direction),
                   :inbox, m.position, m.entry_id, m.reason, o.role, m.account, m.reference,
                   m.direction, m.currency, m.amount_minor, m.booked, m.programme_id, m.fund_id,
                   m.cycle_id, m.instruction_id, m.file_id, m.moved_on, :at
            FROM recon_movement m JOIN (VALUES {owners}) AS o (reason, role) USING (reason)
            RETURNING *)
        INSERT INTO recon_posting
        SELECT {_OPENED}, programme_id, fund_id, cycle_id, NULL, opened_on, currency, 0, item_id,
               amount_minor, item_id
        FROM opened WHERE booked""",
        inbox=message.inbox_file_id,
        at=message.at,
    )


_OF_A_BATCH = """s.state <> 'closed' AND s.booked AND (
        (s.instruction_id > 0
         AND s.reason IN ('debit_awaited', 'credit_awaited', 'debited_though_refused'))
        OR (s.instruction_id = 0 AND s.reason = 'reversal' AND s.direction = 'CRDT'))
    AND EXISTS (SELECT FROM recon.match m
                WHERE m.file_id = s.file_id AND m.evidence = 'debit' AND m.counts)"""


def even_out_batches(connection: sa.Connection, message: Message) -> None:
    """Close the items of a batch that are even: they were only about which payments it held.

    One debit stands for a whole file. If equal amounts are refused and given back, it cannot be
    seen at first for which of them the money left; and a file that is rejected after its debit is
    given back in one sum. Once the bank's credits of a debited file are what we awaited, nothing is
    owed either way. A payment that nobody credited was then not in the debit: it is rejected.
    """
    run(
        connection,
        f"""WITH even AS (
            SELECT s.file_id, bool_or(s.instruction_id = 0) AS is_reversed
            FROM recon.suspense_item s WHERE {_OF_A_BATCH} GROUP BY s.file_id
            HAVING sum(CASE s.direction WHEN 'CRDT' THEN 1 ELSE -1 END * s.amount_minor) = 0),
        closed AS (
            UPDATE recon.suspense_item s
            SET state = 'closed', closed_as = 'evened out', closed_at = :at, closed_in = :inbox,
                version = s.version + 1
            FROM even WHERE s.file_id = even.file_id AND {_OF_A_BATCH}
            RETURNING s.*, even.is_reversed),
        rejected AS (
            UPDATE cycle.instruction i SET state = 'rejected', version = i.version + 1
            FROM closed c JOIN bank.file f USING (file_id)
            WHERE i.instruction_id = c.instruction_id AND i.value_on = f.execution_on
              AND c.direction = 'DBIT' AND NOT c.is_reversed AND i.state = 'returned'
              AND NOT EXISTS (SELECT FROM recon.match m WHERE m.file_id = c.file_id AND m.counts
                  AND m.instruction_id = c.instruction_id AND m.evidence = 'credit'))
        INSERT INTO recon_posting
        SELECT {CLOSED}, programme_id, fund_id, cycle_id, NULL, opened_on, currency, 0, item_id,
               amount_minor, item_id FROM closed""",
        at=message.at,
        inbox=message.inbox_file_id,
    )
