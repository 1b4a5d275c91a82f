"""What a message says of payees' accounts: another one was credited, or ours should be changed.

No money moves by it. The payment keeps its state, and somebody looks at the payee's account before
the next one: a case of the Karnataka kind, where money went to an account of another person, is
seen on the day the bank tells the number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from reconciliation.stage import run

if TYPE_CHECKING:
    from datetime import datetime

    from reconciliation.stage import Message

__all__ = ["PayeeNotice", "notice_payees", "payee_notices"]

# Where a bank tells the account of a return, it may be our own: that is not a payee's.
_TOLD = """
    SELECT e.position, e.status, e.creditor_token, r.instruction_id, r.value_on,
           coalesce(e.reason_list, '') AS reason_list, coalesce(e.reason, '') AS reason
    FROM recon.event e
    JOIN (SELECT position, instruction_id, value_on FROM recon_referred
          UNION ALL
          SELECT position, instruction_id, value_on FROM recon_booking
          WHERE instruction_id IS NOT NULL AND direction = 'DBIT') r USING (position)
    WHERE e.inbox_file_id = :inbox AND e.received_on = :received_on
      AND (e.creditor_token IS NOT NULL OR e.status = 'ACWC')"""


class PayeeNotice(NamedTuple):
    """One remark of a bank about one payee's account."""

    instruction_id: int
    end_to_end_id: str
    payee_id: int
    kind: str
    """``another_account`` was credited, or ``account_corrected``: the bank wants it changed."""
    reason_list: str
    reason: str
    told_at: datetime


def notice_payees(connection: sa.Connection, message: Message) -> int:
    """Keep what a message says of payees' accounts; return how many remarks that is."""
    return run(
        connection,
        f"""WITH told AS MATERIALIZED ({_TOLD}),
        noticed AS (
            SELECT t.*, 'another_account' AS kind
            FROM told t JOIN cycle.instruction i USING (instruction_id, value_on)
            WHERE t.creditor_token <> i.account_token
            UNION ALL
            SELECT t.*, 'account_corrected' FROM told t WHERE t.status = 'ACWC')
        INSERT INTO recon.payee_notice (inbox_file_id, position, instruction_id, value_on, kind,
            reason_list, reason, told_at)
        SELECT DISTINCT ON (position, kind) :inbox, position, instruction_id, value_on, kind,
               reason_list, reason, :at
        FROM noticed ORDER BY position, kind, instruction_id""",
        inbox=message.inbox_file_id,
        received_on=message.received_on,
        at=message.at,
    )


def payee_notices(connection: sa.Connection) -> list[PayeeNotice]:
    """Return every remark whose payee is still paid on the account it is about, oldest first."""
    rows = connection.execute(
        sa.text(
            """SELECT n.instruction_id, i.end_to_end_id, i.payee_id, n.kind, n.reason_list,
                      n.reason, n.told_at
               FROM recon.payee_notice n JOIN cycle.instruction i USING (instruction_id, value_on)
               WHERE NOT EXISTS (
                   SELECT FROM cycle.instruction later
                   WHERE later.payee_id = i.payee_id AND later.drafted_at > n.told_at
                     AND later.account_id <> i.account_id)
               ORDER BY n.told_at, n.inbox_file_id, n.position, n.kind"""
        )
    )
    return [PayeeNotice(*row) for row in rows]
