"""Accounts: changed by two persons, used one cycle later, and read in clear by one reader only."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cct_engine import registry
from cct_engine.registry import SecondPersonNeeded

if TYPE_CHECKING:
    from conftest import Office

HEADER = "person_ref,kind,number,agent,holder_name,verified,valid_from\n"
HOUSEHOLDS = (
    "household_ref,kind,area_code,zone,municipality,urban,centre_code,income_total,updated_on\n"
)
OLD = "P1,IBAN,GB33BUKB20201555555555,BUKBGB22,Maria Souza,true,2026-01-01\n"
NEW = "P1,IBAN,GB94BARC10201530093459,BARCGB22,Maria Souza,true,2026-09-10\n"


def payable(office: Office, on: date) -> list[tuple[int, str]]:
    """Who is paid on a day, and where: person and last four digits."""
    rows = office.connection.execute(
        registry.payee_accounts(on=on, as_of_known=datetime(2027, 1, 1, tzinfo=UTC))
    )
    return [(row.person_id, row.last4) for row in rows]


def confirm(office: Office, officer_id: int, **chosen: list[int]) -> int:
    with office.connection.begin_nested():
        return registry.confirm_accounts(
            office.connection, at=office.now, officer_id=officer_id, **chosen
        )


def test_a_first_account_can_be_used_from_its_day(office: Office) -> None:
    office.families()
    assert office.take_in("accounts", HEADER + OLD).loaded == 1
    assert payable(office, date(2026, 9, 20)) == [(1, "5555")]


def test_a_change_is_not_used_before_a_second_person_confirmed_it(office: Office) -> None:
    office.families()
    office.take_in("accounts", HEADER + OLD)
    office.take_in("accounts", HEADER + NEW, officer_id=11)
    assert payable(office, date(2026, 12, 20)) == [(1, "5555")]
    waiting = office.connection.execute(registry.waiting_accounts()).all()
    assert [(row.last4, row.proposed_by) for row in waiting] == [("3459", 11)]


def test_a_centre_sees_the_changes_of_its_own_families_alone(office: Office) -> None:
    office.take_in("centres", "centre_code,title,area_code,valid_from\nC1,One,,\nC2,Two,,\n")
    office.families()
    office.take_in("households", HOUSEHOLDS + "H1,family,,N,3550308,true,C1,300.50,2026-02-01\n")
    office.take_in("accounts", HEADER + OLD)
    office.take_in("accounts", HEADER + NEW, officer_id=11)
    centres = dict(office.rows("SELECT code, centre_id FROM registry.centre"))
    seen = {
        code: office.connection.execute(registry.waiting_accounts(centres=[centre])).all()
        for code, centre in centres.items()
    }
    assert [row.household_id for row in seen["C1"]] == [1]
    assert seen["C2"] == []


def test_a_confirmed_change_is_used_one_cycle_later(office: Office) -> None:
    office.families()
    office.take_in("accounts", HEADER + OLD)
    office.take_in("accounts", HEADER + NEW, officer_id=11)
    assert confirm(office, 12) == 1
    assert payable(office, date(2026, 9, 30)) == [(1, "5555")]
    assert payable(office, date(2026, 10, 1)) == [(1, "3459")]


def test_who_proposed_a_change_cannot_confirm_it(office: Office) -> None:
    office.families()
    office.take_in("accounts", HEADER + OLD)
    office.take_in("accounts", HEADER + NEW, officer_id=11)
    with pytest.raises(SecondPersonNeeded, match="same officer"):
        confirm(office, 11)
    with pytest.raises(SecondPersonNeeded):
        confirm(office, 11, account_ids=[2])


def test_the_database_refuses_a_change_confirmed_by_its_proposer(office: Office) -> None:
    office.families()
    office.take_in("accounts", HEADER + OLD)
    with pytest.raises(sa.exc.IntegrityError), office.connection.begin_nested():
        office.connection.execute(
            sa.text(
                "INSERT INTO registry.account SELECT 99, person_id, kind, number_token, last4, "
                "agent, verified, usable_from, 11, 11, valid_from, valid_to, known_from, known_to, "
                "source_id, collected_on, basis, act_id FROM registry.account"
            )
        )


def test_only_the_changes_named_are_confirmed(office: Office) -> None:
    office.families()
    office.take_in("accounts", HEADER + OLD + "P3,IBAN,DE89370400440532013000,,,true,\n")
    office.take_in("accounts", HEADER + NEW + "P3,IBAN,FR1420041010050500013M02606,,,true,\n")
    assert confirm(office, 12, account_ids=[3]) == 1
    assert payable(office, date(2026, 12, 1)) == [(1, "3459"), (3, "3000")]


def test_a_newer_proposal_takes_the_place_of_one_that_waits(office: Office) -> None:
    office.families()
    office.take_in("accounts", HEADER + OLD)
    office.take_in("accounts", HEADER + NEW)
    office.take_in("accounts", HEADER + "P1,IBAN,DE89370400440532013000,,,true,\n")
    assert confirm(office, 12) == 1
    assert payable(office, date(2026, 12, 1)) == [(1, "3000")]


def test_the_account_known_already_is_repeated_however_it_is_spaced(office: Office) -> None:
    office.families()
    office.take_in("accounts", HEADER + OLD)
    report = office.take_in("accounts", HEADER + OLD.replace("GB33BUKB2020", "gb33 BUKB 2020 "))
    assert (report.loaded, report.repeated) == (0, 1)


def test_a_bank_that_verifies_an_account_later_makes_a_new_version_of_it(office: Office) -> None:
    office.families()
    office.take_in("accounts", HEADER + OLD.replace("true", "false"))
    assert office.take_in("accounts", HEADER + OLD).loaded == 1
    found = office.rows("SELECT account_id, verified FROM registry.account ORDER BY known_from")
    assert found == [(1, False), (1, True)]


def test_an_account_shared_by_two_households_is_seen(office: Office) -> None:
    office.families()
    office.take_in("accounts", HEADER + OLD + OLD.replace("P1,", "P3,"))
    rows = office.connection.execute(
        registry.shared_accounts(on=date(2026, 9, 30), as_of_known=office.now)
    ).all()
    assert [(row.household_id, row.household_count) for row in rows] == [(1, 2), (2, 2)]


def test_two_accounts_for_one_person_in_one_file_are_a_conflict(office: Office) -> None:
    office.families()
    report = office.take_in("accounts", HEADER + OLD + NEW)
    assert report.counts == {"conflict": 2}


def test_a_pix_key_may_be_a_phone_number(office: Office) -> None:
    office.families()
    report = office.take_in("accounts", HEADER + "P1,PIX,+5511987654321,,Maria Souza,true,\n")
    assert report.loaded == 1
    assert office.one("SELECT number FROM identity.account_number") == "+5511987654321"


def test_reading_numbers_in_clear_leaves_an_act(office: Office) -> None:
    office.families()
    office.take_in("accounts", HEADER + OLD)
    chosen = registry.payee_accounts(on=date(2026, 9, 30), as_of_known=office.now)
    batches = registry.clear_accounts(
        office.connection, chosen, at=office.now, officer_id=12, purpose_code="bank_file"
    )
    (row,) = [row for batch in batches for row in batch.to_pylist()]
    assert row == {
        "account_id": 1,
        "number": "GB33BUKB20201555555555",
        "holder_name": "Maria Souza",
    }
    found = office.rows(
        "SELECT officer_id, purpose_code FROM people.act WHERE verb = 'read_clear_accounts'"
    )
    assert found == [(12, "bank_file")]


def test_the_auditor_sees_that_there_is_an_account_and_not_its_number(
    owner_of_registry: sa.Engine,
) -> None:
    with owner_of_registry.connect() as connection:
        connection.execute(sa.text("SET ROLE cct_auditor"))
        connection.execute(sa.text("SELECT * FROM identity.account_number_masked"))
        connection.execute(sa.text("SELECT * FROM registry.account"))
        for table in ("account_number", "person_name", "person_identifier", "person_contact"):
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                connection.execute(sa.text(f"SELECT * FROM identity.{table}"))
            connection.rollback()
            connection.execute(sa.text("SET ROLE cct_auditor"))
