"""The trial balance: by programme and fund, for a span of days, as of any day."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import sqlalchemy as sa

from cct_engine.dates import day
from cct_engine.papers import Column, Kind, Money, Paper, Section, Table
from cct_engine.statements.frames import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from cct_engine.papers import Cell

__all__ = ["trial_balance"]

_MOVED: Final = f"""
    SELECT coalesce(programme.code, 'programme ' || m.programme_id) AS programme,
           coalesce(fund.code, 'fund ' || m.fund_id) AS fund, m.currency, a.book, a.account, a.name,
           CAST(coalesce(sum(m.debit_minor - m.credit_minor)
                FILTER (WHERE m.value_on < :since), 0) AS bigint) AS opening,
           CAST(coalesce(sum(m.debit_minor)
                FILTER (WHERE m.value_on >= :since), 0) AS bigint) AS debit,
           CAST(coalesce(sum(m.credit_minor)
                FILTER (WHERE m.value_on >= :since), 0) AS bigint) AS credit
    FROM ledger.movement m JOIN ledger.account a ON a.account = m.account {CODES}
    WHERE m.value_on <= :until
      AND (CAST(:programme AS text) IS NULL OR programme.code = :programme)
      AND (CAST(:fund AS text) IS NULL OR fund.code = :fund)
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 5
"""


class _Line(NamedTuple):
    """One account of a fund: what moved, in minor units."""

    book: str
    account: str
    name: str
    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        return self.opening + self.debit - self.credit

    @classmethod
    def total(cls, lines: Sequence[Self]) -> Self:
        """Return the sums of lines as a line of its own."""
        sums = (sum(column) for column in zip(*(line[3:] for line in lines), strict=True))
        return cls("", "Total", "", *(sums if lines else (0, 0, 0)))


def trial_balance(
    connection: sa.Connection,
    *,
    until: date,
    at: datetime,
    since: date | None = None,
    programme: str | None = None,
    fund: str | None = None,
) -> Paper:
    """Return the trial balance of all movements up to and including ``until``.

    With ``since``, what moved before that day is the opening balance. Read from the seals: it costs
    the same at any number of lines.
    """
    # Rows as they come: making a data frame takes longer than the database does.
    asked = {"until": until, "since": since or "0001-01-01", "programme": programme, "fund": fund}
    moved = connection.execute(sa.text(_MOVED), asked).all()
    sections = tuple(
        _section(
            f"{programme}, {of_fund}",
            currency,
            [_Line(row.book, str(row.account), *row[5:]) for row in rows],
            opened=since is not None,
        )
        for (programme, of_fund, currency), rows in groupby(moved, key=itemgetter(0, 1, 2))
    )
    ties = all(section.verdict is None or section.verdict[0] for section in sections)
    span = f"{day(since)} to {day(until)}" if since else f"as of {day(until)}"
    return Paper(
        title="Trial balance",
        subtitle=", ".join(name for name in (programme, fund, span) if name),
        as_of=at,
        sections=sections or (Section("", ("Nothing was posted up to this day.",)),),
        verdict=(
            ties,
            "Debits equal credits in every fund and book, to the minor unit."
            if ties
            else "Debits and credits differ; the fund is named below.",
        ),
    )


def _section(heading: str, currency: str, lines: Sequence[_Line], *, opened: bool) -> Section:
    columns = (
        Column("Account"),
        Column("Name"),
        *((Column(f"Opening ({currency})", Kind.MONEY),) if opened else ()),
        Column(f"Debit ({currency})", Kind.MONEY),
        Column(f"Credit ({currency})", Kind.MONEY),
        Column("Balance, debit", Kind.MONEY),
        Column("Balance, credit", Kind.MONEY),
    )
    tables = []
    ties = True
    for book in ("financial", "budgetary"):
        one = [line for line in lines if line.book == book]
        sums = _Line.total(one)
        ties = ties and sums.debit == sums.credit and sums.closing == 0
        closings = (
            sum(line.closing for line in one if line.closing > 0),
            -sum(line.closing for line in one if line.closing < 0),
        )
        total = (
            *_moved(sums, currency, opened=opened),
            *(Money(amount, currency) for amount in closings),
        )
        rows = tuple(_row(line, currency, opened=opened) for line in one)
        caption = f"{heading}, {book} book, {currency}"
        tables.append(Table(caption, columns, rows, totals=(total,)))
    said = "Debits equal credits." if ties else "Debits and credits differ."
    return Section(heading, (), tuple(tables), (ties, said))


def _row(line: _Line, currency: str, *, opened: bool) -> tuple[Cell, ...]:
    return (
        *_moved(line, currency, opened=opened),
        Money(line.closing, currency) if line.closing > 0 else None,
        Money(-line.closing, currency) if line.closing < 0 else None,
    )


def _moved(line: _Line, currency: str, *, opened: bool) -> tuple[Cell, ...]:
    return (
        line.account,
        line.name,
        *((Money(line.opening, currency),) if opened else ()),
        Money(line.debit, currency),
        Money(line.credit, currency),
    )
