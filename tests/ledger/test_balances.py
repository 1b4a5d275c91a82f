"""What an accountant and a household ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import ledger
from ledger import Event


@pytest.fixture
def march(books: Any) -> Any:
    """One household paid, one returned, one held; a second fund beside."""
    books.post(Event.APPROPRIATE, {0: 9_000}, cycle_id=0)
    books.post(Event.ENTITLE, [(11, 1, 300), (11, 2, 200), (12, 1, 700)])
    books.post(Event.HOLD, {13: 400})
    books.post(Event.INSTRUCT, {11: 500, 12: 700}, conduit="BANK", value_on=date(2026, 3, 20))
    books.post(Event.SETTLE, {11: 500}, conduit="BANK", value_on=date(2026, 3, 25))
    books.post(Event.ENTITLE, [(11, 3, 50)], fund_id=2)
    return books


def test_the_trial_balance_has_every_account_moved_per_fund(march: Any) -> None:
    with march.transaction() as connection:
        lines = ledger.trial_balance(connection, fund_id=1)
        both = ledger.trial_balance(connection)
    assert [(line.account, line.balance_minor) for line in lines] == [
        (1010, -500),
        (1090, -700),
        (2100, 0),
        (2105, -400),
        (5100, 1600),
        (8010, 9000),
        (8020, -9000),
    ]
    assert [line for line in both if line.fund_id == 1] == list(lines)
    assert sum(line.balance_minor for line in both) == 0


def test_the_trial_balance_of_a_past_day_leaves_out_what_came_later(march: Any) -> None:
    with march.transaction() as connection:
        before = ledger.trial_balance(connection, as_of=date(2026, 3, 19))
        on_the_day = ledger.trial_balance(connection, as_of=date(2026, 3, 20))
    assert 1090 not in {line.account for line in before}
    transit = next(line for line in on_the_day if line.account == 1090)
    assert (transit.debit_minor, transit.credit_minor) == (0, 1200)


def test_a_household_sees_each_line_of_its_money_in_order(march: Any) -> None:
    with march.transaction() as connection:
        lines = ledger.statement(connection, 11)
        one_fund = ledger.statement(connection, 11, fund_id=2, cycle_id=1)
    assert [(line.name, line.seq, line.amount_minor) for line in lines] == [
        ("entitle", 1, 300),
        ("entitle", 2, 200),
        ("instruct", 1, 500),
        ("settle", 1, 500),
        ("entitle", 3, 50),
    ]
    assert one_fund == lines[4:]


def test_a_household_sees_what_is_owed_in_every_fund(march: Any) -> None:
    with march.transaction() as connection:
        assert [tuple(held) for held in ledger.balances_of(connection, 11)] == [
            (2100, "Beneficiary payable, current entitlement", 2, -50)
        ]
        assert [held.account for held in ledger.balances_of(connection, 13)] == [2105]


def test_a_control_account_is_the_sum_of_its_subjects(march: Any) -> None:
    subjects = sum(march.balance(2100, subject=subject, fund_id=2) for subject in (11, 12, 13))
    assert march.balance(2100, fund_id=2) == subjects == -50
    with pytest.raises(ledger.LedgerError, match="not kept by subject"):
        march.balance(5100, subject=11)


def test_what_is_in_transit_is_known_per_conduit_and_cycle(march: Any) -> None:
    with march.transaction() as connection:
        (open_,) = ledger.in_transit(connection)
    assert (open_.conduit, open_.cycle_id, open_.line_count, open_.amount_minor) == (
        "BANK",
        1,
        1,
        700,
    )
    assert open_.first_sent_on == date(2026, 3, 20)


def test_the_totals_of_a_cycle_are_known_by_event(march: Any) -> None:
    with march.transaction() as connection:
        assert ledger.totals_by_event(connection, 1, fund_id=1) == {
            Event.ENTITLE: (3, 1200),
            Event.HOLD: (1, 400),
            Event.INSTRUCT: (2, 1200),
            Event.SETTLE: (1, 500),
        }
