"""Valid time and known time, against a model that simply remembers everything."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cct_engine.registry import AsOf, as_known, as_of

if TYPE_CHECKING:
    from conftest import Office

START = date(2026, 1, 1)
answers = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=5)


class Memory:
    """What a family said and when: each answer holds from its day until the next one's."""

    def __init__(self) -> None:
        self.told: list[tuple[datetime, date, int]] = []

    def tell(self, known: datetime, day: date, income: int) -> bool:
        """Remember an answer, unless the registry knows a newer one."""
        if self.told and day < max(told for _, told, _ in self.told):
            return False
        self.told.append((known, day, income))
        return True

    def income(self, valid: date, known: datetime) -> int | None:
        """What held on a day, as it was known at an instant; the first answer holds since ever."""
        heard = [(day, income) for at, day, income in self.told if at <= known]
        holding = [income for place, (day, income) in enumerate(heard) if day <= valid or not place]
        return holding[-1] if holding else None


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(answers)
def test_every_day_and_every_instant_can_be_read_back(
    office: Office, given_answers: list[tuple[int, int]]
) -> None:
    memory = Memory()
    with office.connection.begin_nested() as undone:
        for place, (shift, income) in enumerate(given_answers):
            known, day = office.now, START + timedelta(days=30 * shift)
            report = office.take_in(
                "households",
                "household_ref,kind,area_code,zone,municipality,urban,centre_code,income_total,"
                f"updated_on\nH1,family,,note {place},,,,{income},{day}\n",
            )
            assert memory.tell(known, day, income * 100) == (report.rejected == 0)
        for months in range(-1, 8):
            for known, _, _ in memory.told:
                valid = START + timedelta(days=30 * months)
                found = office.rows(
                    "SELECT income_total_minor FROM registry.household_profile p WHERE "
                    + as_of("p", AsOf(valid, known))
                )
                assert found == [(memory.income(valid, known),)], (valid, known)
        undone.rollback()


def test_nothing_is_known_before_it_was_told(office: Office) -> None:
    office.families()
    before = as_known("p", datetime(2026, 8, 31, tzinfo=UTC))
    assert office.rows(f"SELECT * FROM registry.household_profile p WHERE {before}") == []


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        as_known("p", datetime(2026, 9, 1))  # noqa: DTZ001 - that is the point


def test_only_the_engine_may_ask_for_partitions_and_statistics(
    owner_of_registry: sa.Engine,
) -> None:
    for call in (
        "SELECT compliance.open_month('2026-09-01')",
        "SELECT registry.refresh_statistics(ARRAY['registry.person'])",
    ):
        with owner_of_registry.connect() as connection:
            connection.execute(sa.text("SET ROLE cct_auditor"))
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                connection.execute(sa.text(call))
