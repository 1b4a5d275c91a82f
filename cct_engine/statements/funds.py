"""Source and use of funds: what came into each fund's bank account, what went out, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cct_engine.dates import day
from cct_engine.papers import Column, Kind, Paper, Section, Table
from cct_engine.statements.frames import CODES, frame, money

if TYPE_CHECKING:
    from datetime import date, datetime

    import pandas as pd
    import sqlalchemy as sa

__all__ = ["source_and_use"]

_BANK: Final = 1010
_MOVED: Final = f"""
    SELECT coalesce(programme.code, '') AS programme, coalesce(fund.code, '') AS fund, m.currency,
           t.name AS event,
           CAST(coalesce(sum(m.debit_minor - m.credit_minor)
                FILTER (WHERE m.value_on < :since), 0) AS bigint) AS opening,
           CAST(coalesce(sum(m.debit_minor)
                FILTER (WHERE m.value_on >= :since), 0) AS bigint) AS source,
           CAST(coalesce(sum(m.credit_minor)
                FILTER (WHERE m.value_on >= :since), 0) AS bigint) AS use
    FROM ledger.movement m JOIN ledger.template t ON t.event = m.event {CODES}
    WHERE m.account = {_BANK} AND m.value_on <= :until
    GROUP BY 1, 2, 3, 4, m.event ORDER BY 1, 2, m.event
"""
_CONTROL: Final = f"""
    SELECT CAST(coalesce(sum(m.debit_minor - m.credit_minor), 0) AS bigint) AS amount
    FROM ledger.movement m {CODES}
    WHERE m.account = {_BANK} AND m.value_on <= :until
      AND coalesce(fund.code, '') = :fund AND coalesce(programme.code, '') = :programme
"""
_SHOWN: Final = """
    SELECT CAST(coalesce(sum(CASE e.direction WHEN 'CRDT' THEN e.amount_minor
                                              ELSE -e.amount_minor END), 0) AS bigint) AS amount
    FROM recon.entry e JOIN registry.fund fund USING (fund_id)
    WHERE fund.code = :fund AND e.booked_on <= :until
"""
_WORDS: Final = {
    "fund received": "Received from the Treasury",
    "settle": "Paid to families",
    "return after settlement": "Came back from families' banks",
    "suspense in": "Received, not identified yet",
    "suspense out": "Given back, never identified",
    "debit suspense in": "Taken by the bank, not explained yet",
    "debit suspense out": "Given back by the bank, was not explained",
    "bank charge": "Charges of the bank",
    "recover in cash": "Overpayments paid back",
    "remit unclaimed": "Unclaimed money surrendered to the Treasury",
    "advance": "Taken by the bank in advance",
    "advance returned": "Advances given back",
}


def source_and_use(
    connection: sa.Connection, *, until: date, at: datetime, since: date | None = None
) -> Paper:
    """Return sources and uses of each fund from ``since`` up to and including ``until``.

    What was there, plus sources, less uses, must be the balance of the bank account.
    """
    asked = {"until": until, "since": since or "0001-01-01"}
    moved = frame(connection, _MOVED, asked, "opening", "source", "use")
    sections = []
    for (programme, fund, currency), rows in moved.groupby(
        ["programme", "fund", "currency"], sort=False
    ):
        which: dict[str, object] = {"until": until, "fund": fund, "programme": programme}
        held = frame(connection, _CONTROL, which, "amount")["amount"].sum()
        told = frame(connection, _SHOWN, which, "amount")["amount"].sum()
        heading = f"{programme}, {fund}"
        sections.append(_section(heading, str(currency), rows, held=int(held), told=int(told)))
    ties = all(section.verdict is None or section.verdict[0] for section in sections)
    span = f"{day(since)} to {day(until)}" if since else f"from the first day to {day(until)}"
    return Paper(
        title="Source and use of funds",
        subtitle=span,
        as_of=at,
        sections=tuple(sections) or (Section("", ("No money has moved on a bank account.",)),),
        verdict=(
            ties,
            "What came in less what went out is what the bank account holds."
            if ties
            else "Sources less uses are not what the bank account holds.",
        ),
    )


def _section(heading: str, currency: str, rows: pd.DataFrame, *, held: int, told: int) -> Section:
    columns = (Column("", Kind.TEXT), Column(f"Amount ({currency})", Kind.MONEY))
    opening = int(rows["opening"].sum())
    tables = []
    closing = opening
    for name, word, sign in (("source", "Sources", 1), ("use", "Uses", -1)):
        some = rows[rows[name] > 0]
        lines = tuple(
            (_WORDS.get(row["event"], str(row["event"]).capitalize()), money(row[name], currency))
            for row in some.to_dict("records")
        )
        total = int(some[name].sum())
        closing += sign * total
        tables.append(
            Table(f"{heading}: {word}", columns, lines, (("Total", money(total, currency)),))
        )
    ends = (
        ("There at the start", money(opening, currency)),
        ("There at the end", money(closing, currency)),
        ("Balance of the bank account in the books", money(held, currency)),
        ("What the bank's own entries come to", money(told, currency)),
        ("In the books by voucher, on no statement of the bank yet", money(held - told, currency)),
    )
    ties = closing == held
    return Section(
        heading,
        (),
        (*tables, Table(f"{heading}: in the account", columns, ends)),
        (ties, "It adds up to the balance of the bank account." if ties else "It does not add up."),
    )
