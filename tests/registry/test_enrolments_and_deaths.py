"""Lists have one door, and a reported death takes nothing from anybody before it is confirmed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cct_engine import registry
from cct_engine.registry import SecondPersonNeeded, UnknownReport

if TYPE_CHECKING:
    from conftest import Office

HEADER = "programme,household_ref,person_ref,entered_on,exited_on,reason\n"
LISTED = (
    "SELECT e.enrolment_id, e.household_id, e.valid_from::text, e.valid_to::text, i.reason_code,"
    " o.reason_code FROM registry.enrolment e JOIN registry.decision i ON i.decision_id ="
    " e.entered_by LEFT JOIN registry.decision o ON o.decision_id = e.exited_by WHERE e.known_to ="
    " 'infinity' ORDER BY e.enrolment_id"
)
DEATHS = "person_ref,died_on,register_ref\n"


def test_one_decision_stands_for_all_who_enter_with_one_file(office: Office) -> None:
    office.families()
    report = office.take_in(
        "enrolments", HEADER + "bolsa_familia,H1,,2026-01-01,,\nbolsa_familia,H2,,2026-02-01,,\n"
    )
    assert report.loaded == 2
    assert office.rows("SELECT kind, effective_on::text FROM registry.decision") == [
        ("entered", "2026-01-01")
    ]


def test_an_exit_ends_the_enrolment_and_names_its_decision(office: Office) -> None:
    office.families()
    office.take_in("enrolments", HEADER + "bolsa_familia,H1,,2026-01-01,,\n")
    office.take_in("enrolments", HEADER + "bolsa_familia,H1,,2026-01-01,2026-08-31,moved_away\n")
    assert office.rows(LISTED) == [(1, 1, "2026-01-01", "2026-08-31", "listed", "moved_away")]


def test_who_left_may_enter_again_on_another_day(office: Office) -> None:
    office.families()
    office.take_in("enrolments", HEADER + "bolsa_familia,H1,,2026-01-01,2026-06-30,moved_away\n")
    report = office.take_in(
        "enrolments",
        HEADER + "bolsa_familia,H1,,2026-01-01,,\nbolsa_familia,H1,,2026-09-01,,back\n",
    )
    assert (report.loaded, report.counts) == (1, {"left_already": 1})
    assert [row[:3] for row in office.rows(LISTED)] == [(1, 1, "2026-01-01"), (2, 1, "2026-09-01")]


def test_a_second_enrolment_while_one_is_open_is_rejected(office: Office) -> None:
    office.families()
    office.take_in("enrolments", HEADER + "bolsa_familia,H1,,2026-01-01,,\n")
    report = office.take_in(
        "enrolments",
        HEADER + "bolsa_familia,H1,,2026-03-01,,\nbolsa_familia,H1,,2026-04-01,2026-05-01,\n"
        "bolsa_familia,H1,,2026-01-01,,\n",
    )
    assert (report.repeated, report.counts) == (1, {"enrolled_already": 1, "not_enrolled": 1})


def test_the_database_refuses_two_open_enrolments_of_one_household(office: Office) -> None:
    office.families()
    office.take_in("enrolments", HEADER + "bolsa_familia,H1,,2026-01-01,,\n")
    with pytest.raises(sa.exc.IntegrityError, match="enrolled_once"):
        office.connection.execute(
            sa.text(
                "INSERT INTO registry.enrolment (enrolment_id, programme_id, household_id, "
                "entered_by, valid_from, known_from, source_id, collected_on, basis, act_id) "
                "SELECT 9, programme_id, household_id, entered_by, valid_from, known_from, "
                "source_id, collected_on, basis, act_id FROM registry.enrolment"
            )
        )


def test_an_application_is_a_decision_and_no_enrolment(office: Office) -> None:
    office.families()
    content = HEADER + "bolsa_familia,H1,,2026-08-01,,applied\n"
    assert office.take_in("enrolments", content).loaded == 1
    assert (
        office.take_in("enrolments", content + "bolsa_familia,H2,,2026-08-02,,applied\n").loaded
        == 1
    )
    assert office.rows("SELECT household_id, kind FROM registry.decision ORDER BY 1") == [
        (1, "applied"),
        (2, "applied"),
    ]
    assert office.rows(LISTED) == []


def test_a_list_of_another_department_comes_by_the_same_door(office: Office) -> None:
    office.families()
    report = office.take_in(
        "enrolments", HEADER + "pds_card,H1,,2026-08-01,,\nnobodys,H1,,2026-08-01,,\n"
    )
    assert (report.loaded, report.counts) == (1, {"unknown_code": 1})


def test_households_enter_by_a_rule_in_the_order_of_their_numbers(office: Office) -> None:
    office.families()
    entered = registry.enrolments.enter(
        office.connection,
        1,
        sa.select(
            sa.table("household", sa.column("household_id"), schema="registry").c.household_id
        ),
        on=date(2026, 9, 1),
        reason_code="eligible",
        article="art. 5",
        at=office.now,
        officer_id=12,
    )
    again = registry.enrolments.enter(
        office.connection, 1, [2, 1], on=date(2026, 9, 1), reason_code="x", article="",
            at=office.now,
        officer_id=12,
    )  # fmt: skip
    assert (entered, again) == (2, 0)
    assert [row[:2] for row in office.rows(LISTED)] == [(1, 1), (2, 2)]


def test_a_ladder_that_ends_an_enrolment_names_its_article(office: Office) -> None:
    office.families()
    office.take_in("enrolments", HEADER + "bolsa_familia,H1,,2026-01-01,,\n")
    ended = registry.enrolments.end(
        office.connection, 1, [1, 2], on=date(2026, 10, 1), reason_code="cancelled",
        article="Portaria 1.058 art. 9", at=office.now, officer_id=12,
    )  # fmt: skip
    assert ended == 1
    assert office.rows(LISTED)[0][3:] == ("2026-10-01", "listed", "cancelled")


def test_an_exit_without_notice_and_without_article_is_refused_by_the_database(
    office: Office,
) -> None:
    office.families()
    office.take_in("enrolments", HEADER + "bolsa_familia,H1,,2026-01-01,,\n")
    with pytest.raises(sa.exc.IntegrityError, match="told_before_effect"):
        registry.enrolments.end(
            office.connection, 1, [1], on=date(2026, 10, 1), reason_code="cancelled", article="",
            at=office.now, officer_id=12,
        )  # fmt: skip


def test_a_death_with_a_register_number_is_confirmed_and_one_without_is_reported(
    office: Office,
) -> None:
    office.families()
    office.take_in("deaths", DEATHS + "P1,2026-08-10,\nP3,2026-08-11,CR-77\n")
    found = office.rows("SELECT person_id, state FROM registry.death_report ORDER BY 1")
    assert found == [(1, "reported"), (3, "confirmed")]


def test_a_register_entry_confirms_what_was_only_reported(office: Office) -> None:
    office.families()
    office.take_in("deaths", DEATHS + "P1,2026-08-10,\n")
    office.take_in("deaths", DEATHS + "P1,2026-08-09,CR-78\n")
    found = office.rows(
        "SELECT report_id, state, died_on::text FROM registry.death_report WHERE known_to = "
        "'infinity'"
    )
    assert found == [(1, "confirmed", "2026-08-09")]


def test_a_claim_without_a_register_number_changes_no_confirmed_death(office: Office) -> None:
    office.families()
    office.take_in("deaths", DEATHS + "P1,2026-08-10,CR-78\n")
    assert office.take_in("deaths", DEATHS + "P1,2026-08-01,\n").repeated == 1


def test_a_death_is_confirmed_by_two_officers_after_a_visit(office: Office) -> None:
    office.families()
    office.take_in("deaths", DEATHS + "P1,2026-08-10,\n")
    with pytest.raises(SecondPersonNeeded):
        registry.confirm_death(
            office.connection, report_id=1, at=office.now, officer_id=11, second_officer_id=11,
            evidence="visit 12",
        )  # fmt: skip
    registry.confirm_death(
        office.connection, report_id=1, at=office.now, officer_id=11, second_officer_id=12,
        evidence="visit 12",
    )  # fmt: skip
    rows = office.connection.execute(
        registry.deaths(on=date(2026, 9, 9), as_of_known=office.now)
    ).all()
    assert [(row.person_id, row.household_id, row.state) for row in rows] == [(1, 1, "confirmed")]


def test_the_living_are_not_declared_dead_twice_by_the_same_source(office: Office) -> None:
    office.families()
    office.take_in("deaths", DEATHS + "P1,2026-08-10,\n")
    registry.refute_death(
        office.connection, report_id=1, at=office.now, officer_id=11, evidence="seen at the centre"
    )
    report = office.take_in("deaths", DEATHS + "P1,2026-08-10,\nP3,2026-08-10,\n")
    assert report.counts == {"refuted_before": 1}
    with pytest.raises(UnknownReport):
        registry.refute_death(
            office.connection, report_id=1, at=office.now, officer_id=11, evidence="x"
        )


def test_who_is_claimed_by_two_households_is_seen(office: Office, persons_header: str) -> None:
    office.families()
    office.take_in("persons", persons_header + "P2,H2,,,,,child,,2026-08-10,,,,,,,,\n")
    rows = office.connection.execute(
        registry.double_memberships(
            on=date(2026, 9, 9), as_of_known=datetime(2027, 1, 1, tzinfo=UTC)
        )
    ).all()
    assert [tuple(row) for row in rows] == [(2, 1, 2, True), (2, 2, 1, False)]


def test_an_id_that_two_persons_hold_is_seen(office: Office, persons_header: str) -> None:
    office.families()
    office.take_in("persons", persons_header + "P9,H2,,,,,,,2026-01-01,,NIS,12345678901,,,,,\n")
    rows = office.connection.execute(
        registry.shared_identifiers(on=date(2026, 9, 9), as_of_known=office.now)
    ).all()
    assert [(row.person_id, row.household_id, row.person_count) for row in rows] == [
        (1, 1, 2),
        (4, 2, 2),
    ]
