"""A list is proposed by one officer and signed by another, and only the list that was read."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

import ledger
from cct_engine.cycle import postings
from cct_engine.cycle.record import Changed, CycleError
from cct_engine.cycle.signing import approve, reject, submit
from cct_engine.people import Refused
from cct_engine.rulebook import programme
from ledger import Event

if TYPE_CHECKING:
    from cycle_office import Office

WHOLE = [
    (1, 600, "due", "payable"),
    (1, 120, "due", "withheld", "ATTEND"),
    (2, 600, "due", "held"),
    (2, 70, "arrears", "payable"),
    (3, 600, "due", "forfeited"),
]


def _submitted(office: Office, lines: list[tuple[object, ...]] | None = None) -> str:
    made = [office.line(*line) for line in (WHOLE if lines is None else lines)]
    month = int(str(office.value("SELECT count(*) FROM cycle.cycle"))) + 1
    code = office.cycle(made, period=date(2026, month, 1), state="checked")
    submit(office.desk("maker"), code)
    return code


def _digest(office: Office, code: str) -> str:
    return str(office.value("SELECT list_digest FROM cycle.cycle WHERE code = :c", c=code))


def _tampered(engine: sa.Engine, statement: str) -> None:
    """Change a row as only the server's superuser can, with every trigger off."""
    with engine.begin() as owner:
        owner.execute(sa.text("SET session_replication_role = replica"))
        owner.execute(sa.text(statement))


def test_a_submission_fixes_list_and_maker(office: Office) -> None:
    code = _submitted(office)
    row = office.rows("SELECT state, prepared_by, length(list_digest) FROM cycle.cycle")
    assert row == [("submitted", office.officers["maker"], 64)]
    assert office.state(code) == "submitted"


def test_a_submitted_list_stands_still(office: Office) -> None:
    _submitted(office)
    for change in (
        "UPDATE cycle.entitlement_line SET amount_minor = 601 WHERE household_id = 1",
        "DELETE FROM cycle.entitlement_line WHERE household_id = 1",
        "UPDATE cycle.household_result SET payee_person_id = 5 WHERE household_id = 1",
    ):
        with pytest.raises(sa.exc.IntegrityError, match="has been submitted"):
            office.run(change)


def test_what_blocks_is_named_and_nothing_is_submitted(office: Office) -> None:
    code = office.cycle([office.line(1, 600)], state="checked")
    office.finding(code, None, kind="BUDGET_SHORT", effect="blocks")
    with pytest.raises(CycleError, match=r"BUDGET_SHORT \(1\) must be resolved first"):
        submit(office.desk("maker"), code)
    assert office.state(code) == "checked"


def test_an_approval_posts_every_state_of_money_to_its_account(office: Office) -> None:
    office.endow()
    code = _submitted(office)
    report = approve(office.desk("checker"), code, list_digest=_digest(office, code))
    assert report.done
    with office.database.transaction() as connection:
        balances = {
            account: -ledger.balance(connection, account, fund_id=1)
            for account in (2100, 2105, 2110, 8030, 8040)
        }
        events = ledger.totals_by_event(connection, 1)
    assert {event: total.total_minor for event, total in events.items()} == {
        Event.ENCUMBER: 1390,
        Event.EXPEND: 1390,
        Event.ENTITLE: 790,
        Event.HOLD: 600,
        Event.WITHHOLD_RETAINED: 120,
    }
    assert balances == {2100: 670, 2105: 600, 2110: 120, 8030: 0, 8040: 1390}


