"""The turn of a fund's year: what a family has open with an older fund goes over to the new one.

A cycle pays from the fund of its year. It may release or take back what a cycle of an older fund
left open: money held, money withheld, an overpayment. The older fund gives that up and the new one
takes it on, through the funds from the Treasury, so that the claim survives the year. No budget
moves: the expense stays with the year that recognised it, and the new year's is charged in full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

import ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.cycle.record import Cycle

__all__ = ["CARRIED", "carried_lines", "note_carried"]

CARRIED: Final = sa.table(
    "carried_over",
    sa.column("account", sa.Integer),
    sa.column("fund_id", sa.Integer),
    sa.column("household_id", sa.BigInteger),
    sa.column("amount_minor", sa.BigInteger),
    schema="pg_temp",
)
"""What this cycle carries over: account, the older fund, household, amount above 0."""
_EVENTS: Final = {
    1210: (ledger.Event.CARRY_OVERPAYMENT_OUT, ledger.Event.CARRY_OVERPAYMENT_IN),
    2105: (ledger.Event.CARRY_HELD_OUT, ledger.Event.CARRY_HELD_IN),
    2110: (ledger.Event.CARRY_WITHHELD_OUT, ledger.Event.CARRY_WITHHELD_IN),
}

# What the list takes from each account, less what this fund has of it or gets with this list.
_NOTE: Final = """
    INSERT INTO pg_temp.carried_over
    WITH taken (account, household_id, amount) AS (
        SELECT CASE WHEN source = 'recovery' THEN 1210
                    WHEN reason_code ^@ 'held:' THEN 2105 ELSE 2110 END,
               household_id, sum(abs(amount_minor))
        FROM cycle.entitlement_line
        WHERE cycle_id = :cycle_id AND source IN ('released', 'lapsed', 'recovery')
        GROUP BY 1, 2
    ), given (account, household_id, amount) AS (
        SELECT account, subject_id, abs(amount_minor) FROM ledger.balance
        WHERE fund_id = :fund_id AND account IN (1210, 2105, 2110)
        UNION ALL
        SELECT 1210, household_id, recoverable_minor FROM cycle.correction_line
        WHERE cycle_id = :cycle_id
    ), short AS (
        SELECT account, household_id, t.amount - coalesce(sum(g.amount), 0) AS amount
        FROM taken t LEFT JOIN given g USING (account, household_id)
        GROUP BY account, household_id, t.amount HAVING t.amount > coalesce(sum(g.amount), 0)
    ), older AS (
        SELECT b.account, b.subject_id AS household_id, b.fund_id, abs(b.amount_minor) AS amount,
               s.amount AS short, sum(abs(b.amount_minor)) OVER (
                   PARTITION BY b.account, b.subject_id ORDER BY f.year, f.fund_id) AS reached
        FROM ledger.balance b JOIN registry.fund f USING (fund_id)
        JOIN short s ON s.account = b.account AND s.household_id = b.subject_id
        WHERE b.fund_id = ANY(:older)
    )
    SELECT account, fund_id, household_id,
           CAST(least(amount, short - (reached - amount)) AS bigint)
    FROM older WHERE short > reached - amount
"""
_OLDER: Final = """
    SELECT array_agg(f.fund_id) FROM registry.fund f JOIN registry.programme_fund p USING (fund_id)
    JOIN registry.fund AS now ON now.fund_id = :fund_id
    WHERE p.programme_id = :programme_id AND f.currency = now.currency AND f.year < now.year
"""


def note_carried(connection: sa.Connection, cycle: Cycle) -> None:
    """Note in ``CARRIED`` what the list of a cycle needs of funds of earlier years.

    A balance of an older year that the list does not touch stays where it is.
    """
    columns = "account integer, fund_id integer, household_id bigint, amount_minor bigint"
    connection.execute(sa.text("DROP TABLE IF EXISTS pg_temp.carried_over"))
    connection.execute(sa.text(f"CREATE TEMP TABLE carried_over ({columns}) ON COMMIT DROP"))
    asked: dict[str, Any] = {"fund_id": cycle.fund_id, "programme_id": cycle.programme_id}
    older = connection.execute(sa.text(_OLDER), asked).scalar()
    if older:
        asked |= {"cycle_id": cycle.cycle_id, "older": older}
        connection.execute(sa.text(_NOTE), asked)


def carried_lines(
    connection: sa.Connection, fund_id: int
) -> Iterator[tuple[ledger.Event, int, int, sa.Select[Any]]]:
    """Yield of each batch that carries something over: event, fund, the older fund, lines.

    First the older fund gives up, then ``fund_id`` takes on. A line's seq is the older fund.
    """
    found = sa.select(CARRIED.c.account, CARRIED.c.fund_id).distinct().order_by(sa.text("1, 2"))
    for account, older in connection.execute(found).all():
        lines = sa.select(
            CARRIED.c.household_id.label("subject"),
            CARRIED.c.fund_id.label("seq"),
            CARRIED.c.amount_minor.label("amount_minor"),
            sa.cast(0, sa.BigInteger).label("reference"),
        ).where(CARRIED.c.account == account, CARRIED.c.fund_id == older)
        out, into = _EVENTS[account]
        yield out, older, older, lines
        yield into, fund_id, older, lines
