"""What a cycle freezes: the agreed columns, as of a day, as known at an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from cct_engine import compliance, registry
from cct_engine.entitlement.copy_out import bound, checked, copy_table
from cct_engine.rulebook import programme
from cct_engine.rulebook.sources import shard_schemas

if TYPE_CHECKING:
    from conftest import Office

ENROLMENTS = "programme,household_ref,person_ref,entered_on,exited_on,reason\n"
ENROLLED = ENROLMENTS + "bolsa_familia,H1,,2026-01-01,,\nbolsa_familia,H2,,2026-02-01,,\n"


def shard(
    office: Office,
    table: str,
    *,
    valid: date = date(2026, 9, 2),
    known: datetime | None = None,
    code: str = "bolsa_familia",
    first: int = 1,
    last: int = 1000,
    id_scheme: str | None = "NIS",
) -> list[dict[str, Any]]:
    """Read a shard table as the freeze does, schema check included."""
    rules = programme(code)
    query = registry.extract.selects(
        code,
        rulebook=rules,
        as_of_valid=valid,
        as_of_known=known or office.now,
        since=date(2025, 3, 1),
        id_scheme=id_scheme,
    )[table]
    schema = shard_schemas(rules)[table]
    checked(office.connection, table, query, schema)
    rows: list[dict[str, Any]] = copy_table(
        office.connection, table, bound(query, first=first, last=last), schema
    ).to_pylist()
    return rows


def attendance(office: Office, content: str) -> None:
    path = office.write("person_ref,month,facility_code,present,total,reason_code\n" + content)
    with office.connection.begin_nested():
        compliance.take_in(
            office.connection,
            path,
            compliance.feed("attendance"),
            at=office.now,
            officer_id=11,
            rejects_folder=office.rejects,
        )
    office.now = office.now.replace(day=office.now.day + 1)


def schools(office: Office) -> None:
    path = office.write(
        "facility_code,kind,title,area_code,valid_from\nS1,school,One,,\nS2,school,Two,,\n"
    )
    compliance.take_in(
        office.connection, path, compliance.feed("facilities"), at=office.now, officer_id=11,
        rejects_folder=office.rejects,
    )  # fmt: skip


@pytest.mark.parametrize("code", ["bolsa_familia", "dilli_annashree"])
def test_every_select_gives_the_columns_the_rulebook_agreed_to(office: Office, code: str) -> None:
    for table in ("household", "member", "pregnancy", "fact", "event", "enrolled_elsewhere"):
        assert shard(office, table, code=code) == []


def test_households_on_the_list_come_with_what_they_declared(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLLED)
    first, second = shard(office, "household")
    assert (first["household_id"], first["enrolment_id"], first["enrolled"]) == (1, 1, 1)
    assert (first["income_total"], first["urban"], first["zone"]) == (30050, 1, "N")
    assert first["enrolled_on"] == date(2026, 1, 1)
    assert first["enrolled_on_month"] == 2026 * 12
    assert first["enrolled_on_day"] == (date(2026, 1, 1) - date(1970, 1, 1)).days
    assert second["kind"] == "single"


def test_only_the_households_of_the_shard_are_read(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLLED)
    assert [row["household_id"] for row in shard(office, "household", first=2, last=2)] == [2]
    assert {row["household_id"] for row in shard(office, "member", first=2, last=2)} == {2}


def test_what_came_after_the_cut_off_is_not_seen(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLLED)
    cut_off = office.now.replace(hour=0)
    office.take_in("enrolments", ENROLMENTS + "bolsa_familia,H1,,2026-01-01,2026-08-01,moved\n")
    assert [row["household_id"] for row in shard(office, "household", known=cut_off)] == [1, 2]
    assert [row["household_id"] for row in shard(office, "household")] == [2]


def test_what_comes_after_a_cut_off_is_known_after_it_whatever_the_clock_says(
    office: Office,
) -> None:
    office.families()
    office.connection.execute(
        sa.text("INSERT INTO cycle.programme_version VALUES ('d', 1, '', now())")
    )
    office.connection.execute(
        sa.text("""
            INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period, month_count,
                currency,
                opened_at, opened_by, as_of_valid, as_of_known, rulebook_digest)
            VALUES (1, 'bolsa_familia-2026-09', 1, 1, '2026-09-01', 1, 'BRL', now(), 1,
                '2026-09-02', :known, 'd')"""),
        {"known": office.now},
    )
    cut_off = office.now
    office.take_in("enrolments", ENROLLED)  # at the very instant of the cut-off
    assert shard(office, "household", known=cut_off) == []
    assert len(shard(office, "household", known=office.now)) == 2


def test_an_applicant_is_there_without_an_enrolment_until_answered(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLMENTS + "bolsa_familia,H1,,2026-08-01,,applied\n")
    (row,) = shard(office, "household")
    assert (row["enrolment_id"], row["enrolled"], row["applied_on"]) == (0, 0, date(2026, 8, 1))
    registry.enrolments.enter(
        office.connection, 1, [1], on=date(2026, 9, 1), reason_code="eligible", article="art. 5",
        at=office.now, officer_id=12,
    )  # fmt: skip
    (row,) = shard(office, "household")
    assert (row["enrolment_id"], row["enrolled"], row["applied_on"]) == (1, 1, date(2026, 8, 1))


def test_who_left_in_the_month_is_on_the_list_to_its_end(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLMENTS + "bolsa_familia,H1,,2026-01-01,2026-09-02,moved\n")
    assert [row["enrolled"] for row in shard(office, "household")] == [1]
    assert shard(office, "household", valid=date(2026, 10, 1)) == []


def test_an_enrolment_after_the_first_cycle_is_entitled_from_its_first_day(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLLED + "")
    office.connection.execute(
        sa.text("""
            INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period, month_count,
                currency,
                opened_at, opened_by)
            VALUES (1, 'bolsa_familia-2026-02', 1, 1, '2026-02-01', 1, 'BRL', now(), 1)""")
    )
    found = [row["entitled_from"] for row in shard(office, "household")]
    assert found == [None, date(2026, 2, 1)]


def test_members_come_with_the_digit_of_the_number_the_calendar_reads(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLLED)
    mother, child, _ = shard(office, "member")
    assert (mother["id_digit"], child["id_digit"]) == ("1", None)
    assert (mother["is_mother"], mother["responsible"], child["finished_basic_education"]) == (
        1,
        1,
        0,
    )
    own = shard(office, "member", id_scheme="PERSON_NUMBER")
    assert [row["id_digit"] for row in own] == [registry.number_of(n)[-1] for n in (1, 2, 3)]


def test_only_a_confirmed_death_is_a_death(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLLED)
    office.take_in(
        "deaths", "person_ref,died_on,register_ref\nP1,2026-08-10,\nP3,2026-08-11,CR-1\n"
    )
    assert [row["died_on"] for row in shard(office, "member")] == [None, None, date(2026, 8, 11)]


def test_a_claimed_person_is_no_member(office: Office, persons_header: str) -> None:
    office.families()
    office.take_in("enrolments", ENROLLED)
    office.take_in("persons", persons_header + "P2,H2,,,,,child,,2026-08-10,,,,,,,,\n")
    assert [(row["household_id"], row["member_id"]) for row in shard(office, "member")] == [
        (1, 1),
        (1, 2),
        (2, 3),
    ]


def test_facts_go_with_a_person_who_moved_and_the_former_stay_shows_its_end(
    office: Office, persons_header: str
) -> None:
    office.families()
    schools(office)
    office.take_in("enrolments", ENROLLED)
    attendance(office, "P2,2026-07,S1,18,20,\n")
    office.take_in(
        "persons",
        persons_header
        + "P2,H1,,,,,,,2025-01-01,2026-08-10,,,,,,,\nP2,H2,,,,,,,2026-08-10,,,,,,,,\n",
    )
    stays = [row for row in shard(office, "member") if row["member_id"] == 2]
    assert [(row["household_id"], row["left_on"]) for row in stays] == [
        (1, date(2026, 8, 10)),
        (2, None),
    ]
    assert [(row["household_id"], row["numerator"]) for row in shard(office, "fact")] == [(2, 18)]


def test_two_numbers_joined_as_one_person_bring_their_facts_together(office: Office) -> None:
    office.families()
    schools(office)
    office.take_in("enrolments", ENROLLED)
    attendance(office, "P2,2026-07,S1,18,20,\nP3,2026-06,S1,5,20,\n")
    office.connection.execute(
        sa.text("INSERT INTO registry.same_person VALUES (3, 2, 1, :at, 'infinity', 1)"),
        {"at": office.now},
    )
    office.now = office.now.replace(day=office.now.day + 1)
    facts = [
        (row["household_id"], row["member_id"], row["numerator"]) for row in shard(office, "fact")
    ]
    assert (1, 2, 18) in facts
    assert (1, 2, 5) in facts
    assert {row["member_id"] for row in shard(office, "member")} == {1, 2}


def test_a_waiver_for_an_area_covers_its_schools_and_a_justification_gives_the_reason(
    office: Office,
) -> None:
    office.take_in(
        "areas", "area_code,level,parent_code,title,valid_from\nA,state,,A,\nB,city,A,B,\n"
    )
    office.families()
    path = office.write(
        "facility_code,kind,title,area_code,valid_from\nS1,school,One,B,\nS2,school,Two,,\n"
    )
    compliance.take_in(
        office.connection, path, compliance.feed("facilities"), at=office.now, officer_id=11,
        rejects_folder=office.rejects,
    )  # fmt: skip
    office.take_in("enrolments", ENROLLED)
    attendance(office, "P2,2026-07,S1,1,20,\nP2,2026-08,S1,2,20,\nP2,2026-06,S2,3,20,\n")
    provenance = ":at, 'infinity', 1, '2026-09-01', 'declared', 1"
    office.connection.execute(
        sa.text(
            "INSERT INTO compliance.waiver VALUES (1, NULL, NULL, 1, 'FLOOD', '2026-07-01', "
            f"'2026-08-01', {provenance})"
        ),
        {"at": office.now},
    )
    office.connection.execute(
        sa.text(
            "INSERT INTO compliance.justification VALUES (1, 2, 1, '2026-08-01', 'ILLNESS', 'doc "
            f"5', {provenance})"
        ),
        {"at": office.now},
    )
    found = [(row["numerator"], row["waived"], row["reason"]) for row in shard(office, "fact")]
    assert found == [(3, 0, ""), (1, 1, ""), (2, 0, "ILLNESS")]


def test_an_act_of_a_case_worker_is_an_event_and_so_is_an_earlier_exit(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLMENTS + "bolsa_familia,H1,,2025-01-01,2026-03-15,moved\n")
    office.take_in("enrolments", ENROLMENTS + "bolsa_familia,H1,,2026-06-01,,\n")
    office.connection.execute(
        sa.text(
            "INSERT INTO compliance.case_action VALUES (1, 1, 1, 0, 'effects_interrupted', "
            "'2026-08-20', '2026-09-01', NULL, NULL, '', 11, :at, 'infinity', 1, '2026-08-20', "
            "'visited', 1)"
        ),
        {"at": office.now},
    )
    interrupted, left = shard(office, "event")
    assert (interrupted["code"], interrupted["from_month"], interrupted["until_month"]) == (
        "effects_interrupted",
        2026 * 12 + 8,
        None,
    )
    assert (left["code"], left["until_month"], left["detail"]) == (
        "left_voluntarily",
        2026 * 12 + 2,
        "moved",
    )


def test_enrolments_in_other_programmes_come_with_their_months(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLLED + "pds_card,H1,,2026-05-10,2026-08-01,\n")
    (row,) = shard(office, "enrolled_elsewhere")
    assert (row["programme"], row["from_month"], row["until_month"]) == (
        "pds_card",
        2026 * 12 + 4,
        2026 * 12 + 6,
    )


def test_a_second_pregnancy_knows_when_the_first_ended(office: Office) -> None:
    office.families()
    office.take_in("enrolments", ENROLLED)
    office.take_in(
        "pregnancies",
        "pregnancy_ref,person_ref,lmp_on,registered_on,delivery_on\n"
        "G1,P1,2024-01-01,2024-03-01,2024-10-01\nG2,P1,2026-01-06,2026-04-01,\n",
    )
    found = [
        (row["pregnancy_id"], row["previous_delivery_on"]) for row in shard(office, "pregnancy")
    ]
    assert found == [(1, None), (2, date(2024, 10, 1))]


def test_a_programme_code_cannot_smuggle_sql() -> None:
    with pytest.raises(ValueError, match="no code"):
        registry.extract.selects(
            "x'; DROP TABLE registry.person; --",
            rulebook=programme("bolsa_familia"),
            as_of_valid=date(2026, 9, 1),
            as_of_known=datetime(2026, 9, 1, tzinfo=UTC),
            since=date(2026, 1, 1),
        )