def test_money_of_earlier_cycles_moves_between_the_accounts_it_is_owed_on(office: Office) -> None:
    office.endow()
    first = _submitted(office, [(1, 600, "due", "held"), (1, 90, "due", "withheld", "B"), (2, 500)])
    approve(office.desk("checker"), first)
    second = _submitted(
        office,
        [
            (1, 600, "due", "payable"),
            (1, 600, "released", "payable", "BASE", "held:ladder:family:blocked"),
            (1, 60, "released", "payable", "B", "withheld:deadline"),
            (1, 30, "lapsed", "forfeited", "B", "withheld:deadline"),
        ],
    )
    approve(office.desk("checker"), second)
    with office.database.transaction() as connection:
        events = {
            event: total.total_minor
            for event, total in ledger.totals_by_event(connection, 2).items()
        }
    assert events[Event.RELEASE_HOLD] == 600
    assert events[Event.RELEASE_WITHHELD] == 60
    assert events[Event.FORFEIT_WITHHELD] == events[Event.UNEXPEND] == 30
    assert events[Event.ENCUMBER] == 600


def test_a_deduction_lessens_what_the_household_is_owed(office: Office) -> None:
    office.endow()
    code = _submitted(office, [(1, 600), (1, -100, "due", "payable", "DEDUCT"), (2, 50)])
    approve(office.desk("checker"), code)
    with office.database.transaction() as connection:
        events = ledger.totals_by_event(connection, 1)
        assert events[Event.ENTITLE] == (2, 550)
        assert ledger.balance(connection, 2100, fund_id=1, subject=1) == -500


def test_the_approval_says_what_the_checker_saw(office: Office) -> None:
    office.endow()
    code = _submitted(office)
    approve(office.desk("checker"), code)
    decided = office.rows("SELECT decision, submitted_by, decided_by, control FROM cycle.approval")
    assert decided == [
        (
            "approved",
            office.officers["maker"],
            office.officers["checker"],
            {
                "families": 3,
                "paid_families": 2,
                "to_pay": 670,
                "held": 600,
                "withheld": 120,
                "forfeited": 600,
            },
        )
    ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cycle.entitlement_line SET amount_minor = 601 WHERE component = 'ATTEND'",
        "UPDATE cycle.entitlement_line SET money_state = 'payable' WHERE household_id = 2",
        "UPDATE cycle.entitlement_line SET reason_code = 'x' WHERE household_id = 2",
        "UPDATE cycle.entitlement_line SET for_period = '2020-01-01' WHERE household_id = 3",
        "DELETE FROM cycle.entitlement_line WHERE household_id = 3",
        "UPDATE cycle.household_result SET payee_person_id = 99 WHERE household_id = 1",
    ],
)
def test_an_approval_dies_when_any_row_of_the_list_changed(
    office: Office, owner_engine: sa.Engine, change: str
) -> None:
    office.endow()
    code = _submitted(office)
    _tampered(owner_engine, change)
    with pytest.raises(Changed, match="a row was changed after it"):
        approve(office.desk("checker"), code)
    assert office.state(code) == "submitted"
    with office.database.transaction() as connection:
        assert ledger.totals_by_event(connection, 1) == {}


def test_a_checker_signs_the_sheet_that_was_read_and_no_other(office: Office) -> None:
    office.endow()
    code = _submitted(office)
    with pytest.raises(Changed, match="The sheet you read"):
        approve(office.desk("checker"), code, list_digest="0" * 64)
    assert office.state(code) == "submitted"


def test_the_maker_cannot_approve(office: Office) -> None:
    office.endow()
    code = office.cycle([office.line(1, 600)], state="checked")
    submit(office.desk("two_hats"), code)
    with pytest.raises(Refused, match="no one signs their own work"):
        approve(office.desk("two_hats"), code)
    assert office.state(code) == "submitted"


def test_without_allotment_nothing_is_approved(office: Office) -> None:
    office.endow(amount_minor=1000)
    code = _submitted(office)
    with pytest.raises(CycleError, match="The books refuse"):
        approve(office.desk("checker"), code)
    assert office.state(code) == "submitted"
    assert office.rows("SELECT decision FROM cycle.approval") == []
    with office.database.transaction() as connection:
        assert ledger.totals_by_event(connection, 1) == {}


