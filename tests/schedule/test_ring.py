"""The doorbell: what is due is done once, by whoever looks first, and nothing that needs a hand."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from elsewhere import started
from ringing import ring_once

from cct_engine import cycle, registry
from cct_engine.people import Refused
from cct_engine.schedule import ClockWentBack, due, ring, run

if TYPE_CHECKING:
    from conftest import Clockwork

SEPTEMBER = "bolsa_familia-2026-09"
OCTOBER = "bolsa_familia-2026-10"
# September's first pay day is 17 September: opened 28 August, frozen 5 September, 06:00 there.
BEFORE_CUT_OFF = datetime(2026, 9, 5, 8, 59, tzinfo=UTC)
CUT_OFF = datetime(2026, 9, 5, 9, tzinfo=UTC)
OCTOBER_OPENS = datetime(2026, 9, 29, 9, tzinfo=UTC)


def _due(clockwork: Clockwork, at: datetime) -> list[tuple[str, str]]:
    desk = clockwork.desk
    with desk.database.transaction() as connection:
        return [(one.verb, one.cycle) for one in due(connection, at, home=desk.home)]


def test_nothing_is_due_a_minute_before_the_cut_off(clockwork: Clockwork) -> None:
    assert _due(clockwork, BEFORE_CUT_OFF) == []


def test_the_cut_off_is_due_on_the_minute_and_for_ever_after(clockwork: Clockwork) -> None:
    assert _due(clockwork, CUT_OFF) == [("freeze", SEPTEMBER)]
    assert ("freeze", SEPTEMBER) in _due(clockwork, CUT_OFF + timedelta(days=400))


def test_one_ring_goes_as_far_as_no_signature_is_needed(clockwork: Clockwork) -> None:
    rung = ring(clockwork.at(CUT_OFF))
    assert [one.due.verb for one in rung] == ["freeze", "calculate", "check"]
    assert all(one.refusal == "" for one in rung)
    assert clockwork.cycles() == {SEPTEMBER: "checked"}


def test_the_schedule_signs_nothing(clockwork: Clockwork) -> None:
    ring(clockwork.at(CUT_OFF))
    with pytest.raises(Refused):
        cycle.submit(clockwork.at(CUT_OFF), SEPTEMBER)
    assert ring(clockwork.at(CUT_OFF)) == []


def test_the_next_cycle_opens_by_its_calendar(clockwork: Clockwork) -> None:
    ring(clockwork.at(CUT_OFF))
    assert _due(clockwork, OCTOBER_OPENS - timedelta(minutes=1)) == []
    ring(clockwork.at(OCTOBER_OPENS))
    assert clockwork.cycles() == {SEPTEMBER: "checked", OCTOBER: "opened"}


def test_at_new_year_the_next_cycle_is_paid_by_the_fund_of_its_pay_day(
    clockwork: Clockwork,
) -> None:
    def fund(code: str, year: int, account: str, opens_on: date | None = None) -> None:
        with clockwork.desk.database.transaction() as connection:
            registry.setup.fund(
                connection,
                code=code,
                title=code,
                department="mds",
                currency="BRL",
                debtor_account=account,
                year=year,
                opens_on=opens_on,
                programmes=["bolsa_familia"],
            )

    fund("bf-2027", 2027, "0001000012345678")
    ring(clockwork.at(datetime(2027, 1, 12, tzinfo=UTC)))
    paid_by = clockwork.rows(
        "SELECT to_char(c.period, 'YYYY-MM'), f.code FROM cycle.cycle c"
        " JOIN registry.fund f USING (fund_id) ORDER BY c.period"
    )
    assert paid_by[-2:] == [("2026-12", "bf-2026"), ("2027-01", "bf-2027")]
    fund("states-2027", 2027, "0001000099999999")  # another account: the cycle before decides
    ring(clockwork.at(datetime(2027, 2, 12, tzinfo=UTC)))
    fund("states-2028", 2028, "0001000099999999", date(2028, 4, 1))
    fund("bf-2028", 2028, "0001000088888888", date(2028, 4, 1))
    paid_by = clockwork.rows(
        "SELECT f.code FROM cycle.cycle c JOIN registry.fund f USING (fund_id)"
        " WHERE c.period >= '2027-02-01'"
    )
    assert paid_by == [("bf-2027",)]
    april = date(2028, 4, 1)
    with pytest.raises(cycle.CycleError, match="Name the fund"):
        cycle.open_cycle(clockwork.at(OCTOBER_OPENS), "bolsa_familia", april)
    cycle.open_cycle(clockwork.at(OCTOBER_OPENS), "bolsa_familia", april, fund="states-2028")
    with pytest.raises(cycle.CycleError, match="of the year of its pay day 2028-03"):
        cycle.open_cycle(clockwork.at(OCTOBER_OPENS), "bolsa_familia", date(2028, 3, 1))


def test_a_cycle_is_not_frozen_before_the_one_before_it_is_decided(clockwork: Clockwork) -> None:
    late = OCTOBER_OPENS + timedelta(days=12)
    ring(clockwork.at(late))
    assert clockwork.cycles() == {SEPTEMBER: "checked", OCTOBER: "opened"}
    maker, checker = (replace(clockwork.at(late), officer_id=number) for number in (3, 4))
    cycle.submit(maker, SEPTEMBER)
    cycle.approve(checker, SEPTEMBER)
    ring(clockwork.at(late))
    assert clockwork.cycles()[OCTOBER] == "checked"


def test_nights_that_were_missed_are_made_up_for_in_order(clockwork: Clockwork) -> None:
    rung = ring(clockwork.at(datetime(2026, 12, 24, tzinfo=UTC)))
    done = [(one.due.verb, one.due.cycle) for one in rung]
    opened = [code for verb, code in done if verb == "open"]
    assert opened == [OCTOBER, "bolsa_familia-2026-11", "bolsa_familia-2026-12"]
    assert [verb for verb, code in done if code == SEPTEMBER] == ["freeze", "calculate", "check"]
    assert len(done) == 6


def test_a_programme_without_a_cycle_waits_for_a_person(clockwork: Clockwork) -> None:
    with clockwork.desk.database.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO registry.programme VALUES (9, 'dilli_annashree', 'Dilli Annashree', 'own',"
            " 'household', 1, 'INR', 'Asia/Kolkata')"
        )
    assert _due(clockwork, CUT_OFF) == [("freeze", SEPTEMBER)]


def test_what_the_bank_laid_down_is_due_at_once(clockwork: Clockwork) -> None:
    inbox = cycle.inbox_of(clockwork.desk.home)
    inbox.mkdir(parents=True)
    (inbox / "half.xml.part").write_text("<Doc")
    (inbox / "odd.xml").write_text("<Document/>")
    assert _due(clockwork, BEFORE_CUT_OFF) == [("reconcile", "")]
    ring(clockwork.at(BEFORE_CUT_OFF))
    assert [path.name for path in inbox.iterdir()] == ["half.xml.part"]
    assert clockwork.rows("SELECT state FROM recon.inbox_file") == [("quarantined",)]


def test_what_is_refused_is_said_and_the_rest_goes_on(clockwork: Clockwork) -> None:
    cycle.freeze(clockwork.at(CUT_OFF), SEPTEMBER)
    shard = min(cycle.folder_of(clockwork.desk.home, SEPTEMBER).rglob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1])
    rung = {one.due.verb: one.refusal for one in ring(clockwork.at(OCTOBER_OPENS))}
    assert "was not calculated" in rung["calculate"]
    assert rung["open"] == ""
    assert clockwork.cycles() == {SEPTEMBER: "frozen", OCTOBER: "opened"}


def test_a_clock_that_went_back_does_nothing(clockwork: Clockwork) -> None:
    with pytest.raises(ClockWentBack, match="set the clock"):
        ring(clockwork.at(datetime(2026, 8, 1, tzinfo=UTC)))
    assert clockwork.cycles() == {SEPTEMBER: "opened"}


# ------------------------------------------------------------------ several schedulers


def test_eight_threads_ring_at_once_and_each_step_is_done_once(clockwork: Clockwork) -> None:
    ready = threading.Barrier(8)

    def press(_number: int) -> int:
        ready.wait()
        return len(ring(clockwork.at(OCTOBER_OPENS)))

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(press, range(8)))
    assert sum(done) >= 4
    acts = clockwork.rows(
        "SELECT verb, count(*) FROM people.act WHERE outcome = 'done' AND verb LIKE 'cycle.%'"
        " GROUP BY verb ORDER BY verb"
    )
    assert acts == [
        ("cycle.calculate", 1),
        ("cycle.check", 1),
        ("cycle.correct", 1),
        ("cycle.freeze", 1),
        ("cycle.open", 2),
    ]


def test_without_the_lock_a_cycle_is_still_opened_once(clockwork: Clockwork) -> None:
    ready = threading.Barrier(8)

    def press(_number: int) -> bool:
        ready.wait()
        desk = clockwork.at(OCTOBER_OPENS)
        return cycle.open_cycle(desk, "bolsa_familia", date(2026, 10, 1)).done

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(press, range(8))) == [False] * 7 + [True]


def test_two_processes_ring_at_once_and_each_step_is_done_once(clockwork: Clockwork) -> None:
    desk = clockwork.desk
    url = desk.database.engine.url.render_as_string(hide_password=False)
    rings = [started(ring_once, url, desk.home, OCTOBER_OPENS) for _ in range(2)]
    for one in rings:
        one.join()
    assert {one.exitcode for one in rings} == {0}
    assert clockwork.cycles() == {SEPTEMBER: "checked", OCTOBER: "opened"}
    opened = clockwork.rows(
        "SELECT count(*) FROM people.act WHERE verb = 'cycle.open' AND outcome = 'done'"
    )
    assert opened == [(2,)]


def test_the_doorbell_rings_until_it_is_told_to_stop(clockwork: Clockwork) -> None:
    stop = threading.Event()
    bell = threading.Thread(
        target=run, args=[clockwork.at(CUT_OFF)], kwargs={"every_seconds": 1, "stop": stop}
    )
    bell.start()
    for _ in range(200):
        if clockwork.cycles()[SEPTEMBER] == "checked":
            break
        stop.wait(0.1)
    stop.set()
    bell.join()
    assert clockwork.cycles() == {SEPTEMBER: "checked"}
