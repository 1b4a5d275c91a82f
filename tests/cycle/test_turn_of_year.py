"""Over New Year: what a family has open with the fund of one year goes over to the next one's."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

import ledger
from cct_engine.cycle import approve, submit
from ledger import Event

if TYPE_CHECKING:
    from cycle_office import Office


@pytest.fixture
def january(office: Office) -> str:
    """December from the fund of 2026 leaves money open; January is paid by the fund of 2027."""
    office.run(
        "INSERT INTO registry.fund VALUES"
        " (2, 'bf-2027', 'Bolsa Família 2027', 1, 'BRL', '0001000012345678', 2027)"
    )
    office.run("INSERT INTO registry.programme_fund VALUES (1, 2)")
    office.endow()
    office.endow(10_000, fund=2)
    december = [
        office.line(1, 600, "due", "held"),
        office.line(1, 90, "due", "withheld", "B"),
        office.line(2, 500),
        office.line(3, 70, "due", "held"),
    ]
    code = office.cycle(december, period=date(2026, 12, 1), state="checked")
    submit(office.desk("maker"), code)
    approve(office.desk("checker"), code)
    overpaid(office, household=2, amount_minor=100)
    blocked, certified = "held:ladder:family:blocked", "withheld:deadline"
    lines = [
        office.line(1, 600, "released", "payable", "BASE", blocked),
        office.line(1, 60, "released", "payable", "B", certified),
        office.line(1, 30, "lapsed", "forfeited", "B", certified),
        office.line(2, 500),
        office.line(2, -40, "recovery"),
        office.line(3, 70, "lapsed", "forfeited", "BASE", blocked),
        office.line(3, 500),
    ]
    code = office.cycle(lines, period=date(2027, 1, 1), state="checked", fund=2)
    submit(office.desk("maker"), code)
    approve(office.desk("checker"), code)
    return code


def overpaid(office: Office, *, household: int, amount_minor: int) -> None:
    batch = ledger.Batch(
        event=Event.OVERPAYMENT,
        programme_id=1,
        fund_id=1,
        cycle_id=0,
        value_on=date(2026, 12, 30),
        currency="BRL",
        key="case/1",
        prepared_by=office.officers["maker"],
        approved_by=office.officers["checker"],
        recorded_at=office.at,
    )
    lines = ledger.Lines.of(
        subject=[household], seq=[1], amount_minor=[amount_minor], reference=[1]
    )
    with office.database.transaction() as connection:
        ledger.post(connection, batch, lines)


def balances(office: Office, fund: int) -> dict[int, int]:
    accounts = (1210, 2100, 2105, 2110, 4100, 5100, 8020, 8040)
    with office.database.transaction() as connection:
        found = {one: ledger.balance(connection, one, fund_id=fund) for one in accounts}
        assert ledger.verify(connection) == ()
    return {account: amount for account, amount in found.items() if amount}


@pytest.mark.usefixtures("january")
def test_recovery_by_netting_goes_on_over_new_year_and_the_new_budget_is_charged_in_full(
    office: Office,
) -> None:
    assert balances(office, 2) == {
        # Two families' 500 and the 660 released, less the 40 taken back.
        2100: -(1000 + 660 - 40),
        4100: -(30 + 70),  # what lapsed was the other year's expense
        5100: 1000,
        8020: -9000,
        8040: -1000,
    }


@pytest.mark.usefixtures("january")
def test_the_old_year_keeps_its_expense_and_what_the_list_did_not_touch(office: Office) -> None:
    old = balances(office, 1)
    assert (old[1210], old[2100], old[5100]) == (60, -500, 600 + 90 + 500 + 70 - 100)
    assert not old.keys() & {2105, 2110, 4100}


@pytest.mark.usefixtures("january")
def test_each_claim_is_given_up_by_the_one_fund_and_taken_on_by_the_other(office: Office) -> None:
    with office.database.transaction() as connection:
        events = ledger.totals_by_event(connection, 2)
    for out, into, amount in (
        (Event.CARRY_OVERPAYMENT_OUT, Event.CARRY_OVERPAYMENT_IN, 40),
        (Event.CARRY_HELD_OUT, Event.CARRY_HELD_IN, 670),
        (Event.CARRY_WITHHELD_OUT, Event.CARRY_WITHHELD_IN, 90),
    ):
        assert events[out].total_minor == events[into].total_minor == amount
    assert Event.UNEXPEND not in events
