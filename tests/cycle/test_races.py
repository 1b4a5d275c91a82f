"""Every button of a cycle pressed by many at once: one wins, the others are told, money moves once.

``CCT_TEST_PRESSES`` is how often each button is pressed; eight hands press at the same moment.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import ledger
from cct_engine import cycle
from cct_engine.cycle import (
    CycleError,
    approve,
    check,
    confirm_override,
    findings,
    propose_override,
    release,
    submit,
)
from cct_engine.people import Refused
from ledger import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from cycle_office import Office

    from cct_engine.cycle import Desk, StepReport

HANDS = 8
PRESSES = int(os.environ.get("CCT_TEST_PRESSES", "200"))
REASON = "Mother and grown daughter."


@pytest.fixture
def town(office: Office) -> Office:
    """Three families; the last two share an account, which holds them until it is explained."""
    office.endow()
    accounts = ("1234/567890-1", "1234/567892-1", "1234/567892-1")
    office.register(
        [office.family(name, account) for name, account in zip("ABC", accounts, strict=True)]
    )
    return office


def _pressed(office: Office, officers: tuple[str, str], act: Callable[[Desk], StepReport]) -> int:
    """Press a button from eight desks at once, again and again; return how many pressings won."""
    ready = threading.Barrier(HANDS)

    def press(hand: int) -> int:
        desk = office.desk(officers[hand % 2])
        ready.wait()
        return sum(_won(act, desk) for _ in range(PRESSES // HANDS))

    with ThreadPoolExecutor(HANDS) as pool:
        return sum(pool.map(press, range(HANDS)))


def _won(act: Callable[[Desk], StepReport], desk: Desk) -> bool:
    try:
        return act(desk).done
    except (CycleError, Refused):
        return False


def test_override_submit_approve_and_release_have_one_winner_each(town: Office) -> None:
    code = town.cycle([town.line(number, 60_000) for number in (1, 2, 3)])
    check(town.desk("maker"), code)
    with town.database.transaction() as connection:
        shared = [one.finding_id for one in findings(connection, code) if one.household_id == 2]
    finding = shared[0]
    winners = {
        "propose": _pressed(
            town,
            ("case_worker", "maker"),
            lambda desk: propose_override(desk, code, finding, reason=REASON),
        ),
        "confirm": _pressed(
            town,
            ("checker", "second_checker"),
            lambda desk: confirm_override(desk, code, finding),
        ),
        "submit": _pressed(town, ("maker", "maker"), lambda desk: submit(desk, code)),
        "approve": _pressed(town, ("checker", "second_checker"), lambda desk: approve(desk, code)),
        "release": _pressed(town, ("releaser", "two_hats"), lambda desk: release(desk, code)),
    }
    assert set(winners.values()) == {1}, winners
    acts = town.rows(
        "SELECT verb, count(*) FROM people.act WHERE outcome = 'done' AND verb LIKE 'cycle.%'"
        " AND verb <> 'cycle.check' GROUP BY verb"
    )
    assert {str(verb): count for verb, count in acts} == {
        "cycle.propose override": 1,
        "cycle.confirm override": 1,
        "cycle.submit": 1,
        "cycle.approve": 1,
        "cycle.release": 1,
    }
    with town.database.transaction() as connection:
        posted = ledger.totals_by_event(connection, 1)
    assert posted[Event.ENTITLE] == posted[Event.INSTRUCT] == (2, 120_000)
    assert town.value("SELECT count(*) FROM cycle.instruction") == 2
    assert len(list(cycle.outbox_of(town.home).iterdir())) == 1
