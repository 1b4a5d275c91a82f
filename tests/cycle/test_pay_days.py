"""Pay days: each family is paid on the day of its payee's last digit, a file for each day."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import resources
from typing import TYPE_CHECKING

import pytest
from lxml import etree

import ledger
from bank_adapters.simulator import FailureMix, simulate
from cct_engine import cycle

if TYPE_CHECKING:
    from cycle_office import Office

PROGRAMMES = resources.files("cct_engine.programmes")

OCTOBER = date(2026, 10, 1)
CODE = "bolsa_familia-2026-10"
TOWN = "4314902"
# The last ten business days of October 2026 belong to the digits 1, 2, … 9, 0 in this order; who
# has no number is paid on the last of them.
NUMBERS = {
    "12345678911": date(2026, 10, 19),
    "12345678921": date(2026, 10, 19),
    "12345678932": date(2026, 10, 20),
    "12345678945": date(2026, 10, 23),
    "12345678950": date(2026, 10, 30),
    "": date(2026, 10, 30),
}


@pytest.fixture
def village(office: Office) -> Office:
    """A family for each number; the fourth and the sixth live in a town of their own."""
    office.endow()
    families = [
        office.family(f"F{place}", f"1234/56780{place}-1", nis=number or None)
        for place, number in enumerate(NUMBERS, start=1)
    ]
    for place in (3, 5):
        families[place] = families[place]._replace(municipality=TOWN)
    office.register(families)
    return office


def _released(office: Office, *, value_on: date | None = None, days: int = 10) -> str:
    maker = office.desk("maker")
    cycle.open_cycle(maker, office.programme, OCTOBER, value_on=value_on)
    for step in (cycle.freeze, cycle.calculate, cycle.check, cycle.submit):
        assert step(maker, CODE).done
    cycle.approve(office.desk("checker"), CODE)
    return cycle.release(office.desk("releaser", later=timedelta(days=days)), CODE).sentence


def _paid_on(office: Office) -> list[tuple[object, ...]]:
    return office.rows(
        "SELECT p.household_id, i.value_on FROM cycle.instruction i"
        " JOIN cycle.instruction_part p USING (instruction_id) GROUP BY 1, 2 ORDER BY 1"
    )


def test_the_last_digit_of_the_payees_number_decides_the_day(village: Office) -> None:
    _released(village)
    assert _paid_on(village) == list(enumerate(NUMBERS.values(), start=1))


def test_each_day_has_a_file_of_its_own_which_asks_the_bank_for_that_day(village: Office) -> None:
    told = _released(village)
    assert "They pay on 4 days, 2026-10-19 to 2026-10-30." in told
    asked = {}
    for path in cycle.outbox_of(village.home).glob("*.xml"):
        tree = etree.parse(path)
        asked[tree.findtext(".//{*}ReqdExctnDt/{*}Dt")] = len(tree.findall(".//{*}CdtTrfTxInf"))
    assert asked == {"2026-10-19": 2, "2026-10-20": 1, "2026-10-23": 1, "2026-10-30": 2}


def test_a_release_after_some_pay_days_pays_what_is_late_at_once(village: Office) -> None:
    _released(village, days=29)  # on 21 October
    days = [day for _, day in _paid_on(village)]
    assert days == [date(2026, 10, 21)] * 3 + [date(2026, 10, 23)] + [date(2026, 10, 30)] * 2


def test_a_cycle_opened_for_a_day_of_its_own_is_paid_whole_on_that_day(village: Office) -> None:
    _released(village, value_on=date(2026, 10, 15))
    assert {day for _, day in _paid_on(village)} == {date(2026, 10, 15)}
    assert len(list(cycle.outbox_of(village.home).glob("*.xml"))) == 1


def test_a_release_done_twice_sends_no_file_twice(village: Office) -> None:
    _released(village)
    before = {path.name: path.read_bytes() for path in cycle.outbox_of(village.home).iterdir()}
    assert not cycle.release(village.desk("releaser", later=timedelta(days=10)), CODE).done
    assert {p.name: p.read_bytes() for p in cycle.outbox_of(village.home).iterdir()} == before


def test_the_bank_pays_day_by_day_and_the_cycle_closes(village: Office) -> None:
    _released(village)
    inbox = cycle.inbox_of(village.home)
    inbox.mkdir(parents=True, exist_ok=True)
    open_minor = []
    for day in range(10, 45):
        simulate(
            cycle.outbox_of(village.home),
            inbox,
            seed=7,
            mix=FailureMix.NONE,
            on=village.at.date() + timedelta(days=day),
        )
        cycle.reconcile(village.desk("liaison", later=timedelta(days=day)))
        with village.database.transaction() as connection:
            open_minor.append(-ledger.balance(connection, 1090, fund_id=1))
    assert len(set(open_minor)) > 3, "the money leaves on several days"
    assert open_minor[-1] == 0
    assert cycle.close(village.desk("liaison", later=timedelta(days=45)), CODE).done
    with village.database.transaction() as connection:
        assert ledger.verify(connection) == ()


FLOOD = f"""
overrides:
  - from: 2026-10-01
    to: 2026-10-31
    where: household.municipality = '{TOWN}'
    calendar: first_day
    law: a decree
"""


def test_families_of_a_flooded_town_are_paid_on_the_first_pay_day(village: Office) -> None:
    own = village.home / "programmes"
    own.mkdir()
    for file in PROGRAMMES.iterdir():
        if file.name.startswith("bolsa_familia."):
            own.joinpath(file.name).write_bytes(file.read_bytes())
    with own.joinpath("bolsa_familia.yaml").open("a", encoding="utf-8") as law:
        law.write(FLOOD)
    _released(village)
    days = [*NUMBERS.values()]
    days[3] = days[5] = date(2026, 10, 19)
    assert _paid_on(village) == list(enumerate(days, start=1))
