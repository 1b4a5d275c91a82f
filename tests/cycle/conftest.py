"""An office with an officer for each role, and a programme with one fund."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from cycle_office import NOON, Office
from one_programme import PROGRAMME

from cct_engine.people import ENGINE, Role

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.database import Database

_ROLES: dict[str, tuple[Role, ...]] = {
    "admin": (Role.ADMINISTRATOR,),
    "maker": (Role.MAKER,),
    "checker": (Role.CHECKER,),
    "second_checker": (Role.CHECKER,),
    "releaser": (Role.RELEASER,),
    "liaison": (Role.BANK_LIAISON,),
    "case_worker": (Role.CASE_WORKER,),
    "auditor": (Role.AUDITOR,),
    "two_hats": (Role.MAKER, Role.CHECKER, Role.RELEASER, Role.BANK_LIAISON),
}


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """One programme with one fund, and an officer for each role."""
    numbers = {"engine": ENGINE, "nobody": 999}
    with database.transaction() as connection:
        for statement in PROGRAMME:
            connection.execute(sa.text(statement))
        for number, (login, roles) in enumerate(_ROLES.items(), start=3):
            numbers[login] = number
            connection.execute(
                sa.text("INSERT INTO people.officer VALUES (:number, :login, :at)"),
                {"number": number, "login": login, "at": NOON},
            )
            for role in roles:
                connection.execute(
                    sa.text("INSERT INTO people.role_grant VALUES (:number, :role, NULL, :at)"),
                    {"number": number, "role": role.value, "at": NOON},
                )
    return Office(database, tmp_path / "home", numbers)
