"""Where a number leads, and what should be watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine.console.reading.kept import kept

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["target", "watch"]


def target(connection: sa.Connection, asked: str) -> str | None:
    """Return the address of what a code names: a cycle, a file, a payment's reference, a batch."""
    if not asked or len(asked) > 80:  # noqa: PLR2004 - longer than any of our codes
        return None
    row = connection.execute(_TARGET, {"asked": asked}).first()
    return None if row is None else str(row.href)


def watch(connection: sa.Connection, scope: Sequence[str] | None) -> dict[str, object]:
    """Return what is unfinished at the bank, over the programmes in scope."""
    row = connection.execute(_WATCH, {"scope": scope}).mappings().one()
    funds = connection.execute(_FUNDS, {"scope": scope}).all()
    return dict(row) | {
        "returned_count": sum(_returned(connection, fund_id, newest) for fund_id, newest in funds)
    }


def _returned(connection: sa.Connection, fund_id: int, newest_batch: int) -> int:
    """Return how many families wait for money that came back; counted after each posting once."""

    def read() -> int:
        return int(connection.execute(_RETURNED, {"fund_id": fund_id}).scalar_one())

    return kept(connection, "returned", fund_id, (newest_batch,), read, pack=int, unpack=int)


_TARGET: Final = sa.text("""
    SELECT '/cycles/' || code AS href FROM cycle.cycle WHERE code = :asked
    UNION ALL
    SELECT '/files/' || message_id FROM bank.file
    WHERE message_id = :asked OR name = :asked OR payment_information_id = :asked
    UNION ALL
    SELECT '/payments/' || instruction_id FROM cycle.instruction
    WHERE instruction_text = :asked OR end_to_end_id = :asked
    LIMIT 1
""")
_WATCH: Final = sa.text("""
    SELECT s.suspense_count, s.suspense_oldest_on, f.unknown_count
    FROM (SELECT count(*) AS suspense_count, min(opened_on) AS suspense_oldest_on
          FROM recon.suspense_item i LEFT JOIN registry.programme p USING (programme_id)
          WHERE i.state <> 'closed'
            AND (CAST(:scope AS text[]) IS NULL OR p.code = ANY(:scope))) s,
         (SELECT count(*) AS unknown_count FROM bank.file b
          JOIN registry.programme p USING (programme_id)
          WHERE b.state = 'unknown'
            AND (CAST(:scope AS text[]) IS NULL OR p.code = ANY(:scope))) f
""")
_FUNDS: Final = sa.text("""
    SELECT f.fund_id, (SELECT coalesce(max(batch_id), 0) FROM ledger.batch b
                       WHERE b.fund_id = f.fund_id)
    FROM (SELECT DISTINCT fund_id FROM registry.programme_fund
          JOIN registry.programme p USING (programme_id)
          WHERE CAST(:scope AS text[]) IS NULL OR p.code = ANY(:scope)) f
""")
_RETURNED: Final = sa.text(
    "SELECT count(*) FROM ledger.balance"
    " WHERE account = 2120 AND amount_minor <> 0 AND fund_id = :fund_id"
)
