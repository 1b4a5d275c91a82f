"""The office of the demo: its officers, funds and programmes, and the money it was given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

import ledger
from cct_engine import registry
from cct_engine.cycle import Desk
from cct_engine.demo.funding import appropriate
from cct_engine.demo.plan import PROGRAMMES, Payer, first_of
from cct_engine.people import ENGINE, Role, officers

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cct_engine.clock import Clock
    from cct_engine.cycle import Progress
    from cct_engine.database import Database
    from cct_engine.demo.plan import DemoPlan
    from cct_engine.settings import Settings

__all__ = ["Office", "found_office"]

_ROLES: Final = {
    "administrator": (Role.ADMINISTRATOR,),
    "maker": (Role.MAKER,),
    "checker": (Role.CHECKER,),
    "releaser": (Role.RELEASER,),
    "liaison": (Role.BANK_LIAISON,),
}


def _silent(_progress: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Office:
    """Where the demo's officers work, and who they are by login."""

    database: Database
    settings: Settings
    tell: Callable[[Progress], None] = _silent
    numbers: dict[str, int] = field(default_factory=dict)

    def desk(self, login: str, clock: Clock) -> Desk:
        """The desk of an officer at an instant."""
        return Desk(self.database, self.settings, clock, self.officer(login), self.tell)

    def officer(self, login: str) -> int:
        """The number of an officer."""
        if login not in self.numbers:
            with self.database.transaction() as connection:
                rows = connection.execute(sa.text("SELECT login, officer_id FROM people.officer"))
                self.numbers.update({row.login: row.officer_id for row in rows})
        return self.numbers[login]


def found_office(office: Office, plan: DemoPlan) -> None:
    """Set up officers, programmes and funds; open the fiscal year and give each fund its money.

    Whatever is there already is left as it is.
    """
    at = plan.opening().now()
    _appoint(office, at)
    with office.database.transaction() as connection:
        registry.setup.packaged_sources(connection)
        year = first_of(plan.periods[0]).year
        ledger.open_period(
            connection,
            opens_on=at.date().replace(year=year, month=1, day=1),
            closes_on=at.date().replace(year=year, month=12, day=31),
            by=ENGINE,
            at=at,
        )
        for payer in PROGRAMMES:
            registry.setup.department(connection, code=payer.department, title=payer.department)
        registry.setup.programme(
            connection,
            code="pds_card",
            title="Ration card",
            kind="external",
            department=PROGRAMMES[1].department,
        )
        for payer in PROGRAMMES:
            _fund(connection, payer, year)
    appropriate(office, plan)


def _appoint(office: Office, at: datetime) -> None:
    """Add who is missing. The engine appoints the administrator, who appoints the others."""
    with office.database.transaction() as connection:
        rows = connection.execute(sa.text("SELECT login FROM people.officer"))
        present = set(rows.scalars())
    by = ENGINE
    for login, roles in _ROLES.items():
        if login not in present:
            officers.add(office.database, login=login, at=at, by=by)
        for role in roles:
            officers.grant(
                office.database, officer_id=office.officer(login), role=role, at=at, by=by
            )
        by = office.officer("administrator")


def _fund(connection: sa.Connection, payer: Payer, year: int) -> None:
    setup = registry.setup
    setup.programme(
        connection,
        code=payer.programme,
        title=payer.title,
        kind="own",
        unit="household",
        department=payer.department,
        currency=payer.currency,
        time_zone=payer.time_zone,
    )
    setup.fund(
        connection,
        code=payer.fund,
        title=f"{payer.title}, 2026",
        department=payer.department,
        currency=payer.currency,
        debtor_account=payer.debtor_account,
        year=year,
        programmes=[payer.programme],
    )