def test_a_rejected_list_goes_back_and_may_be_submitted_again(office: Office) -> None:
    office.endow()
    code = _submitted(office)
    reject(office.desk("checker"), code, remark="Household 2 moved in May.")
    assert office.state(code) == "checked"
    office.run("UPDATE cycle.entitlement_line SET reason_code = 'moved' WHERE household_id = 2")
    submit(office.desk("maker", later=timedelta(hours=1)), code)
    approve(office.desk("checker", later=timedelta(hours=2)), code)
    decisions = office.rows("SELECT decision, remark FROM cycle.approval ORDER BY version")
    assert decisions == [("rejected", "Household 2 moved in May."), ("approved", "")]


def test_a_rejection_gives_its_reason(office: Office) -> None:
    code = _submitted(office)
    with pytest.raises(CycleError, match="Write at least 10"):
        reject(office.desk("checker"), code, remark="  no ")
    assert office.state(code) == "submitted"


def test_an_approval_pressed_again_says_it_is_done(office: Office) -> None:
    office.endow()
    code = _submitted(office)
    approve(office.desk("checker"), code)
    again = approve(office.desk("second_checker"), code)
    assert not again.done
    assert "approved already" in again.sentence


def test_two_hundred_simultaneous_approvals_have_one_winner_each_time(office: Office) -> None:
    office.endow()
    rounds = 10
    for turn in range(rounds):
        code = _submitted(office, [(household, 600) for household in range(1, 4)])
        winners, others = [], []
        ready = threading.Barrier(8)

        def press(
            who: str, code: str, ready: threading.Barrier, won: list[object], lost: list[object]
        ) -> None:
            ready.wait()
            for _ in range(25 // rounds + 1):
                try:
                    report = approve(office.desk(who), code)
                except CycleError as refusal:
                    lost.append(refusal)
                else:
                    (won if report.done else lost).append(report)

        presses = [
            threading.Thread(target=press, args=[who, code, ready, winners, others])
            for who in ["checker", "second_checker"] * 4
        ]
        for one in presses:
            one.start()
        for one in presses:
            one.join()
        assert (len(winners), len(others)) == (1, 23)
        with office.database.transaction() as connection:
            assert ledger.totals_by_event(connection, turn + 1)[Event.ENTITLE] == (3, 1800)
    assert office.value("SELECT count(*) FROM cycle.approval") == rounds


def test_what_is_posted_is_what_is_owed(office: Office) -> None:
    office.endow()
    code = _submitted(office)
    with office.database.transaction() as connection:
        owed = postings.expense_minor(connection, 1)
    report = approve(office.desk("checker"), code)
    assert report.money["entitle"] + report.money["hold"] == owed == report.money["expend"]


def test_a_ladder_that_ends_the_enrolment_ends_it_with_the_approved_cycle(office: Office) -> None:
    office.endow()
    office.register([office.family("BR1", "1234/567890-1"), office.family("BR2", "1234/567891-1")])
    code = office.cycle([office.line(1, 60_000), office.line(2, 60_000)], state="checked")
    rules = programme("bolsa_familia")
    office.run(
        "INSERT INTO cycle.programme_version VALUES (:digest, 1, :text, :at)",
        digest=rules.digest,
        text=rules.text,
        at=office.at,
    )
    office.run("UPDATE cycle.cycle SET rulebook_digest = :d, version = version + 1", d=rules.digest)
    for household, since in ((1, 24320), (2, 24319)):
        office.run(
            "INSERT INTO cycle.effect_state (cycle_id, programme_id, household_id, ladder,"
            " cycle_month, state, since_month) VALUES (1, 1, :household, 'family', 24320,"
            " 'cancelled', :since)",
            household=household,
            since=since,
        )
    submit(office.desk("maker"), code)
    assert approve(office.desk("checker"), code).counts["ended"] == 1
    ended = office.rows(
        "SELECT e.household_id, CAST(e.valid_to AS text), d.reason_code, d.article"
        " FROM registry.enrolment e JOIN registry.decision d ON d.decision_id = e.exited_by"
        " WHERE e.known_to = 'infinity'"
    )
    assert ended == [(1, "2026-10-01", "family_ladder", "Portaria MDS 1.058/2025")]
