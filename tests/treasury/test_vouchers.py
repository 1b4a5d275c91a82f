"""What officers do on the books by hand takes two of them, a document, and room in the books."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

import ledger
from cct_engine import treasury
from cct_engine.people import Refused
from ledger import Event


def test_nothing_is_in_the_books_before_a_second_officer_confirms(office: Any) -> None:
    voucher = office.propose("appropriate", amount_minor=1_000)
    assert voucher.state == "proposed"
    assert office.balance(8020) == 0
    posted = office.confirm(voucher)
    assert posted.state == "posted"
    assert office.balance(8020) == -1_000


def test_nobody_confirms_their_own_voucher_and_not_every_officer_may(office: Any) -> None:
    voucher = office.propose("appropriate", amount_minor=1_000)
    for by in ("maker", "auditor", "administrator"):
        with pytest.raises(Refused):
            office.confirm(voucher, by=by)
    with pytest.raises(Refused):
        office.propose("appropriate", by="auditor", amount_minor=1_000)
    assert office.balance(8020) == 0


def test_the_database_too_refuses_one_officer_on_both_sides(office: Any) -> None:
    voucher = office.propose("appropriate", amount_minor=1_000)
    with (
        pytest.raises(sa.exc.IntegrityError, match="maker_is_not_checker"),
        office.database.transaction() as connection,
    ):
        connection.execute(
            sa.text(
                "UPDATE treasury.voucher SET state = 'posted', decided_by = proposed_by, "
                "decided_at = proposed_at WHERE voucher_id = :number"
            ),
            {"number": voucher.voucher_id},
        )


def test_a_decided_voucher_is_not_decided_again_nor_changed(office: Any) -> None:
    voucher = office.propose("appropriate", amount_minor=1_000)
    office.confirm(voucher)
    with pytest.raises(treasury.TreasuryError, match="decided once"):
        office.confirm(voucher, by="second")
    with pytest.raises(treasury.TreasuryError, match="decided once"):
        treasury.withdraw(
            office.database, voucher.voucher_id, by=office.officers["maker"], at=voucher.proposed_at
        )
    with pytest.raises(sa.exc.IntegrityError), office.database.transaction() as connection:
        connection.execute(sa.text("UPDATE treasury.voucher SET state = 'withdrawn'"))
    assert office.balance(8020) == -1_000


def test_one_document_is_acted_on_once_unless_its_voucher_was_withdrawn(office: Any) -> None:
    first = office.propose("appropriate", amount_minor=1_000, document="Warrant 1")
    with pytest.raises(treasury.TreasuryError, match="Voucher 1 acts on"):
        office.propose("appropriate", amount_minor=1_000, document="Warrant 1")
    treasury.withdraw(
        office.database, first.voucher_id, by=office.officers["maker"], at=first.proposed_at
    )
    again = office.propose("appropriate", amount_minor=900, document="Warrant 1")
    office.confirm(again)
    assert office.balance(8020) == -900


@pytest.mark.parametrize(
    ("act", "what", "says"),
    [
        ("allot", {}, "an amount"),
        ("allot", {"amount_minor": 0}, "positive"),
        ("allot", {"amount_minor": 5, "household": 11}, "nothing to do with a household"),
        ("write_off", {"amount_minor": 5}, "needs a household"),
        ("unencumber", {"amount_minor": 5}, "needs a cycle"),
        ("correct", {"amount_minor": 5}, "needs a batch"),
        ("correct", {"batch_id": 77}, "no batch 77"),
        ("year_end", {"amount_minor": 5}, "nothing to do with an amount"),
        ("year_end", {}, "nothing to lapse"),
        ("embezzle", {"amount_minor": 5}, "No act is called"),
        ("allot", {"amount_minor": 5, "fund": "X"}, "no fund"),
    ],
)
def test_a_voucher_that_makes_no_sense_is_refused_with_the_reason(
    office: Any, act: str, what: dict[str, Any], says: str
) -> None:
    with pytest.raises(treasury.TreasuryError, match=says):
        office.propose(act, **what)


def test_what_is_appropriated_is_committed_only_as_far_as_it_is_allotted(office: Any) -> None:
    office.act("appropriate_to_allot", amount_minor=1_000)
    assert office.balance(8020) == 0
    office.act("allot", amount_minor=400, document="first quarter")
    with pytest.raises(ledger.Overdrawn, match="account 8015"):
        office.act("allot", amount_minor=601, document="second quarter")
    with pytest.raises(ledger.Overdrawn, match="account 8020"):
        office.post(Event.ENCUMBER, 0, 401)
    office.post(Event.ENCUMBER, 0, 400)


def test_an_overpayment_is_found_recovered_in_cash_and_the_rest_written_off(office: Any) -> None:
    office.act("appropriate", amount_minor=5_000)
    office.post(Event.ENCUMBER, 0, 3_000)
    office.post(Event.EXPEND, 0, 3_000)
    office.post(Event.ENTITLE, 11, 3_000)
    office.act("overpayment", household=11, case=7, amount_minor=900)
    assert office.balance(1210, 11) == 900
    assert office.balance(8040) == -office.balance(5100) == -2_100
    office.act("recover_in_cash", household=11, case=7, amount_minor=600)
    with pytest.raises(ledger.Overdrawn, match="account 1210"):
        office.act("write_off", household=11, case=7, amount_minor=301)
    office.act("provide", amount_minor=100)
    office.act("write_off_provided", household=11, case=7, amount_minor=100)
    office.act("write_off", household=11, case=7, amount_minor=200)
    assert office.balance(1210, 11) == 0
    assert office.balance(5190) == 300
    assert office.findings() == ()


def test_unclaimed_money_is_surrendered_to_the_treasury_and_no_more(office: Any) -> None:
    office.post(Event.ENTITLE, 11, 700)
    office.post(Event.UNCLAIMED, 11, 700)
    with pytest.raises(ledger.Overdrawn, match="account 2130"):
        office.act("surrender_unclaimed", amount_minor=701)
    office.act("surrender_unclaimed", amount_minor=700)
    assert (office.balance(2130), office.balance(1010)) == (0, -700)


def test_at_year_end_all_that_is_not_spent_lapses(office: Any) -> None:
    office.act("appropriate_to_allot", amount_minor=1_000)
    office.act("allot", amount_minor=600)
    office.post(Event.ENCUMBER, 0, 400)
    office.post(Event.EXPEND, 0, 250)
    office.post(Event.ENTITLE, 11, 250)
    voucher = office.propose("year_end", value_on=date(2026, 12, 31))
    assert voucher.amount_minor == 750
    office.confirm(voucher)
    budget = {account: office.balance(account) for account in (8010, 8015, 8020, 8030, 8040)}
    assert budget == {8010: 250, 8015: 0, 8020: 0, 8030: 0, 8040: -250}
    with pytest.raises(ledger.Overdrawn):
        office.post(Event.ENCUMBER, 0, 1, seq=2)


def test_a_year_end_that_was_overtaken_is_proposed_anew(office: Any) -> None:
    office.act("appropriate", amount_minor=1_000)
    voucher = office.propose("year_end")
    office.act("appropriate", amount_minor=1, document="late warrant")
    with pytest.raises(treasury.TreasuryError, match="1001 are left now"):
        office.confirm(voucher)


def test_a_wrong_batch_is_mirrored_line_by_line_once(office: Any) -> None:
    office.post(Event.ENTITLE, 11, 500)
    office.act("correct", batch_id=1, document="memo 1")
    assert office.balance(2100, 11) == office.balance(5100) == 0
    again = office.propose("correct", batch_id=1, document="memo 2")
    with pytest.raises(ledger.AlreadyPosted):
        office.confirm(again)
    with pytest.raises(treasury.TreasuryError, match="not corrected"):
        office.propose("correct", batch_id=2)


def test_two_officers_confirming_at_once_post_one_voucher_once(office: Any) -> None:
    voucher = office.propose("appropriate", amount_minor=1_000)
    barrier = threading.Barrier(2)

    def confirm(by: str) -> str:
        barrier.wait()
        try:
            return str(office.confirm(voucher, by=by).state)
        except treasury.TreasuryError:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, ("checker", "second"))) == ["posted", "refused"]
    assert office.balance(8020) == -1_000


def test_what_the_books_refuse_leaves_the_voucher_proposed_and_is_recorded(office: Any) -> None:
    voucher = office.propose("surrender_unclaimed", amount_minor=1)
    with pytest.raises(ledger.Overdrawn):
        office.confirm(voucher)
    with office.database.transaction() as connection:
        (found,) = treasury.vouchers(connection, state="proposed")
        acts = connection.execute(
            sa.text(
                "SELECT verb, outcome FROM people.act WHERE verb LIKE 'voucher%' ORDER BY act_id"
            )
        ).all()
    assert found == voucher
    assert [tuple(act) for act in acts] == [
        ("voucher.propose", "done"),
        ("voucher.confirm", "refused"),
    ]


def test_a_period_is_closed_by_another_officer_than_opened_it_and_takes_nothing_more(
    office: Any,
) -> None:
    at = office.propose("appropriate", amount_minor=1).proposed_at
    with pytest.raises(Refused):
        treasury.close_period(office.database, 1, by=office.officers["checker"], at=at)
    treasury.close_period(office.database, 1, by=office.officers["second"], at=at)
    late = office.propose("allot", amount_minor=1)
    with pytest.raises(ledger.PeriodClosed):
        office.confirm(late)


def test_only_the_engine_may_make_partitions(office: Any) -> None:
    functions = sa.text("""
        SELECT p.oid::regprocedure::text AS name FROM pg_proc p
        WHERE p.prosecdef AND p.pronamespace::regnamespace::text
                IN ('cycle', 'ledger', 'recon', 'registry', 'compliance', 'treasury')
          AND has_function_privilege('public', p.oid, 'EXECUTE')
    """)
    with office.database.transaction() as connection:
        assert connection.execute(functions).all() == []
