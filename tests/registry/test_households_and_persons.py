"""Households and persons: what a feed says becomes rows, and a correction becomes a new row."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

if TYPE_CHECKING:
    from conftest import Office

HOUSEHOLDS = (
    "household_ref,kind,area_code,zone,municipality,urban,centre_code,income_total,updated_on,"
    "income_kind,paid_2023_05\n"
)
STAYS = (
    "SELECT r.reference, m.status, m.valid_from::text, m.valid_to::text FROM registry.membership m"
    " JOIN registry.household_reference r USING (household_id)"
    " WHERE m.known_to = 'infinity' ORDER BY m.person_id, m.valid_from, r.reference"
)


def test_ids_are_given_in_the_order_of_the_file(office: Office) -> None:
    office.families()
    found = office.rows("SELECT reference, person_id FROM registry.person_reference ORDER BY 2")
    assert found == [("P1", 1), ("P2", 2), ("P3", 3)]


def test_own_attributes_of_a_programme_ride_with_the_household(office: Office) -> None:
    office.take_in("households", HOUSEHOLDS + "H1,family,,,,,,300.5,2026-01-10,stable,120.00\n")
    (row,) = office.rows("SELECT income_total_minor, attributes FROM registry.household_profile")
    assert row == (30050, {"income_kind": "stable", "paid_2023_05": 12000})


def test_a_changed_income_holds_from_the_day_it_was_declared(office: Office) -> None:
    office.take_in("households", HOUSEHOLDS + "H1,family,,,,,,300,2026-01-10,work,\n")
    office.take_in("households", HOUSEHOLDS + "H1,family,,,,,,500,2026-08-20,,\n")
    found = office.rows(
        "SELECT income_total_minor, valid_from::text, valid_to::text, attributes ->> 'income_kind'"
        " FROM registry.household_profile WHERE known_to = 'infinity' ORDER BY valid_from"
    )
    assert found == [
        (30000, "-infinity", "2026-08-20", "work"),
        (50000, "2026-08-20", "infinity", "work"),  # an empty cell says nothing: the kind stays
    ]


def test_what_was_known_before_a_correction_can_still_be_read(office: Office) -> None:
    office.take_in("households", HOUSEHOLDS + "H1,family,,,,,,300,2026-01-10,,\n")
    before = office.now
    office.take_in("households", HOUSEHOLDS + "H1,family,,,,,,500,2026-08-20,,\n")
    as_known = (
        "SELECT income_total_minor FROM registry.household_profile WHERE known_from <= :known"
        " AND :known < known_to AND valid_from <= :day AND :day < valid_to"
    )
    assert office.one(as_known, known=before.replace(hour=0), day=date(2026, 9, 1)) == 30000
    assert office.one(as_known, known=office.now, day=date(2026, 9, 1)) == 50000
    assert office.one(as_known, known=office.now, day=date(2026, 8, 1)) == 30000


def test_an_answer_older_than_the_one_known_is_rejected(office: Office) -> None:
    office.take_in("households", HOUSEHOLDS + "H1,family,,,,,,300,2026-05-10,,\n")
    report = office.take_in("households", HOUSEHOLDS + "H1,family,,,,,,900,2026-01-01,,\n")
    assert report.counts == {"older_than_known": 1}


def test_a_row_that_says_nothing_new_is_repeated_and_writes_nothing(office: Office) -> None:
    office.take_in("households", HOUSEHOLDS + "H1,family,,,,,,300,2026-05-10,,\n")
    report = office.take_in(
        "households", HOUSEHOLDS + "H1,family,,,,,,300.00,2026-05-10,,\nH2,single,,,,,,1,,,\n"
    )
    assert (report.loaded, report.repeated) == (1, 1)
    assert office.one("SELECT count(*) FROM registry.household_profile WHERE household_id = 1") == 1


def test_an_area_or_centre_nobody_knows_rejects_the_row(office: Office) -> None:
    report = office.take_in(
        "households", HOUSEHOLDS + "H1,family,ZZ,,,,C9,,,,\nH2,family,,,,,,,,,\n"
    )
    assert (report.loaded, report.rejected) == (1, 1)
    assert [(f.column, f.rule) for f in report.findings] == [
        ("area_code", "unknown_code"),
        ("centre_code", "unknown_code"),
    ]


def test_a_household_belongs_to_a_centre_since_a_day_and_may_change_it(office: Office) -> None:
    office.take_in("centres", "centre_code,title,area_code,valid_from\nC1,One,,\nC2,Two,,\n")
    office.take_in("households", HOUSEHOLDS + "H1,homeless,,,,,C1,,,,\n")
    office.take_in(
        "households", HOUSEHOLDS + "H1,homeless,,,,,C2,,,,\n", collected_on=date(2026, 8, 1)
    )
    found = office.rows(
        "SELECT centre_id, valid_from::text, valid_to::text FROM registry.household_centre"
        " WHERE known_to = 'infinity' ORDER BY valid_from"
    )
    assert found == [(1, "-infinity", "2026-08-01"), (2, "2026-08-01", "infinity")]


def test_a_person_without_any_id_or_name_is_registered(office: Office, persons_header: str) -> None:
    office.take_in("households", HOUSEHOLDS + "H1,homeless,,,,,,,,,\n")
    report = office.take_in("persons", persons_header + "P1,H1,,,,,,,2026-01-01,,,,,,,,\n")
    assert report.loaded == 1


def test_a_person_in_a_household_nobody_knows_is_rejected(
    office: Office, persons_header: str
) -> None:
    report = office.take_in("persons", persons_header + "P1,H9,,,,,,,2026-01-01,,,,,,,,\n")
    assert report.counts == {"unknown_reference": 1}


def test_a_birth_in_the_future_is_rejected(office: Office, persons_header: str) -> None:
    office.families()
    report = office.take_in(
        "persons", persons_header + "P9,H1,,,,2027-01-01,,,2026-01-01,,,,,,,,\n"
    )
    assert report.counts == {"in_the_future": 1}


def test_an_id_number_without_its_scheme_is_rejected(office: Office, persons_header: str) -> None:
    office.families()
    report = office.take_in("persons", persons_header + "P9,H1,,,,,,,2026-01-01,,,999,,,,,\n")
    assert report.counts == {"half_an_identifier": 1}


def test_two_persons_may_hold_the_same_unverified_id_so_that_it_can_be_found(
    office: Office, persons_header: str
) -> None:
    office.families()
    report = office.take_in(
        "persons", persons_header + "P9,H2,,,,,,,2026-01-01,,NIS,123.45678.90-1,,,,,\n"
    )
    assert report.loaded == 1
    found = office.rows(
        "SELECT person_id, last4, status FROM identity.person_identifier ORDER BY 1"
    )
    assert found == [(1, "8901", "claimed"), (4, "90-1", "claimed")]
    assert office.one("SELECT count(DISTINCT token) FROM identity.person_identifier") == 1


def test_a_corrected_birth_date_replaces_the_wrong_one_for_all_time(
    office: Office, persons_header: str
) -> None:
    office.families()
    office.take_in("persons", persons_header + "P2,H1,,,,2016-07-01,,,2025-01-01,,,,,,,,\n")
    found = office.rows(
        "SELECT birth_date::text, valid_from::text, known_to = 'infinity' FROM "
        "registry.person_vitals WHERE person_id = 2 ORDER BY known_from"
    )
    assert found == [("2015-07-01", "-infinity", False), ("2016-07-01", "-infinity", True)]


def test_moving_is_two_rows(office: Office, persons_header: str) -> None:
    office.families()
    office.take_in(
        "persons",
        persons_header
        + "P2,H1,,,,,child,,2025-01-01,2026-08-10,,,,,,,\n"
        + "P2,H2,,,,,grandchild,,2026-08-10,,,,,,,,\n",
    )
    assert office.rows(STAYS)[1:3] == [
        ("H1", "counted", "2025-01-01", "2026-08-10"),
        ("H2", "counted", "2026-08-10", "infinity"),
    ]


def test_a_second_household_only_claims_a_person_until_the_first_lets_go(
    office: Office, persons_header: str
) -> None:
    office.families()
    office.take_in("persons", persons_header + "P2,H2,,,,,child,,2026-08-10,,,,,,,,\n")
    assert [row[:2] for row in office.rows(STAYS)][1:3] == [("H1", "counted"), ("H2", "claimed")]
    office.take_in("persons", persons_header + "P2,H1,,,,,child,,2025-01-01,2026-08-10,,,,,,,\n")
    assert [row[:2] for row in office.rows(STAYS)][1:3] == [("H1", "counted"), ("H2", "counted")]


def test_a_leaver_is_the_same_stay_with_an_end(office: Office, persons_header: str) -> None:
    office.families()
    office.take_in("persons", persons_header + "P3,H2,,,,,,,2025-01-01,2026-08-31,,,,,,,\n")
    assert office.rows(STAYS)[-1] == ("H2", "counted", "2025-01-01", "2026-08-31")
    assert (
        office.one(
            "SELECT relationship FROM registry.membership WHERE person_id = 3"
            " AND known_to = 'infinity'"
        )
        == "head"
    )


def test_a_stay_that_ends_before_it_begins_is_rejected(office: Office, persons_header: str) -> None:
    office.families()
    report = office.take_in(
        "persons", persons_header + "P3,H2,,,,,,,2026-02-01,2026-01-01,,,,,,,\n"
    )
    assert report.counts == {"ends_before_it_begins": 1}


def test_two_stays_at_one_time_in_one_household_are_rejected(
    office: Office, persons_header: str
) -> None:
    office.families()
    report = office.take_in(
        "persons",
        persons_header + "P7,H2,,,,,,,2026-01-01,,,,,,,,\n" + "P7,H2,,,,,,,2026-02-01,,,,,,,,\n",
    )
    assert (report.loaded, report.counts) == (1, {"overlap": 1})
    assert report.findings[0].other_row == 2


def test_the_database_refuses_to_count_a_person_twice(office: Office) -> None:
    office.families()
    again = (
        "INSERT INTO registry.membership SELECT person_id, 2, status, role, relationship, "
        "responsible, :joined, :left, known_from, known_to, source_id, collected_on, basis, act_id "
        "FROM registry.membership WHERE person_id = 2"
    )
    for joined, left in ((date(2026, 1, 1), date.max), (date(2024, 1, 1), date(2025, 6, 1))):
        left_text = "infinity" if left == date.max else left.isoformat()
        with pytest.raises(sa.exc.IntegrityError), office.connection.begin_nested():
            office.connection.execute(
                sa.text(again.replace(":left", f"DATE '{left_text}'")), {"joined": joined}
            )


def test_two_ended_stays_at_one_time_are_refused_by_the_database(office: Office) -> None:
    office.families()
    stay = (
        "INSERT INTO registry.membership SELECT 3, :household, status, role, relationship, "
        "responsible, :joined, :left, known_from, known_to, source_id, collected_on, basis, act_id "
        "FROM registry.membership WHERE person_id = 3 AND valid_to = 'infinity'"
    )
    first = {"household": 2, "joined": date(2020, 1, 1), "left": date(2022, 1, 1)}
    office.connection.execute(sa.text(stay), first)
    with pytest.raises(sa.exc.IntegrityError), office.connection.begin_nested():
        office.connection.execute(
            sa.text(stay), {"household": 1, "joined": date(2021, 1, 1), "left": date(2023, 1, 1)}
        )


def test_a_pregnancy_is_known_by_its_reference_and_ends_with_a_delivery(office: Office) -> None:
    office.families()
    header = "pregnancy_ref,person_ref,lmp_on,registered_on,delivery_on\n"
    office.take_in("pregnancies", header + "G1,P1,2026-01-06,2026-04-01,\n")
    report = office.take_in(
        "pregnancies", header + "G1,P1,2026-01-06,2026-04-01,2026-08-30\nG2,P9,,2026-01-01,\n"
    )
    assert (report.loaded, report.counts) == (1, {"unknown_reference": 1})
    found = office.rows(
        "SELECT pregnancy_id, delivery_on::text FROM registry.pregnancy WHERE known_to = 'infinity'"
    )
    assert found == [(1, "2026-08-30")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry.person_vitals SET sex = 'M'",
        "DELETE FROM registry.household_profile",
        "UPDATE registry.person_reference SET person_id = 3",
        "UPDATE identity.person_name SET given = 'X'",
        "DELETE FROM registry.feed_file",
    ],
)
def test_the_engine_can_overwrite_nothing(office: Office, statement: str) -> None:
    office.families()
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        office.connection.execute(sa.text(statement))


def test_a_closed_row_cannot_be_opened_again(office: Office, persons_header: str) -> None:
    office.families()
    office.take_in("persons", persons_header + "P2,H1,,,,2016-07-01,,,2025-01-01,,,,,,,,\n")
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        office.connection.execute(
            sa.text(
                "UPDATE registry.person_vitals SET known_to = 'infinity' WHERE known_to < "
                "'infinity'"
            )
        )
