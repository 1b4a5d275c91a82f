"""A window sent again, and how much of what was expected has come."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cct_engine import compliance

if TYPE_CHECKING:
    from conftest import District

REPLACES = compliance.feed("attendance").model_copy(update={"resend": "replaces_window"})
JULY = "P1,2026-07,00011111,18,20,\nP2,2026-07,00011111,17,20,\nP3,2026-07,00022222,16,20,\n"


def test_a_second_file_adds_where_the_feed_adds(district: District, header: str) -> None:
    district.take_in("attendance", header + JULY)
    district.take_in("attendance", header + "P4,2026-07,00011111,15,20,\n")
    assert len(district.facts()) == 4


def test_a_window_sent_again_replaces_what_the_facility_said_before(
    district: District, header: str
) -> None:
    district.take_in(REPLACES, header + JULY)
    before = district.now.replace(hour=0)
    report = district.take_in(
        REPLACES, header + "P1,2026-07,00011111,10,20,\nP4,2026-07,00011111,9,20,\n"
    )
    assert (report.loaded, report.withdrawn) == (2, 1)
    assert [(fact[0], fact[3]) for fact in district.facts()] == [("P1", 10), ("P3", 16), ("P4", 9)]
    assert [(fact[0], fact[3]) for fact in district.facts(known=before)] == [
        ("P1", 18),
        ("P2", 17),
        ("P3", 16),
    ]


def test_another_month_and_another_facility_stay_as_they_were(
    district: District, header: str
) -> None:
    district.take_in(REPLACES, header + JULY + "P2,2026-06,00011111,5,20,\n")
    district.take_in(REPLACES, header + "P1,2026-07,00011111,18,20,\n")
    assert [fact[:3] for fact in district.facts()] == [
        ("P1", "2026-07", "00011111"),
        ("P2", "2026-06", "00011111"),
        ("P3", "2026-07", "00022222"),
    ]


@pytest.mark.parametrize("fault", ["P2,2026-07,00011111,x,20,", "P2,2026-07,00011111,24,20,"])
def test_a_rejected_row_withdraws_nothing_until_it_is_corrected(
    district: District, header: str, fault: str
) -> None:
    district.take_in(REPLACES, header + JULY)
    first = district.take_in(REPLACES, header + f"P1,2026-07,00011111,10,20,\n{fault}\n")
    assert first.withdrawn == 0
    assert ("P2", 17) in [(fact[0], fact[3]) for fact in district.facts()]
    assert first.reject_path is not None
    corrected = first.reject_path.read_text().replace('"x"', '"4"').replace('"24"', '"4"')
    second = district.take_in(REPLACES, corrected)
    assert (second.loaded, second.withdrawn) == (1, 0)
    assert [(fact[0], fact[3]) for fact in district.facts()] == [("P1", 10), ("P2", 4), ("P3", 16)]


def test_facts_are_never_changed_in_place(district: District, header: str) -> None:
    district.take_in("attendance", header + JULY)
    for statement in (
        "UPDATE compliance.fact SET numerator = 20",
        "DELETE FROM compliance.fact",
        "TRUNCATE compliance.fact",
    ):
        with (
            pytest.raises(sa.exc.DBAPIError, match=r"permission denied|append-only"),
            district.connection.begin_nested(),
        ):
            district.connection.execute(sa.text(statement))


def test_a_fact_counts_once_per_subject_kind_window_and_facility(
    district: District, header: str
) -> None:
    district.take_in("attendance", header + JULY)
    with pytest.raises(sa.exc.IntegrityError), district.connection.begin_nested():
        district.connection.execute(
            sa.text(
                "INSERT INTO compliance.fact SELECT subject_id, kind_id, window_start, window_end, "
                "facility_id, 1, denominator, status, reason_code, source_row, known_from + "
                "interval '1 hour', known_to, source_id, collected_on, basis, act_id FROM "
                "compliance.fact"
            )
        )


def test_coverage_expects_whom_a_school_reported_before(district: District, header: str) -> None:
    district.take_in("attendance", header + JULY)
    district.take_in("attendance", header + "P1,2026-08,00011111,18,20,\n")
    found = compliance.coverage(
        district.connection, kind="attendance", month=date(2026, 8, 1), as_of_known=district.now
    )
    assert [(c.facility_code, c.expected, c.reported, c.missing, c.file_count) for c in found] == [
        ("00011111", 2, 1, 1, 1),
        ("00022222", 1, 0, 1, 0),
    ]


def test_a_pupil_who_changed_school_is_expected_at_the_new_one(
    district: District, header: str
) -> None:
    district.take_in("attendance", header + JULY)
    district.take_in(
        "attendance", header + "P1,2026-08,00022222,18,20,\nP2,2026-08,00011111,1,2,\n"
    )
    found = {
        c.facility_code: (c.expected, c.reported)
        for c in compliance.coverage(
            district.connection, kind="attendance", month=date(2026, 8, 1), as_of_known=district.now
        )
    }
    assert found == {"00011111": (1, 1), "00022222": (2, 1)}


def test_coverage_is_what_was_known_on_the_day_that_is_asked_for(
    district: District, header: str
) -> None:
    district.take_in("attendance", header + JULY)
    before = district.now.replace(hour=0)
    district.take_in("attendance", header + "P1,2026-08,00011111,18,20,\n")
    found = compliance.coverage(
        district.connection, kind="attendance", month=date(2026, 8, 1), as_of_known=before
    )
    assert sum(c.reported for c in found) == 0
    assert sum(c.file_count for c in found) == 0
