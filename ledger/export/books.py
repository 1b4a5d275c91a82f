"""The books as plain text that Beancount or hledger opens: all lines, and what must be true.

Each line of the journal is one transaction of two postings. At the end stand the balances of every
account as the seals have them, as assertions without tolerance: a tool we did not write adds all
lines up and refuses the file if one unit differs. Households are numbers.

An account is ``<class>:P<programme>:F<fund>:<number>-<name>``, so that the balances are those of
the trial balance, line for line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

import sqlalchemy as sa

from ledger import schema
from ledger.balances import trial_balance
from ledger.export.lines import amount_sql, copied, decimal, exponents_sql, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from ledger.balances import TrialBalanceLine
    from ledger.export.lines import Exponent

__all__ = ["Exported", "write_books"]

_ROOTS = {
    "asset": "Assets",
    "liability": "Liabilities",
    "net_assets": "Equity",
    "revenue": "Income",
    "expense": "Expenses",
    "budgetary": "Equity:Budget",
}


class Exported(NamedTuple):
    """What was written: lines of the journal, and accounts with a balance to check."""

    path: Path
    line_count: int
    account_count: int


@dataclass(frozen=True, slots=True)
class _Span:
    first_on: date
    last_on: date
    line_count: int


def write_books(
    connection: sa.Connection,
    path: Path,
    *,
    layout: Literal["beancount", "hledger"],
    exponent: Exponent,
) -> Exported:
    """Write all sealed lines into ``path`` and return how many there are.

    ``exponent`` tells how many decimals a currency has. Call in a REPEATABLE READ transaction if
    others may post meanwhile. Needs no memory. Raises ``FileExistsError``.
    """
    span = _span(connection)
    balances = trial_balance(connection)
    names = _names(connection, balances)
    with whole(path) as file:
        for text in _opening(layout, span, balances, names, exponent):
            file.write(f"{text}\n".encode())
        if span is not None:
            for block in copied(connection, _statement(connection, layout, exponent)):
                file.write(bytes(block).replace(b"\\n", b"\n"))
            for text in _closing(layout, span, balances, names, exponent):
                file.write(f"{text}\n".encode())
    return Exported(path, span.line_count if span else 0, len(balances))


def _span(connection: sa.Connection) -> _Span | None:
    batch, seal = schema.batch.c, schema.seal.c
    row = connection.execute(
        sa.select(
            sa.func.min(batch.value_on),
            sa.func.max(batch.value_on),
            sa.cast(sa.func.sum(seal.line_count), sa.BigInteger),
        ).join_from(schema.batch, schema.seal, batch.batch_id == seal.batch_id)
    ).one()
    return None if row[0] is None else _Span(*row)


_Key = tuple[int, int, int]


def _names(connection: sa.Connection, balances: tuple[TrialBalanceLine, ...]) -> dict[_Key, str]:
    chart = schema.account.c
    classes = {
        row.account: row.class_
        for row in connection.execute(sa.select(chart.account, chart.class_.label("class_")))
    }
    return {
        _key(line): f"{_ROOTS[classes[line.account]]}:P{line.programme_id}:F{line.fund_id}:"
        f"{line.account}-{re.sub('[^A-Za-z0-9]+', '-', line.name).strip('-')}"
        for line in balances
    }


def _key(line: TrialBalanceLine) -> _Key:
    return line.programme_id, line.fund_id, line.account


def _opening(
    layout: str,
    span: _Span | None,
    balances: tuple[TrialBalanceLine, ...],
    names: dict[_Key, str],
    exponent: Exponent,
) -> Iterator[str]:
    beancount = layout == "beancount"
    yield ";; The whole ledger. Balances at the end are asserted to the last unit."
    if beancount:
        yield 'option "title" "Ledger of cash transfers"'
        yield 'option "tolerance_multiplier" "0"'
    for currency in sorted({line.currency for line in balances}):
        if beancount:
            yield f'option "operating_currency" "{currency}"'
        else:
            places = exponent(currency)
            yield f"commodity 1000{'.' + '0' * places if places else '.'} {currency}"
    for line in balances:
        if beancount and span:
            yield f"{span.first_on} open {names[_key(line)]} {line.currency}"
        else:
            yield f"account {names[_key(line)]}"
    yield ""


def _statement(connection: sa.Connection, layout: str, exponent: Exponent) -> str:
    """One row of text per line of the journal, made by the database, in order of date and seal."""
    slug = r"regexp_replace(a.name, '[^A-Za-z0-9]+', '-', 'g')"
    roots = " ".join(f"WHEN '{class_}' THEN '{root}'" for class_, root in _ROOTS.items())
    clean = "translate({0}, E'\"\\\\\\n\\t;|', '''      ')"
    amount = amount_sql("j.amount_minor")
    if layout == "beancount":
        head = f"""h.value_on || ' * "' || {clean.format("h.name")} || '" "' ||
                   {clean.format("h.key")} || '"' || E'\\n  batch: ' || h.batch_id ||
                   E'\\n  subject: '"""
        rest = "E'\\n  line: ' || j.seq || E'\\n  '"
    else:
        head = f"""h.value_on || ' * ' || {clean.format("h.name")} || ' | ' ||
                   {clean.format("h.key")} || '  ; batch:' || h.batch_id || ', subject:'"""
        rest = "', line:' || j.seq || E'\\n  '"
    return f"""COPY (
        WITH side AS (
            SELECT p.programme_id, p.fund_id, a.account,
                   CASE a.class {roots} END || ':P' || p.programme_id || ':F' || p.fund_id || ':' ||
                   a.account || '-' || trim(BOTH '-' FROM {slug}) AS path
            FROM (SELECT DISTINCT programme_id, fund_id FROM ledger.batch) p
            CROSS JOIN ledger.account a
        ), header AS (
            SELECT b.*, s.position, t.name, known.places, debit.path AS debit, credit.path AS credit
            FROM ledger.batch b JOIN ledger.seal s USING (batch_id)
            JOIN ledger.template t ON t.event = b.event
            JOIN {exponents_sql(connection, exponent)} ON known.currency = b.currency
            JOIN side debit ON (debit.programme_id, debit.fund_id, debit.account)
                             = (b.programme_id, b.fund_id, t.debit)
            JOIN side credit ON (credit.programme_id, credit.fund_id, credit.account)
                              = (b.programme_id, b.fund_id, t.credit)
        )
        SELECT {head} || j.subject_id || {rest} || h.debit || '  ' || {amount} || ' ' ||
               h.currency || E'\\n  ' || h.credit || '  -' || {amount} || ' ' || h.currency ||
               E'\\n'
        FROM ledger.journal j JOIN header h USING (batch_id)
        ORDER BY h.value_on, h.position, j.subject_id, j.seq
    ) TO STDOUT"""


def _closing(
    layout: str,
    span: _Span,
    balances: tuple[TrialBalanceLine, ...],
    names: dict[_Key, str],
    exponent: Exponent,
) -> Iterator[str]:
    after = span.last_on + timedelta(days=1)
    if layout == "hledger":
        yield f"{span.last_on} * balances as sealed"
    for line in balances:
        name = names[_key(line)]
        amount = decimal(line.balance_minor, exponent(line.currency))
        if layout == "beancount":
            yield f"{after} balance {name}  {amount} ~ 0 {line.currency}"
        else:
            zero = decimal(0, exponent(line.currency))
            yield f"  {name}  {zero} {line.currency} = {amount} {line.currency}"
