"""A household's statement: one window on its money, whatever the programmes."""

from __future__ import annotations

from itertools import accumulate, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from cct_engine.dates import day
from cct_engine.papers import Column, Kind, Money, Paper, Section, Table
from cct_engine.statements.frames import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

__all__ = ["household_statement"]

_LINES: Final = f"""
    SELECT coalesce(programme.code, 'programme ' || m.programme_id) AS programme, m.currency,
           m.value_on, coalesce(c.code, '') AS cycle, m.name, m.amount_minor AS amount,
           m.debit, m.credit, m.batch_id AS batch, m.seq AS line
    FROM ledger.statement m LEFT JOIN cycle.cycle c ON c.cycle_id = m.cycle_id {CODES}
    WHERE m.subject_id = :household AND m.value_on <= :until
      AND m.slot = ANY (ARRAY(SELECT DISTINCT slot FROM ledger.template))
    ORDER BY m.currency, m.position, m.seq
"""
_STATES: Final = {
    "to be paid": (2100,),
    "held": (2105,),
    "withheld": (2110,),
    "on its way": (1090,),
    "came back": (2120,),
    "to repay": (1210,),
}
"""Where a family's money can be, and the accounts that say so."""
_PAID: Final = (1010, 1030)
_OWED: Final = ("to be paid", "held", "withheld", "came back")

_WORDS: Final = {
    "entitle": "Due and approved",
    "hold": "Approved, and held",
    "release hold": "Held money released",
    "withhold, retained": "Kept back until the year's proof",
    "release withheld": "Money kept back released",
    "instruct": "Sent to the bank",
    "re-issue": "Sent to the bank again",
    "settle": "Paid by the bank",
    "return before settlement": "Refused or returned by the bank",
    "return after settlement": "Came back after it was paid",
    "overpayment": "Paid too much, found",
    "recover by netting": "Taken back from what was due",
    "recover in cash": "Paid back",
    "write off": "Overpayment written off",
}
"""The journal's events in a family's words; the others are said as the books have them."""


def household_statement(
    connection: sa.Connection, household: int, *, until: date, at: datetime
) -> Paper:
    """Return every line of a household up to and including ``until``, with what was owed after it.

    The sums at the top are computed from the lines; that they equal the balances the ledger keeps
    is the ledger's own check.
    """
    # Rows as they come: making a data frame takes longer than the database does.
    asked = {"household": household, "until": until}
    lines = connection.execute(sa.text(_LINES), asked).all()
    sections = tuple(
        _section(currency, list(one)) for currency, one in groupby(lines, attrgetter("currency"))
    )
    return Paper(
        title=f"Household {household}",
        subtitle=f"statement as of {day(until)}",
        as_of=at,
        sections=sections or (Section("", ("No money was ever booked for this household.",)),),
        footer="One window: every programme that pays this household. No name stands here.",
    )


def _section(currency: str, lines: Sequence[sa.Row[Any]]) -> Section:
    into = {name: _into(lines, accounts) for name, accounts in _STATES.items()}
    owed = accumulate(map(sum, zip(*(into[name] for name in _OWED), strict=True)))
    rows = tuple(
        (
            line.value_on,
            line.programme,
            line.cycle,
            _WORDS.get(line.name, line.name.capitalize()),
            Money(line.amount, currency),
            Money(left, currency),
            f"{line.batch}/{line.line}",
        )
        for line, left in zip(lines, owed, strict=True)
    )
    columns = (
        Column("Value date", Kind.DATE),
        Column("Programme"),
        Column("Cycle"),
        Column("What happened"),
        Column(f"Amount ({currency})", Kind.MONEY),
        Column("Still owed after", Kind.MONEY),
        Column("Batch/line"),
    )
    states = (
        ("paid", Money(sum(_into(lines, _PAID)), currency)),
        *((name, Money(_sign(name) * sum(moved), currency)) for name, moved in into.items()),
    )
    where = Table(
        f"Where the family's money is, {currency}",
        (Column("State"), Column(f"Amount ({currency})", Kind.MONEY)),
        tuple((name, amount) for name, amount in states if amount.amount_minor or name == "paid"),
    )
    return Section(currency, (), (where, Table(f"Every line, {currency}", columns, rows)))


def _into(lines: Sequence[sa.Row[Any]], accounts: tuple[int, ...]) -> list[int]:
    """What each line credits to accounts, less what it debits."""
    return [line.amount * ((line.credit in accounts) - (line.debit in accounts)) for line in lines]


def _sign(name: str) -> int:
    return -1 if name == "to repay" else 1
