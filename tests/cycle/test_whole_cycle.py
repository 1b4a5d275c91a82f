"""A cycle from the opened period to the closed books, with a bank that answers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

import ledger
from bank_adapters.simulator import FailureMix, simulate
from cct_engine import cycle
from cct_engine.cycle import CycleError
from cct_engine.people import acts

if TYPE_CHECKING:
    from cycle_office import Office

SEPTEMBER = date(2026, 9, 1)
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def village(office: Office) -> Office:
    """Twelve families with accounts and one without."""
    office.endow()
    office.register(
        [office.family(f"F{number}", f"1234/5678{number:02d}-1") for number in range(1, 13)]
        + [office.family("G", None)]
    )
    return office


def _prepared(office: Office, period: date) -> str:
    maker = office.desk("maker")
    cycle.open_cycle(maker, office.programme, period)
    code = cycle.code_of(office.programme, period)
    for step in (cycle.freeze, cycle.calculate, cycle.check, cycle.submit):
        assert step(maker, code).done
    return code


def _answered(office: Office, mix: FailureMix, *, days: int = 12) -> None:
    inbox = cycle.inbox_of(office.home)
    inbox.mkdir(parents=True, exist_ok=True)
    start = office.at.date()
    for day in range(days):
        simulate(
            cycle.outbox_of(office.home), inbox, seed=7, mix=mix, on=start + timedelta(days=day)
        )
        cycle.reconcile(office.desk("liaison", later=timedelta(days=day)))


def test_a_cycle_goes_from_opened_to_closed_and_every_sum_ties(village: Office) -> None:
    code = _prepared(village, SEPTEMBER)
    cycle.approve(village.desk("checker"), code)
    sent = cycle.release(village.desk("releaser"), code)
    assert sent.counts["payments"] == 12
    _answered(village, FailureMix.NONE)
    closed = cycle.close(village.desk("liaison", later=timedelta(days=20)), code)
    assert closed.done
    assert village.state(code) == "closed"
    with village.database.transaction() as connection:
        assert ledger.verify(connection) == ()
        assert list(acts.verify(connection)) == []
        assert ledger.balance(connection, 1090, fund_id=1) == 0
        assert ledger.balance(connection, 2100, fund_id=1) == 0
    page = cycle.report_of(village.home, code).read_text()
    assert "✓ Every sum on this page ties" in page
    assert "Bolsa Família, September 2026" in page


def test_nobody_reads_a_name_or_an_account_in_report_or_acts(village: Office) -> None:
    code = _prepared(village, SEPTEMBER)
    cycle.approve(village.desk("checker"), code)
    cycle.release(village.desk("releaser"), code)
    _answered(village, FailureMix.NONE)
    cycle.close(village.desk("liaison", later=timedelta(days=20)), code)
    shown = cycle.report_of(village.home, code).read_text()
    shown += str(village.rows("SELECT * FROM people.act"))
    shown += str(village.told)
    for private in ("Maria", "Silva", "1234/5678", "567801"):
        assert private not in shown


def test_the_family_without_account_is_held_and_paid_when_it_has_one(village: Office) -> None:
    first = _prepared(village, SEPTEMBER)
    assert village.value(
        "SELECT held_minor > 0 AND pay_now_minor = 0 FROM cycle.household_result"
        " WHERE cycle_id = 1 AND household_id = 13"
    )
    cycle.approve(village.desk("checker"), first)
    cycle.release(village.desk("releaser"), first)
    held = village.value(
        "SELECT held_minor FROM cycle.household_result WHERE cycle_id = 1 AND household_id = 13"
    )
    with village.database.transaction() as connection:
        assert ledger.balance(connection, 2105, fund_id=1, subject=13) == -int(str(held))
    village.take_in(
        "accounts",
        "person_ref,kind,number,agent,holder_name,verified,valid_from\n"
        "G-m,AGENCIA_CONTA,1234/567899-1,00000000,Maria da Silva,true,2026-01-01\n",
    )
    village.at += timedelta(days=30)
    second = _prepared(village, OCTOBER)
    cycle.approve(village.desk("checker"), second)
    report = cycle.release(village.desk("releaser"), second)
    assert report.counts["payments"] == 13
    paid = village.value(
        "SELECT sum(amount_minor) FROM cycle.instruction_part WHERE household_id = 13"
    )
    assert paid == 2 * int(str(held))
    with village.database.transaction() as connection:
        assert ledger.balance(connection, 2105, fund_id=1, subject=13) == 0


def test_a_cycle_with_payments_under_way_does_not_close_and_says_why(village: Office) -> None:
    code = _prepared(village, SEPTEMBER)
    cycle.approve(village.desk("checker"), code)
    cycle.release(village.desk("releaser"), code)
    with pytest.raises(CycleError, match=r"stays open\. 12 payments are sent"):
        cycle.close(village.desk("liaison"), code)
    assert village.state(code) == "released"
    assert not cycle.report_of(village.home, code).exists()


def test_what_the_bank_refuses_is_paid_again_with_the_next_cycle(village: Office) -> None:
    first = _prepared(village, SEPTEMBER)
    cycle.approve(village.desk("checker"), first)
    cycle.release(village.desk("releaser"), first)
    _answered(village, FailureMix.STRESS, days=20)
    failed = village.value(
        "SELECT count(*) FROM cycle.instruction WHERE state IN ('rejected', 'returned')"
    )
    assert village.value("SELECT count(*) FROM cycle.instruction WHERE state = 'settled'")
    village.at += timedelta(days=30)
    second = _prepared(village, OCTOBER)
    cycle.approve(village.desk("checker"), second)
    report = cycle.release(village.desk("releaser"), second)
    assert report.counts["payments"] == 12 + report.counts["reissued"]
    assert report.counts["reissued"] <= int(str(failed))
    with village.database.transaction() as connection:
        assert ledger.verify(connection) == ()


def test_each_step_leaves_one_line_in_the_log_with_its_counts_and_sums(village: Office) -> None:
    with capture_logs() as logged:
        code = _prepared(village, SEPTEMBER)
    steps = [line for line in logged if line["event"] == "cycle.step"]
    assert [line["step"] for line in steps] == ["open", "freeze", "calculate", "check", "submit"]
    assert {line["cycle"] for line in steps} == {code}
    submitted = steps[-1]
    assert submitted["paid_families_count"] == 12
    assert submitted["to_pay_minor"] > 0
    assert submitted["seconds"] >= 0


def test_progress_is_told_while_a_step_runs(village: Office) -> None:
    _prepared(village, SEPTEMBER)
    told = {(one.verb, one.what) for one in village.told}  # type: ignore[attr-defined]
    assert ("freeze", "shards") in told
    assert ("calculate", "households") in told


def test_an_applicant_whom_the_approved_list_pays_is_enrolled_by_it(village: Office) -> None:
    village.register([village.family("P", "1234/567877-1")], reason="applied")
    assert village.value("SELECT count(*) FROM registry.enrolment WHERE household_id = 14") == 0
    code = _prepared(village, SEPTEMBER)
    cycle.approve(village.desk("checker"), code)
    assert village.rows("SELECT valid_from FROM registry.enrolment WHERE household_id = 14") == [
        (SEPTEMBER,)
    ]
