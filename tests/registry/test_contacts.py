"""Telephones and consent: who may be written to, where, in which language, and since when."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Office

HEADER = "household_ref,person_ref,phone,agreed,language,agreed_on\n"
_CHOICES = (
    "SELECT h.reference, c.agreed, c.language, c.since FROM notice.choice c"
    " JOIN registry.household_reference h USING (household_id) ORDER BY c.chosen_at, 1"
)
_PHONES = (
    "SELECT p.reference, c.as_given FROM identity.person_contact c"
    " JOIN registry.person_reference p USING (person_id)"
    " WHERE c.known_to = 'infinity' AND c.valid_to = 'infinity' ORDER BY 1"
)


def test_a_familys_consent_and_telephone_are_known_since_the_day_it_was_given(
    office: Office,
) -> None:
    office.families()
    report = office.take_in(
        "contacts",
        HEADER
        + "H1,P1,+55 11 98765-4321,true,pt,2026-08-30\n"
        + "H2,,+919876543210,true,hi,2026-08-31\n",
    )
    assert (report.rows, report.loaded, report.rejected) == (2, 2, 0)
    assert office.rows(_CHOICES) == [
        ("H1", True, "pt", date(2026, 8, 30)),
        ("H2", True, "hi", date(2026, 8, 31)),
    ]
    assert office.rows(_PHONES) == [("P1", "+5511987654321"), ("P3", "+919876543210")]


def test_every_row_that_does_not_pass_says_why(office: Office) -> None:
    office.families()
    report = office.take_in(
        "contacts",
        HEADER
        + "H9,,+5511987654321,true,pt,2026-08-30\n"
        + "H1,P3,+5511987654321,true,pt,2026-08-30\n"
        + "H1,,,true,pt,2026-08-30\n"
        + "H1,,98765-4321,true,pt,2026-08-30\n"
        + "H1,,+5511987654321,true,fr,2026-08-30\n"
        + "H1,,+5511987654321,true,pt,2027-08-30\n"
        + "H2,,+5511987654321,true,pt,2026-08-30\n"
        + "H2,,+5511987654321,false,pt,2026-08-30\n",
    )
    assert [(one.row, one.column, one.rule) for one in report.findings] == [
        (2, "household_ref", "unknown_reference"),
        (3, "person_ref", "not_in_household"),
        (4, "phone", "missing"),
        (5, "phone", "not_a_phone"),
        (6, "language", "not_in_list"),
        (7, "agreed_on", "in_the_future"),
        (8, "household_ref", "conflict"),
        (9, "household_ref", "conflict"),
    ]
    assert not any("98765-4321" in one.text for one in report.findings)
    assert "Write + and the country code" in report.findings[3].text
    assert office.rows(_CHOICES) == []
    assert report.reject_path is not None


def test_the_same_again_is_nothing_new_whatever_the_file_looks_like(office: Office) -> None:
    office.families()
    row = "H1,P1,+5511987654321,true,pt,2026-08-30\n"
    office.take_in("contacts", HEADER + row)
    again = office.take_in("contacts", HEADER + row.replace("+5511", "+55 11 "))
    assert (again.loaded, again.repeated) == (0, 1)
    assert len(office.rows(_CHOICES)) == 1


def test_who_takes_it_back_is_written_to_no_more_and_an_older_paper_changes_nothing(
    office: Office,
) -> None:
    office.families()
    office.take_in("contacts", HEADER + "H1,,+5511987654321,true,pt,2026-08-20\n")
    office.take_in("contacts", HEADER + "H1,,,false,pt,2026-09-01\n")
    late = office.take_in("contacts", HEADER + "H1,,+5511912345678,true,pt,2026-08-25\n")
    assert [one.rule for one in late.findings] == ["older_than_known"]
    assert office.rows(_CHOICES)[-1] == ("H1", False, "pt", date(2026, 9, 1))


def test_an_older_telephone_stays_known_until_the_day_of_the_new_one(office: Office) -> None:
    office.families()
    office.take_in("contacts", HEADER + "H1,P1,+5511987654321,true,pt,2026-08-20\n")
    office.take_in("contacts", HEADER + "H1,P1,+5511912345678,true,pt,2026-09-02\n")
    kept = office.rows(
        "SELECT as_given, valid_to = 'infinity', known_to = 'infinity'"
        " FROM identity.person_contact ORDER BY known_from, valid_from"
    )
    assert kept == [
        ("+5511987654321", True, False),
        ("+5511987654321", False, True),
        ("+5511912345678", True, True),
    ]
