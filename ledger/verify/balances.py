"""The balances, computed again from the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ledger.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["wrong_balances"]

_NAMED_MAX = 100
# One statement, so one view of the database: what is posted meanwhile is in both or in neither.
_DIFFERENCES = sa.text("""
    WITH side AS (
        SELECT t.event, a.account, a.guard, a.subsidiary, side.sign
        FROM ledger.template t
        CROSS JOIN LATERAL (VALUES (t.debit, 1), (t.credit, -1)) AS side (account, sign)
        JOIN ledger.account a ON a.account = side.account AND a.guard <> 0
    ), moved AS (
        SELECT side.account, side.guard, b.fund_id, j.subject_id,
               side.sign * j.amount_minor AS amount
        FROM ledger.journal j
        JOIN ledger.batch b ON b.batch_id = j.batch_id
        JOIN side ON side.event = b.event AND side.subsidiary
        UNION ALL
        SELECT side.account, side.guard, b.fund_id, 0, side.sign * s.total_minor
        FROM ledger.seal s
        JOIN ledger.batch b ON b.batch_id = s.batch_id AND s.line_count > 0
        JOIN side ON side.event = b.event AND NOT side.subsidiary
    ), computed AS (
        SELECT account, fund_id, subject_id, min(guard) AS guard, sum(amount) AS amount
        FROM moved GROUP BY account, fund_id, subject_id
    ), stored AS (
        SELECT b.account, b.fund_id, (b.block << 6) + held.place - 1 AS subject_id,
               held.amount_minor, b.guard, held.place = 1 AS is_first
        FROM ledger.balance_block b
        CROSS JOIN LATERAL unnest(b.amounts) WITH ORDINALITY AS held (amount_minor, place)
    )
    SELECT account, fund_id, subject_id, c.amount AS computed, s.amount_minor AS stored,
           c.guard AS chart_guard, s.guard AS stored_guard
    FROM computed c FULL JOIN stored s USING (account, fund_id, subject_id)
    WHERE coalesce(c.amount, 0) IS DISTINCT FROM s.amount_minor
       OR (c.guard IS NOT NULL AND c.guard IS DISTINCT FROM s.guard)
       OR (s.is_first AND NOT EXISTS (
              SELECT FROM computed o WHERE o.account = s.account AND o.fund_id = s.fund_id
              AND o.subject_id >> 6 = s.subject_id >> 6))
    ORDER BY account, fund_id, subject_id
    LIMIT :limit
""")


def wrong_balances(connection: sa.Connection) -> Iterator[Finding]:
    """Name the balances that are not what the lines come to; at most 100 of them."""
    for row in connection.execute(_DIFFERENCES, {"limit": _NAMED_MAX}):
        computed = "no balance" if row.computed is None else row.computed
        stored = "no balance" if row.stored is None else row.stored
        guard = (
            ""
            if row.chart_guard == row.stored_guard
            else f" Its guard is {row.stored_guard}, by the chart {row.chart_guard}."
        )
        yield Finding(
            "balance.wrong",
            f"balance of account {row.account}, fund {row.fund_id}, subject {row.subject_id}",
            f"The lines come to {computed}, stored is {stored}.{guard}",
        )
