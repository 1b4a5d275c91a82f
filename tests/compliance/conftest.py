"""A district office: pupils, mothers and schools are registered, reports come in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from cct_engine import compliance, registry
from cct_engine.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cct_engine.database.embedded import Server
    from cct_engine.registry import FeedDeclaration, IntakeReport, Manifest

HOUSEHOLDS = (
    "household_ref,kind,area_code,zone,municipality,urban,centre_code,income_total,updated_on\n"
    "H1,family,,,,,,1,\n"
)
PERSONS = (
    "person_ref,household_ref,given_name,family_name,sex,birth_date,relationship,responsible,joined_on,"
    "left_on,national_id_scheme,national_id,disability,grade,finished_basic_education,pregnant,is_mother\n"
)
FACILITIES = (
    "facility_code,kind,title,area_code,valid_from\n"
    "00011111,school,North,,\n00022222,school,South,,\nC1,clinic,Clinic,,\n"
)
HEADER = "person_ref,month,facility_code,present,total,reason_code\n"


@dataclass
class District:
    """Takes reports in, one day after the other, and looks at the facts."""

    connection: sa.Connection
    folder: Path
    now: datetime = datetime(2026, 9, 1, 8, tzinfo=UTC)
    files: int = 0

    def take_in(
        self,
        feed: str | FeedDeclaration,
        content: str | bytes,
        *,
        suffix: str = ".csv",
        manifest: Manifest | None = None,
        same_instant: bool = False,
    ) -> IntakeReport:
        """Take a report in; the next one comes a day later."""
        declaration = compliance.feed(feed) if isinstance(feed, str) else feed
        self.files += 1
        path = self.folder / f"report-{self.files}{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with self.connection.begin_nested():
            report = compliance.take_in(
                self.connection,
                path,
                declaration,
                at=self.now,
                officer_id=1,
                rejects_folder=self.folder / "rejects",
                manifest=manifest,
            )
        if not same_instant:
            self.now += timedelta(days=1)
        return report

    def rows(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return [tuple(row) for row in self.connection.execute(sa.text(statement), values)]

    def facts(self, *, known: datetime | None = None) -> list[tuple[Any, ...]]:
        """Return the facts known at an instant: pupil, month, school, numerator, denominator."""
        return self.rows(
            "SELECT p.reference, to_char(f.window_start, 'YYYY-MM'), c.code, f.numerator, "
            "f.denominator FROM compliance.fact f JOIN registry.person_reference p ON p.person_id "
            "= f.subject_id LEFT JOIN compliance.facility c USING (facility_id) WHERE f.known_from "
            "<= :known AND :known < f.known_to ORDER BY 1, 2, 3",
            known=known or self.now,
        )


@pytest.fixture(scope="module")
def district_database(
    server: Server, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database in which the district is registered: pupils P1 to P5, two schools, a clinic."""
    name = f"district_{uuid.uuid4().hex[:12]}"
    folder = tmp_path_factory.mktemp("district")
    server.create_database(name, template=template_database)
    with Database(server.url(name, role="cct_app")) as database:
        with database.transaction() as connection:
            registry.setup.packaged_sources(connection)
            people = PERSONS + "".join(
                f"P{n},H1,,,,2015-01-01,,,2025-01-01,,,,,,,,\n" for n in range(1, 6)
            )
            for feed, content in (("households", HOUSEHOLDS), ("persons", people)):
                path = folder / f"{feed}.csv"
                path.write_text(content, encoding="utf-8")
                registry.take_in(
                    connection,
                    path,
                    registry.feed(feed),
                    at=datetime(2026, 8, 1, tzinfo=UTC),
                    officer_id=1,
                    rejects_folder=folder,
                    token_key=b"k",
                )
        yield database
    server.drop_database(name)


@pytest.fixture
def district(district_database: Database, tmp_path: Path) -> Iterator[District]:
    """A district whose schools are known and have not reported yet."""
    with district_database.engine.connect() as connection:
        district = District(connection, tmp_path)
        district.take_in("facilities", FACILITIES)
        yield district
        connection.rollback()


@pytest.fixture
def header() -> str:
    """The header of the canonical attendance feed."""
    return HEADER
