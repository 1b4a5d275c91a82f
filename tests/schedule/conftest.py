"""An office whose first cycle was opened by a person; the rest is the schedule's."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from year_of_funds import fund_the_year

from cct_engine import cycle, registry
from cct_engine.clock import FixedClock
from cct_engine.cycle import Desk
from cct_engine.people import ENGINE
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.database import Database

AUGUST = datetime(2026, 8, 20, 12, tzinfo=UTC)


@dataclass
class Clockwork:
    """A desk at which only the clock moves."""

    desk: Desk

    def at(self, instant: datetime) -> Desk:
        """Return the desk at another instant."""
        return replace(self.desk, clock=FixedClock(instant))

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Read rows as plain tuples."""
        with self.desk.database.transaction() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement))]

    def cycles(self) -> dict[str, str]:
        """Return where each cycle stands."""
        rows = self.rows("SELECT code, state FROM cycle.cycle ORDER BY cycle_id")
        return {str(code): str(state) for code, state in rows}


@pytest.fixture
def clockwork(database: Database, tmp_path: Path) -> Clockwork:
    """Two families of Bolsa Família, a funded year, and an open cycle of September 2026."""
    with database.transaction() as connection:
        registry.setup.department(connection, code="mds", title="Social development")
        registry.setup.programme(
            connection,
            code="bolsa_familia",
            title="Bolsa Família",
            department="mds",
            currency="BRL",
            time_zone="America/Sao_Paulo",
        )
        registry.setup.fund(
            connection,
            code="bf-2026",
            title="Bolsa Família 2026",
            department="mds",
            currency="BRL",
            debtor_account="0001000012345678",
            year=2026,
            programmes=["bolsa_familia"],
        )
        registry.setup.packaged_sources(connection)
        _people(connection)
        fund_the_year(connection, at=AUGUST)
        _registered(connection, tmp_path)
    desk = Desk(database, Settings(home=tmp_path / "home"), FixedClock(AUGUST), ENGINE)
    cycle.open_cycle(desk, "bolsa_familia", date(2026, 9, 1))
    return Clockwork(desk)


def _people(connection: sa.Connection) -> None:
    for number, role in ((3, "maker"), (4, "checker"), (5, "releaser")):
        connection.execute(
            sa.text("INSERT INTO people.officer VALUES (:number, :role, :at)"),
            {"number": number, "role": role, "at": AUGUST},
        )
        connection.execute(
            sa.text("INSERT INTO people.role_grant VALUES (:number, :role, NULL, :at)"),
            {"number": number, "role": role, "at": AUGUST},
        )


_FEEDS = {
    "households": (
        "household_ref,kind,area_code,zone,municipality,urban,centre_code,income_total,updated_on",
        "A,family,,,3550308,true,,150.00,2026-01-01",
        "B,family,,,3550308,true,,150.00,2026-01-01",
    ),
    "persons": (
        (
            "person_ref,household_ref,given_name,family_name,sex,birth_date,relationship,"
            "responsible,joined_on,left_on,national_id_scheme,national_id,disability,grade,"
            "finished_basic_education,pregnant,is_mother"
        ),
        "A-m,A,Maria,Silva,F,1990-05-04,head,true,2026-01-01,,,,,,,,",
        "B-m,B,Joana,Souza,F,1991-05-04,head,true,2026-01-01,,,,,,,,",
    ),
    "accounts": (
        "person_ref,kind,number,agent,holder_name,verified,valid_from",
        "A-m,AGENCIA_CONTA,1234/567890-1,00000000,Maria Silva,true,2026-01-01",
        "B-m,AGENCIA_CONTA,1234/567891-1,00000000,Joana Souza,true,2026-01-01",
    ),
    "enrolments": (
        "programme,household_ref,person_ref,entered_on,exited_on,reason",
        "bolsa_familia,A,,2026-01-01,,entered",
        "bolsa_familia,B,,2026-01-01,,entered",
    ),
}


def _registered(connection: sa.Connection, folder: Path) -> None:
    for name, rows in _FEEDS.items():
        path = folder / f"{name}.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(row.split(",") for row in rows)
        registry.take_in(
            connection,
            path,
            registry.feed(name),
            at=AUGUST,
            officer_id=3,
            rejects_folder=folder,
            token_key=b"only-for-demo-and-tests",
            collected_on=date(2026, 1, 1),
        )
