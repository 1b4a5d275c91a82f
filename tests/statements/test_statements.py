"""Statements say what the ledger says, as of any day, in every form."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

import ledger
from cct_engine import statements
from cct_engine.papers import Money, to_html, to_pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from demo_plays import Books, Cct

AT: Final = datetime(2026, 11, 17, 12, tzinfo=UTC)
LAST: Final = date(2026, 11, 17)
STATEMENTS: Final[dict[str, Callable[..., Any]]] = {
    "trial balance": statements.trial_balance,
    "in transit": statements.in_transit_ageing,
    "budget": statements.budget_execution,
    "funds": statements.source_and_use,
}


@pytest.fixture
def connection(finished: Books) -> Iterator[sa.Connection]:
    with finished.opened() as database, database.transaction() as connection:
        yield connection


def minor(cell: object) -> int:
    return cell.amount_minor if isinstance(cell, Money) else 0


@pytest.mark.parametrize("days", [0, 12, 50, 74, 100])
def test_the_trial_balance_is_the_ledgers_on_any_day(connection: sa.Connection, days: int) -> None:
    until = LAST - timedelta(days=days)
    paper = statements.trial_balance(connection, until=until, at=AT)
    assert paper.verdict
    assert paper.verdict[0]
    shown = sorted(
        (int(row[0]), minor(row[4]) - minor(row[5])) for table in paper.tables for row in table.rows
    )
    ours = ledger.trial_balance(connection, as_of=until)
    assert shown == sorted((line.account, line.balance_minor) for line in ours)
    for table in paper.tables:
        for column in (2, 3, 4, 5):
            total = sum(minor(row[column]) for row in table.rows)
            assert total == minor(table.totals[0][column])


def test_a_months_trial_balance_opens_where_the_month_before_closed(
    connection: sa.Connection,
) -> None:
    before = statements.trial_balance(connection, until=date(2026, 9, 30), at=AT)
    month = statements.trial_balance(
        connection, since=date(2026, 10, 1), until=date(2026, 10, 31), at=AT
    )
    closed = {
        (table.caption, row[0]): minor(row[4]) - minor(row[5])
        for table in before.tables
        for row in table.rows
    }
    opened = {
        (table.caption, row[0]): minor(row[2]) for table in month.tables for row in table.rows
    }
    assert {key: amount for key, amount in opened.items() if amount} == {
        key: amount for key, amount in closed.items() if amount
    }


def test_a_household_sees_every_line_and_what_is_still_owed(connection: sa.Connection) -> None:
    households = connection.execute(
        sa.text("SELECT DISTINCT subject_id FROM ledger.journal WHERE subject_id > 0 ORDER BY 1")
    ).scalars()
    owing = (2100, 2105, 2110, 2120)
    for household in households.all():
        paper = statements.household_statement(connection, household, until=LAST, at=AT)
        where, lines = paper.tables
        assert len(lines.rows) == len(ledger.statement(connection, household))
        held = ledger.balances_of(connection, household)
        owed = -sum(one.amount_minor for one in held if one.account in owing)
        assert minor(lines.rows[-1][5]) == owed
        assert sum(minor(row[1]) for row in where.rows if row[0] in {"held", "came back"}) <= owed


@pytest.mark.parametrize("day", [date(2026, 9, 4), date(2026, 9, 8), date(2026, 10, 6), LAST])
def test_what_is_in_transit_is_told_by_bank_and_age_on_any_day(
    connection: sa.Connection, day: date
) -> None:
    paper = statements.in_transit_ageing(connection, until=day, at=AT)
    assert paper.verdict
    assert paper.verdict[0]
    told = sum(minor(table.totals[0][-1]) for table in paper.tables)
    control = connection.execute(
        sa.text(
            "SELECT coalesce(sum(credit_minor - debit_minor), 0) FROM ledger.movement"
            " WHERE account = 1090 AND value_on <= :day"
        ),
        {"day": day},
    ).scalar_one()
    assert told == control
    assert (told > 0) == (day in {date(2026, 9, 8), date(2026, 10, 6)})


def test_the_budget_and_the_funds_add_up(connection: sa.Connection) -> None:
    for statement in (statements.budget_execution, statements.source_and_use):
        paper = statement(connection, until=LAST, at=AT)
        assert paper.verdict
        assert paper.verdict[0], paper.verdict
    paper = statements.budget_execution(connection, until=LAST, at=AT)
    by_fund, by_cycle = paper.tables
    assert len(by_fund.rows) == 2
    assert len(by_cycle.rows) == 6
    for currency in ("BRL", "INR"):
        spent = sum(minor(row[4]) for row in by_fund.rows if row[2] == currency)
        assert spent == sum(minor(row[4]) for row in by_cycle.rows if row[2] == currency)


@pytest.mark.parametrize("name", ["trial balance", "in transit"])
def test_a_statement_of_books_changed_by_hand_says_that_it_does_not_add_up(
    name: str, finished: Books, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    with books.tampering() as raw:
        if name == "trial balance":
            raw.execute("UPDATE ledger.template SET debit = 4321 WHERE event = 40")
        else:
            raw.execute("DELETE FROM ledger.journal WHERE slot = 41")
    with books.opened() as database, database.transaction() as connection:
        paper = STATEMENTS[name](connection, until=LAST, at=AT)
    assert paper.verdict
    assert not paper.verdict[0]


@pytest.mark.parametrize("name", STATEMENTS)
def test_empty_books_give_a_statement_too(name: str, database: Any) -> None:
    with database.transaction() as connection:
        paper = STATEMENTS[name](connection, until=LAST, at=AT)
        nobody = statements.household_statement(connection, 1, until=LAST, at=AT)
    assert to_html(paper)
    assert to_pdf(nobody)


@pytest.mark.parametrize("form", ["csv", "xlsx", "html", "pdf", "json"])
def test_every_form_is_written_once(form: str, finished: Books, cct: Cct, tmp_path: Path) -> None:
    out = tmp_path / f"balance.{form}"
    words = ("--demo", "statement", "trial-balance", "--format", form, "--out", str(out))
    assert cct(finished, *words).exit_code == 0
    assert out.stat().st_size > 500
    again = cct(finished, *words)
    assert again.exit_code == 3
    assert "never overwritten" in again.errors


def test_csv_and_workbook_hold_the_same_amounts(finished: Books, cct: Cct, tmp_path: Path) -> None:
    words = ("--demo", "statement", "trial-balance", "--fund", "BF-2026")
    ran = cct(finished, *words, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.output)))
    debits = [Decimal(row["Debit (BRL)"]) for row in rows]
    out = tmp_path / "balance.xlsx"
    assert cct(finished, *words, "--format", "xlsx", "--out", str(out)).exit_code == 0
    book = load_workbook(out)
    found = [
        Decimal(str(sheet.cell(row, 3).value))
        for sheet in book.worksheets
        for row in range(3, sheet.max_row)
    ]
    assert sorted(found) == sorted(debits)
    assert sum(debits) > 0
    assert {row["table"].split(",")[1].strip() for row in rows} == {"BF-2026"}


@pytest.mark.parametrize(
    "words",
    [
        ("trial-balance", "--format", "xlsx"),
        ("trial-balance", "--out", "somewhere.txt"),
        ("trial-balance", "--period", "September"),
        ("trial-balance", "--as-of", "yesterday"),
        ("household", "one"),
    ],
    ids=" ".join,
)
def test_wrong_words_leave_with_2(words: tuple[str, ...], finished: Books, cct: Cct) -> None:
    ran = cct(finished, "--demo", "statement", *words)
    assert ran.exit_code == 2, ran


def test_no_bank_account_of_ours_is_negative_after_any_batch_or_on_any_day(
    connection: sa.Connection,
) -> None:
    for order in ("position", "value_on"):
        lowest = connection.execute(
            sa.text(f"""
                SELECT fund_id, min(held) AS held_minor, count(*) AS movement_count
                FROM (SELECT fund_id, sum(debit_minor - credit_minor)
                             OVER (PARTITION BY fund_id ORDER BY {order}) AS held
                      FROM ledger.movement WHERE account = 1010) moved
                GROUP BY fund_id
            """)
        ).all()
        assert len(lowest) == 2
        assert all(row.held_minor >= 0 and row.movement_count > 3 for row in lowest), order
