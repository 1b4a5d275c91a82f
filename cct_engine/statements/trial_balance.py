"""The trial balance: by programme and fund, for a span of days, as of any day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cct_engine.dates import day
from cct_engine.papers import Column, Kind, Paper, Section, Table
from cct_engine.statements.frames import CODES, frame, money

if TYPE_CHECKING:
    from datetime import date, datetime

    import pandas as pd
    import sqlalchemy as sa

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
_AMOUNTS: Final = ("opening", "debit", "credit")


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
    asked = {"until": until, "since": since or "0001-01-01", "programme": programme, "fund": fund}
    moved = frame(connection, _MOVED, asked, *_AMOUNTS)
    moved["closing"] = moved["opening"] + moved["debit"] - moved["credit"]
    sections = tuple(
        _section(f"{key[0]}, {key[1]}", str(key[2]), rows, opened=since is not None)
        for key, rows in moved.groupby(["programme", "fund", "currency"], sort=False)
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


def _section(heading: str, currency: str, rows: pd.DataFrame, *, opened: bool) -> Section:
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
        one = rows[rows["book"] == book]
        sums = {str(name): int(total) for name, total in one[[*_AMOUNTS, "closing"]].sum().items()}
        ties = ties and sums["debit"] == sums["credit"] and sums["closing"] == 0
        lines = [
            (str(line["account"]), str(line["name"]), *_amounts(line, currency, opened=opened))
            for line in one.to_dict("records")
        ]
        debit = int(one["closing"].clip(lower=0).sum())
        credit = int(-one["closing"].clip(upper=0).sum())
        head = (money(sums["opening"], currency),) if opened else ()
        total = (
            "Total",
            "",
            *head,
            *(money(amount, currency) for amount in (sums["debit"], sums["credit"])),
            *(money(amount, currency) for amount in (debit, credit)),
        )
        caption = f"{heading}, {book} book, {currency}"
        tables.append(Table(caption, columns, tuple(lines), totals=(total,)))
    said = "Debits equal credits." if ties else "Debits and credits differ."
    return Section(heading, (), tuple(tables), (ties, said))


def _amounts(line: dict[Any, Any], currency: str, *, opened: bool) -> tuple[Cell, ...]:
    closing = int(line["closing"])
    return (
        *((money(line["opening"], currency),) if opened else ()),
        money(line["debit"], currency),
        money(line["credit"], currency),
        money(closing, currency) if closing > 0 else None,
        money(-closing, currency) if closing < 0 else None,
    )
