"""A registry office: sources and programmes are set up, feeds are text, reports come back.

One database serves the tests of a module; each test works in a transaction of its own, which is
undone at its end.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from cct_engine import registry
from cct_engine.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cct_engine.database.embedded import Server
    from cct_engine.registry import FeedDeclaration, IntakeReport, Manifest

KEY = b"a key for tests"


@dataclass
class Office:
    """Takes feeds in, one day after the other, and looks at what is there."""

    connection: sa.Connection
    folder: Path
    now: datetime = datetime(2026, 9, 1, 8, tzinfo=UTC)
    files: int = 0

    @property
    def rejects(self) -> Path:
        """Where reject files go."""
        return self.folder / "rejects"

    def write(self, content: str | bytes, *, suffix: str = ".csv") -> Path:
        """Write a file as a sender would."""
        self.files += 1
        path = self.folder / f"feed-{self.files}{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def take_in(
        self,
        feed: str | FeedDeclaration,
        content: str | bytes | Path,
        *,
        officer_id: int = 11,
        collected_on: date | None = None,
        manifest: Manifest | None = None,
    ) -> IntakeReport:
        """Take a feed in; the next one comes a day later."""
        declaration = registry.feed(feed) if isinstance(feed, str) else feed
        path = self.write(content) if isinstance(content, (str, bytes)) else content
        with self.connection.begin_nested():
            report = registry.take_in(
                self.connection,
                path,
                declaration,
                at=self.now,
                officer_id=officer_id,
                rejects_folder=self.rejects,
                token_key=KEY,
                collected_on=collected_on,
                manifest=manifest,
            )
        self.now += timedelta(days=1)
        return report

    def rows(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return [tuple(row) for row in self.connection.execute(sa.text(statement), values)]

    def one(self, statement: str, **values: object) -> Any:
        """Return the one value of a query."""
        ((value,),) = self.rows(statement, **values)
        return value

    def families(self) -> None:
        """Take in two families: H1 with a mother and a child, H2 with one woman."""
        self.take_in(
            "households",
            "household_ref,kind,area_code,zone,municipality,urban,centre_code,income_total,updated_on\n"
            "H1,family,,N,3550308,true,,300.50,2026-01-10\n"
            "H2,single,,N,3550308,true,,90,2026-02-10\n",
        )
        self.take_in(
            "persons",
            PERSONS
            + "P1,H1,Maria,Souza,F,1990-05-01,head,true,2025-01-01,,NIS,12345678901,,,,,true\n"
            + "P2,H1,Rosa,Souza,F,2015-07-01,child,false,2025-01-01,,,,,,false,,\n"
            + "P3,H2,Lia,Prado,F,1960-03-03,head,true,2025-01-01,,,,,,,,\n",
        )


PERSONS = (
    "person_ref,household_ref,given_name,family_name,sex,birth_date,relationship,responsible,joined_on,"
    "left_on,national_id_scheme,national_id,disability,grade,finished_basic_education,pregnant,is_mother\n"
)


@pytest.fixture(scope="module")
def registry_database(server: Server, template_database: str) -> Iterator[Database]:
    """A database with sources, two programmes and two officers, and nothing else."""
    name = f"registry_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template_database)
    with Database(server.url(name, role="cct_app")) as database:
        with database.transaction() as connection:
            _set_up(connection)
        yield database
    server.drop_database(name)


def _set_up(connection: sa.Connection) -> None:
    registry.setup.packaged_sources(connection)
    registry.setup.department(connection, code="social", title="Social affairs")
    for code, kind, currency in (("bolsa_familia", "own", "BRL"), ("pds_card", "external", None)):
        registry.setup.programme(
            connection, code=code, title=code, kind=kind, currency=currency, department="social"
        )
    connection.execute(
        sa.text(
            "INSERT INTO people.officer (officer_id, login, created_at) VALUES"
            " (11, 'ana', :now), (12, 'bel', :now)"
        ),
        {"now": datetime(2026, 1, 1, tzinfo=UTC)},
    )


@pytest.fixture
def office(registry_database: Database, tmp_path: Path) -> Iterator[Office]:
    """A registry office with an empty registry."""
    with registry_database.engine.connect() as connection:
        yield Office(connection, tmp_path)
        connection.rollback()


@pytest.fixture
def persons_header() -> str:
    """The header of the canonical persons feed."""
    return PERSONS


@pytest.fixture
def owner_of_registry(server: Server, registry_database: Database) -> Iterator[sa.Engine]:
    """The same database as its superuser, who may take any role."""
    url = server.url(registry_database.name, role="postgres")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    yield engine
    engine.dispose()
