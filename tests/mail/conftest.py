"""An office with a cycle, officers who have addresses, and a mail server that is really there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from mail_office import MailOffice
from one_programme import PROGRAMME

from cct_engine.clock import FixedClock
from cct_engine.cycle import Desk
from cct_engine.people import ENGINE, Role, mailboxes
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cct_engine.database import Database

NOON = datetime(2026, 9, 22, 12, tzinfo=UTC)
OFFICERS = {
    3: ("admin", Role.ADMINISTRATOR),
    4: ("maker", Role.MAKER),
    5: ("checker", Role.CHECKER),
    6: ("second.checker", Role.CHECKER),
    7: ("releaser", Role.RELEASER),
    8: ("liaison", Role.BANK_LIAISON),
    9: ("auditor", Role.AUDITOR),
}


@dataclass
class Bureau:
    """The office: a desk of the engine, and the mail server it writes to."""

    database: Database
    home: Path
    mails: MailOffice
    server_port: int

    def desk(self, *, later: timedelta = timedelta(0), **settings: object) -> Desk:
        """Sit down as the engine, some time after noon."""
        asked = {
            "home": self.home,
            "smtp_host": "127.0.0.1",
            "smtp_port": self.server_port,
            "smtp_security": "none",
            "smtp_from": "engine@pay.example.gov",
            "console_url": "https://pay.example.gov",
            "smtp_timeout_seconds": 5,
        }
        return Desk(
            self.database,
            Settings.model_validate(asked | settings),
            FixedClock(NOON + later),
            ENGINE,
        )

    def run(self, statement: str, **values: object) -> None:
        """Run one statement as the engine's role."""
        with self.database.transaction() as connection:
            connection.execute(sa.text(statement), values)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Read rows as plain tuples."""
        with self.database.transaction() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement))]

    def cycle(self, state: str, *, prepared_by: int = 4, value_on: date = date(2026, 9, 28)) -> str:
        """Make a cycle that stands at a state, prepared by an officer."""
        self.run(
            "INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period, month_count,"
            " currency, opened_at, opened_by, as_of_valid, as_of_known, value_on) VALUES (1,"
            " 'bolsa_familia-2026-09', 1, 1, '2026-09-01', 1, 'BRL', :at, 1, '2026-09-01', :at,"
            " :value_on)",
            at=NOON,
            value_on=value_on,
        )
        for step in ("frozen", "calculated", "checked", "submitted"):
            if self.rows("SELECT state FROM cycle.cycle") == [(state,)]:
                break
            self.run(
                "UPDATE cycle.cycle SET state = :step, version = version + 1, list_digest = 'd',"
                " prepared_by = CASE WHEN :step = 'submitted' THEN CAST(:by AS int) END,"
                " submitted_at = CASE WHEN :step = 'submitted' THEN CAST(:at AS timestamptz) END",
                step=step,
                by=prepared_by,
                at=NOON,
            )
        return "bolsa_familia-2026-09"

    def finding(self) -> None:
        """Find something that stands in the way of the cycle."""
        self.run(
            "INSERT INTO cycle.finding (finding_id, cycle_id, code, effect, household_id, found_at)"
            " VALUES (1, 1, 'DUPLICATE_PERSON', 'blocks', 1, :at)",
            at=NOON,
        )


@pytest.fixture
def mails() -> Iterator[MailOffice]:
    """A mail server, listening."""
    office = MailOffice()
    office.open()
    yield office
    office.close()


@pytest.fixture
def bureau(database: Database, tmp_path: Path, mails: MailOffice) -> Bureau:
    """A programme, an officer for each role with an address, and the server."""
    with database.transaction() as connection:
        for statement in PROGRAMME:
            connection.execute(sa.text(statement))
        for number, (login, role) in OFFICERS.items():
            connection.execute(
                sa.text("INSERT INTO people.officer VALUES (:number, :login, :at)"),
                {"number": number, "login": login, "at": NOON},
            )
            connection.execute(
                sa.text("INSERT INTO people.role_grant VALUES (:number, :role, NULL, :at)"),
                {"number": number, "role": role.value, "at": NOON},
            )
    for number, (login, _) in OFFICERS.items():
        mailboxes.keep(
            database, officer_id=number, address=f"{login}@ministry.example", at=NOON, by=ENGINE
        )
    return Bureau(database, tmp_path / "home", mails, mails.port)
