"""Budget execution: what was appropriated, reserved, spent, and what is left, by fund and cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cct_engine.dates import day
from cct_engine.papers import Column, Kind, Paper, Section, Table
from cct_engine.statements.frames import CODES, frame, money

if TYPE_CHECKING:
    from datetime import date, datetime

    import sqlalchemy as sa

    from cct_engine.papers import Cell

__all__ = ["budget_execution"]

_FIGURES: Final = (
    *("appropriated", "not_allotted", "available", "reserved", "spent", "recognised", "paid"),
)
_HELD: Final = f"""
    SELECT coalesce(programme.code, '') AS programme, coalesce(fund.code, '') AS fund, m.currency,
           CAST(coalesce(sum(m.debit_minor - m.credit_minor) FILTER (WHERE m.account = 8010), 0)
               AS bigint) AS appropriated,
           CAST(-coalesce(sum(m.debit_minor - m.credit_minor) FILTER (WHERE m.account = 8015), 0)
               AS bigint) AS not_allotted,
           CAST(-coalesce(sum(m.debit_minor - m.credit_minor) FILTER (WHERE m.account = 8020), 0)
               AS bigint) AS available,
           CAST(-coalesce(sum(m.debit_minor - m.credit_minor) FILTER (WHERE m.account = 8030), 0)
               AS bigint) AS reserved,
           CAST(-coalesce(sum(m.debit_minor - m.credit_minor) FILTER (WHERE m.account = 8040), 0)
               AS bigint) AS spent,
           CAST(coalesce(sum(m.debit_minor - m.credit_minor) FILTER (WHERE m.account = 5100), 0)
               AS bigint) AS recognised,
           CAST(coalesce(sum(m.credit_minor) FILTER (WHERE m.account = 1010 AND m.event = 41), 0)
              - coalesce(sum(m.debit_minor) FILTER (WHERE m.account = 1010 AND m.event = 43), 0)
               AS bigint) AS paid
    FROM ledger.movement m {CODES}
    WHERE m.value_on <= :until
    GROUP BY 1, 2, 3
    HAVING count(*) FILTER (WHERE m.account BETWEEN 8000 AND 8999) > 0 ORDER BY 1, 2
"""
_BY_CYCLE: Final = f"""
    SELECT coalesce(programme.code, '') AS programme, coalesce(fund.code, '') AS fund, m.currency,
           coalesce(c.code, 'no cycle') AS cycle,
           CAST(coalesce(sum(m.credit_minor) FILTER (WHERE m.account = 8030), 0) AS bigint)
               AS reserved,
           CAST(-coalesce(sum(m.debit_minor - m.credit_minor) FILTER (WHERE m.account = 8040), 0)
               AS bigint) AS spent,
           CAST(coalesce(sum(m.debit_minor - m.credit_minor) FILTER (WHERE m.account = 5100), 0)
               AS bigint) AS recognised,
           CAST(coalesce(sum(m.credit_minor) FILTER (WHERE m.account = 1010 AND m.event = 41), 0)
              - coalesce(sum(m.debit_minor) FILTER (WHERE m.account = 1010 AND m.event = 43), 0)
               AS bigint) AS paid
    FROM ledger.movement m LEFT JOIN cycle.cycle c ON c.cycle_id = m.cycle_id {CODES}
    WHERE m.value_on <= :until AND m.cycle_id <> 0
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, min(m.position)
"""
_OF_A_FUND = (
    Column("Programme"),
    Column("Fund"),
    Column("Currency"),
    Column("Appropriated", Kind.MONEY),
    Column("Spent", Kind.MONEY),
    Column("Spent, share", Kind.SHARE),
    Column("Reserved", Kind.MONEY),
    Column("Available", Kind.MONEY),
    Column("Not yet allotted", Kind.MONEY),
    Column("Paid in cash", Kind.MONEY),
)
_OF_A_CYCLE = (
    Column("Programme"),
    Column("Cycle"),
    Column("Currency"),
    Column("Reserved for it", Kind.MONEY),
    Column("Spent", Kind.MONEY),
    Column("Paid in cash", Kind.MONEY),
)


def budget_execution(connection: sa.Connection, *, until: date, at: datetime) -> Paper:
    """Return the budgetary book of every fund beside what was recognised and paid.

    Two things must hold: appropriated = not yet allotted + available + reserved + spent, and
    spent = recognised.
    """
    asked = {"until": until}
    funds = frame(connection, _HELD, asked, *_FIGURES)
    cycles = frame(connection, _BY_CYCLE, asked, "reserved", "spent", "recognised", "paid")
    parts = funds["not_allotted"] + funds["available"] + funds["reserved"] + funds["spent"]
    ties = bool(
        (funds["appropriated"] == parts).all() and (funds["spent"] == funds["recognised"]).all()
    )
    table = Table(
        "By fund",
        _OF_A_FUND,
        tuple(_fund(row) for row in funds.to_dict("records")),
        nothing="No fund has a budget yet.",
    )
    by_cycle = Table(
        "By cycle",
        _OF_A_CYCLE,
        tuple(
            (
                row["programme"],
                row["cycle"],
                row["currency"],
                *(money(row[name], row["currency"]) for name in ("reserved", "spent", "paid")),
            )
            for row in cycles.to_dict("records")
        ),
        nothing="No cycle was approved yet.",
    )
    return Paper(
        title="Budget execution",
        subtitle=f"as of {day(until)}",
        as_of=at,
        sections=(Section("By fund", (), (table,)), Section("By cycle", (), (by_cycle,))),
        verdict=(
            ties,
            "What was appropriated is all accounted for; what is spent is the expense of the books."
            if ties
            else "The budget does not add up with itself or with the expense of the books.",
        ),
    )


def _fund(row: dict[Any, Any]) -> tuple[Cell, ...]:
    currency = row["currency"]
    share = row["spent"] * 1000 // row["appropriated"] if row["appropriated"] else None
    return (
        row["programme"],
        row["fund"],
        currency,
        money(row["appropriated"], currency),
        money(row["spent"], currency),
        share,
        *(money(row[name], currency) for name in ("reserved", "available", "not_allotted", "paid")),
    )
