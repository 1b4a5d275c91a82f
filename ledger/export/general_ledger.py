"""The books as CSV in the general-ledger layout of the AICPA Audit Data Standard (GL, July 2015).

Three files, as the standard has them: GL_Detail (two rows for each line of the journal, one for
each account), Chart_of_Accounts and Trial_Balance. Amounts are decimal numbers without sign, the
indicator is D or C; balances are signed, debit positive. Segment01 is the household's number,
Segment02 the cycle's, Segment03 the line's reference. A text that a spreadsheet would take for a
formula gets an apostrophe before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ledger import schema
from ledger.export.books import Exported
from ledger.export.lines import amount_sql, copied, exponents_sql, whole

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.export.lines import Exponent

__all__ = ["write_general_ledger"]


def write_general_ledger(
    connection: sa.Connection, path: Path, *, exponent: Exponent
) -> tuple[Exported, ...]:
    """Write GL_Detail into ``path``, chart and trial balance beside it.

    Call in a REPEATABLE READ transaction if others may post meanwhile. Needs no memory. Raises
    ``FileExistsError``.
    """
    known = exponents_sql(connection, exponent)
    chart = path.with_name(f"{path.stem}_Chart_of_Accounts{path.suffix}")
    balances = path.with_name(f"{path.stem}_Trial_Balance{path.suffix}")
    lines = connection.execute(
        sa.select(
            sa.cast(sa.func.coalesce(sa.func.sum(schema.seal.c.line_count), 0), sa.BigInteger)
        )
    ).scalar_one()
    accounts = connection.execute(sa.select(sa.func.count()).select_from(schema.account))
    account_count = accounts.scalar_one()
    for file, statement in (
        (path, _DETAIL.format(known=known, amount=amount_sql("j.amount_minor"))),
        (chart, _CHART),
        (balances, _balances(known)),
    ):
        _write(connection, file, statement)
    return (
        Exported(path, lines, 0),
        Exported(chart, 0, account_count),
        Exported(balances, 0, account_count),
    )


def _write(connection: sa.Connection, path: Path, statement: str) -> None:
    with whole(path) as file:
        for block in copied(connection, f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER)"):
            file.write(block)


def _safe(text: str) -> str:
    return f"CASE WHEN {text} ~ '^[-=+@\\t\\r]' THEN '''' || {text} ELSE {text} END"


_DETAIL = f"""
    SELECT b.batch_id AS "Journal_ID",
           2 * dense_rank() OVER (PARTITION BY b.batch_id ORDER BY j.subject_id, j.seq) - 2
               + side.number AS "Journal_ID_Line_Number",
           {_safe("b.key")} AS "JE_Header_Description",
           t.name AS "JE_Line_Description",
           {_safe("coalesce(b.conduit, '')")} AS "Source",
           'P' || b.programme_id || '-F' || b.fund_id AS "Business_Unit_Code",
           b.value_on AS "Effective_Date",
           extract(year FROM p.opens_on) AS "Fiscal_Year",
           1 + extract(month FROM age(date_trunc('month', b.value_on),
                                      date_trunc('month', p.opens_on))) AS "Period",
           side.account AS "GL_Account_Number",
           {{amount}} AS "Amount",
           side.indicator AS "Amount_Credit_Debit_Indicator",
           b.currency AS "Amount_Currency",
           b.prepared_by AS "Entered_By",
           to_char(b.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS "Entered_Date",
           to_char(b.recorded_at AT TIME ZONE 'UTC', 'HH24:MI:SS') AS "Entered_Time",
           b.approved_by AS "Approved_By",
           to_char(b.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS "Approved_Date",
           CASE WHEN b.reverses IS NULL THEN 'N' ELSE 'Y' END AS "Reversal_Indicator",
           b.reverses AS "Reversal_Journal_ID",
           j.subject_id AS "Segment01", j.cycle_id AS "Segment02", j.reference AS "Segment03"
    FROM ledger.journal j JOIN ledger.batch b USING (batch_id)
    JOIN ledger.seal s USING (batch_id)
    JOIN ledger.template t ON t.event = b.event
    JOIN ledger.fiscal_period p ON p.period_id = b.period_id
    JOIN {{known}} ON known.currency = b.currency
    CROSS JOIN LATERAL (VALUES (1, t.debit, 'D'), (2, t.credit, 'C'))
        AS side (number, account, indicator)
    ORDER BY b.batch_id, j.subject_id, j.seq, side.number
"""
_CHART = """
    SELECT account AS "GL_Account_Number", name AS "GL_Account_Name", class AS "Account_Type",
           book AS "Account_Subtype", CASE WHEN normal_side = 1 THEN 'D' ELSE 'C' END
               AS "Normal_Balance"
    FROM ledger.account ORDER BY account
"""


def _balances(known: str) -> str:
    amount = amount_sql("abs(t.balance_minor)")
    return f"""
    SELECT 'P' || t.programme_id || '-F' || t.fund_id AS "Business_Unit_Code",
           t.account AS "GL_Account_Number",
           CASE WHEN t.balance_minor < 0 THEN '-' ELSE '' END || {amount} AS "Amount_Ending",
           t.currency AS "Amount_Currency"
    FROM ledger.trial_balance t JOIN {known} ON known.currency = t.currency
    ORDER BY t.programme_id, t.fund_id, t.account
    """
