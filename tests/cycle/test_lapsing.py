"""Money that came back waits as long as its law says, and then is the Treasury's."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from cct_engine import cycle
from cct_engine.cycle.lapsing import lapse, unclaimed
from cct_engine.people import Refused
from ledger import Event

if TYPE_CHECKING:
    from cycle_office import Office

PAID_ON = date(2026, 9, 28)
NEXT = date(2026, 10, 1)
LAST_DAY = PAID_ON + timedelta(days=120)  # Bolsa Família: 120 days, the last one still counts


@pytest.fixture
def refused(office: Office) -> Office:
    """Two families are paid; the account of the one with the smaller sum is closed."""
    office.endow()
    office.register([office.family(f"F{one}", f"1234/56780{one}-1") for one in (1, 2)])
    code = office.cycle([office.line(1, 60_000), office.line(2, 70_000)])
    cycle.check(office.desk("maker"), code)
    cycle.submit(office.desk("maker"), code)
    cycle.approve(office.desk("checker"), code)
    cycle.release(office.desk("releaser"), code)
    office.refused("600.00", "AC04")
    return office


def _on(office: Office, day: date) -> timedelta:
    return day - office.at.date()


def test_money_waits_until_the_last_day_of_the_law_and_lapses_after_it(refused: Office) -> None:
    with refused.database.transaction() as connection:
        (found,) = unclaimed(connection, refused.home, on=LAST_DAY)
    assert (found.value_on, found.last_day, found.is_past) == (PAID_ON, LAST_DAY, False)
    on_the_day = refused.desk("checker", later=_on(refused, LAST_DAY))
    assert lapse(on_the_day).sentence == "No payment is past the window of its law."
    done = lapse(refused.desk("checker", later=_on(refused, LAST_DAY + timedelta(days=1))))
    assert [(one.number, one.total_minor) for one in done.lapsed] == [(1, 60_000)]
    posted = "SELECT event, amount_minor FROM ledger.journal WHERE event = :event"
    assert refused.rows(posted, event=int(Event.UNCLAIMED_RETURNED)) == [(61, 60_000)]
    states = "SELECT state, count(*) FROM cycle.instruction GROUP BY state ORDER BY state"
    assert refused.rows(states)[0] == ("expired", 1)


def test_what_the_law_says_of_money_past_its_day_is_told(refused: Office) -> None:
    with refused.database.transaction() as connection:
        (found,) = unclaimed(connection, refused.home, on=LAST_DAY + timedelta(days=1))
    assert found.then == "lapses"
    assert found._replace(is_past=False).then == "waits"
    assert found._replace(lapses=False).then == "goes with the next release"
    assert found._replace(ends_enrolment=True).then == "lapses; the law ends the enrolment"


def test_only_a_checker_lets_money_lapse_and_the_refusal_is_recorded(refused: Office) -> None:
    late = _on(refused, LAST_DAY + timedelta(days=1))
    with pytest.raises(Refused):
        lapse(refused.desk("maker", later=late))
    refusals = "SELECT count(*) FROM people.act WHERE verb = 'payment.lapse' AND outcome <> 'done'"
    assert refused.value(refusals) == 1
    assert refused.value("SELECT count(*) FROM cycle.instruction WHERE state = 'expired'") == 0


def test_the_check_names_a_family_that_the_law_takes_off_the_list(refused: Office) -> None:
    folder = refused.home / "programmes"
    folder.mkdir(parents=True)
    text = files("cct_engine.programmes").joinpath("bolsa_familia.yaml").read_text("utf-8")
    rule = "then: return_to_programme"
    assert text.count(rule) == 1
    (folder / "bolsa_familia.yaml").write_text(text.replace(rule, f"{rule}\n    ends: enrolment"))
    named = "SELECT household_id, effect, evidence FROM cycle.finding WHERE code = :code"
    code = refused.cycle([refused.line(1, 60_000), refused.line(2, 70_000)], period=NEXT)
    cycle.check(refused.desk("maker", later=_on(refused, LAST_DAY)), code)
    assert refused.rows(named, code="MONEY_LEFT_BEHIND") == []
    late = _on(refused, LAST_DAY + timedelta(days=1))
    for act in (lapse, None):  # whether it lapsed or still lies there
        cycle.recheck(refused.desk("maker", later=late), code)
        cycle.check(refused.desk("maker", later=late), code)
        assert refused.rows(named, code="MONEY_LEFT_BEHIND") == [
            (1, "warns", {"payments": 1, "paid_on": PAID_ON.isoformat()})
        ]
        if act:
            act(refused.desk("checker", later=late))
