"""Money on its way: what each bank has not answered for, by age, as of any day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from cct_engine.dates import day
from cct_engine.papers import Column, Kind, Paper, Section, Table
from cct_engine.statements.frames import CODES, frame, money

if TYPE_CHECKING:
    from datetime import date, datetime

    import sqlalchemy as sa

    from cct_engine.papers import Cell

__all__ = ["in_transit_ageing"]

# A line sent (slot 40) that nothing has ended (slot 41) by the day; a line is ended once.
_OPEN: Final = f"""
    SELECT m.conduit, m.currency, CAST(:until AS date) - m.value_on AS age_days,
           coalesce(programme.code, '') AS programme, count(*) AS payments,
           CAST(sum(j.amount_minor) AS bigint) AS amount
    FROM ledger.batch m JOIN ledger.seal s USING (batch_id)
    JOIN ledger.journal j ON j.batch_id = m.batch_id AND j.cycle_id = m.cycle_id AND j.slot = 40
    {CODES}
    WHERE m.event IN (40, 44) AND m.value_on <= :until AND NOT EXISTS (
        SELECT FROM ledger.journal e JOIN ledger.batch b ON b.batch_id = e.batch_id
        WHERE e.slot = 41 AND e.subject_id = j.subject_id AND e.seq = j.seq
          AND e.cycle_id = j.cycle_id AND b.value_on <= :until)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
"""
_CONTROL: Final = """
    SELECT m.currency, CAST(-sum(m.debit_minor - m.credit_minor) AS bigint) AS amount
    FROM ledger.movement m WHERE m.account = 1090 AND m.value_on <= :until
    GROUP BY m.currency ORDER BY m.currency
"""
_BOUNDS: Final = (-1, 2, 5, 10, 30, 90, 36_500)
_AGES: Final = ("0–2 days", "3–5", "6–10", "11–30", "31–90", "over 90")


def in_transit_ageing(connection: sa.Connection, *, until: date, at: datetime) -> Paper:
    """Return what was sent and not ended up to and including ``until``, per bank and age.

    It is counted line by line and compared with the control account 1090.
    """
    asked = {"until": until}
    lines = frame(connection, _OPEN, asked, "age_days", "payments", "amount")
    control = frame(connection, _CONTROL, asked, "amount")
    ties = {
        str(row["currency"]): int(row["amount"])
        == int(lines.loc[lines["currency"] == row["currency"], "amount"].sum())
        for row in control.to_dict("records")
    }
    sections = tuple(
        _section(str(currency), one) for currency, one in lines.groupby("currency", sort=True)
    )
    total = int(lines["payments"].sum())
    return Paper(
        title="Payments in transit, by bank and age",
        subtitle=f"as of {day(until)}",
        as_of=at,
        sections=sections or (Section("", ("Every payment sent has an answer.",)),),
        verdict=(
            all(ties.values()),
            f"{total:,} payments are in transit; line by line they are the balance of account 1090."
            if all(ties.values())
            else "The lines in transit are not the balance of account 1090: "
            + ", ".join(currency for currency, holds in ties.items() if not holds),
        ),
    )


def _section(currency: str, lines: pd.DataFrame) -> Section:
    aged = lines.assign(age=pd.cut(lines["age_days"], list(_BOUNDS), labels=list(_AGES)))
    by_age = aged.pivot_table(
        index="conduit", columns="age", values="amount", aggfunc="sum", observed=False, fill_value=0
    )
    counts = aged.groupby("conduit")["payments"].sum()
    oldest = aged.groupby("conduit")["age_days"].max()
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            str(bank),
            int(counts[bank]),
            int(oldest[bank]),
            *(money(by_age.loc[bank, age], currency) for age in _AGES),
            money(by_age.loc[bank].sum(), currency),
        )
        for bank in by_age.index
    )
    totals: tuple[Cell, ...] = (
        "Total",
        int(counts.sum()),
        int(oldest.max()),
        *(money(by_age[age].sum(), currency) for age in _AGES),
        money(lines["amount"].sum(), currency),
    )
    columns = (
        Column("Bank"),
        Column("Payments", Kind.NUMBER),
        Column("Oldest (days)", Kind.NUMBER),
        *(Column(age, Kind.MONEY) for age in _AGES),
        Column(f"Total ({currency})", Kind.MONEY),
    )
    return Section(currency, (), (Table(f"By bank, {currency}", columns, rows, (totals,)),))
