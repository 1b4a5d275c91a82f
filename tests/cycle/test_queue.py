"""A law with a budget: its queue decides who enters, before the list is calculated and approved."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ledger
from cct_engine import audit, cycle, entitlement
from cct_engine.audit.control import Ask

if TYPE_CHECKING:
    from cycle_office import Office

LAW = Path(__file__).parent / "queue"


@pytest.fixture
def village(office: Office) -> Office:
    """Three families on the list and three who apply; the budget is enough for four."""
    shutil.copytree(LAW, office.home / "programmes")
    office.endow()
    office.register([office.family(f"F{n}", f"1234/567800{n}-1") for n in range(1, 4)])
    office.register(
        [office.family(f"P{n}", f"1234/567801{n}-1") for n in range(1, 4)], reason="applied"
    )
    return office


def prepared(office: Office, period: date) -> tuple[str, str]:
    """Prepare a cycle up to the approval; return its code and what the freeze told."""
    maker = office.desk("maker")
    cycle.open_cycle(maker, office.programme, period)
    code = cycle.code_of(office.programme, period)
    told = cycle.freeze(maker, code).sentence
    for step in (cycle.calculate, cycle.check, cycle.submit):
        assert step(maker, code).done
    return code, told


def enrolled(office: Office) -> list[object]:
    rows = office.rows("SELECT household_id FROM registry.enrolment ORDER BY household_id")
    return [row[0] for row in rows]


def test_the_queue_of_a_budget_decides_who_enters_and_the_checker_sees_who_waits(
    village: Office,
) -> None:
    code, told = prepared(village, date(2026, 9, 1))
    assert "The budget of R$ 900,00 does not reach 2 families, who wait." in told
    waiting = "SELECT household_id, place, cost_minor FROM cycle.waiting_household ORDER BY place"
    assert village.rows(waiting) == [(5, 2, 20000), (6, 3, 20000)]
    assert village.rows("SELECT code, effect, evidence FROM cycle.finding ORDER BY 1 LIMIT 1") == [
        (
            "BUDGET_QUEUE",
            "warns",
            {"waiting": 2, "ceiling_minor": 90000, "spent_minor": 80000},
        )
    ]
    with village.database.transaction() as connection:
        found = entitlement.explain(connection, village.home, 5, code)
    assert "The money does not reach you: place 2 of the queue." in found.sentences
    assert ("ceiling", "900.00", "s. 2") in {(one.name, one.value, one.law) for one in found.law}

    cycle.approve(village.desk("checker"), code)
    assert enrolled(village) == [1, 2, 3, 4]
    assert cycle.release(village.desk("releaser"), code).counts["payments"] == 4
    with village.database.transaction() as connection:
        assert ledger.balance(connection, 5100, fund_id=1) == 80000
        assert ledger.verify(connection) == ()

    village.at += timedelta(days=30)
    _, told = prepared(village, date(2026, 10, 1))
    assert "does not reach 2 families" in told
    again = waiting.replace("ORDER", "WHERE cycle_id = 2 ORDER")
    assert village.rows(again) == [(5, 1, 20000), (6, 2, 20000)]


def test_a_cycle_with_a_queue_repeats_and_its_inputs_are_what_the_books_say(
    village: Office,
) -> None:
    code, _ = prepared(village, date(2026, 9, 1))
    cycle.approve(village.desk("checker"), code)
    with village.database.transaction() as connection:
        assert entitlement.recompute(connection, village.home, code).repeats
    controls = {one.code: one for one in audit.controls()}
    with village.database.transaction() as connection:
        ask = Ask(connection, village.home, date(2026, 9, 30), None, 10)
        for name in ("recompute_and_compare", "inputs_as_known"):
            assert controls[name].run(ask).found_count == 0, name
