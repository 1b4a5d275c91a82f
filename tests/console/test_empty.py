"""The console over books in which nothing was done yet: every page opens and says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest
import sqlalchemy as sa
from console_visits import Counter, MovingClock
from one_programme import PROGRAMME

from cct_engine.people import ENGINE, Role, officers
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.database import Database

FIRST_DAY: Final = datetime(2026, 11, 2, 8, tzinfo=UTC)
SAID: Final = {
    "/": "No cycle is under way.",
    "/cycles": "No programme has been set up yet, so there is no cycle to open.",
    "/files": "No file yet.",
    "/files?cycle=bolsa_familia-2026-11": "No file yet.",
    "/answers": "Nothing came from the bank yet.",
    "/returns": "No payment is waiting to be sent again.",
    "/suspense": "No open suspense.",
    "/ledger": "No programme of yours has a fund yet.",
    "/proofs": "No cycle has been opened yet.",
    "/controls": "No check has found anything.",
    "/exceptions": "No cycle is being checked now.",
    "/households": "What you look up is recorded",
    "/programmes": "No programme has been set up yet.",
    "/feeds": "Nothing was taken in yet.",
    "/calendar": "A person opens the first cycle",
    "/tiers": "No list waits for a signature.",
    "/notices": "No cycle is sent yet.",
    "/activity": "Signed in",
}


@pytest.fixture
def empty(database: Database, tmp_path: Path) -> Counter:
    """The console on the first day of an office."""
    counter = Counter(database, Settings(home=tmp_path), MovingClock(FIRST_DAY))
    at = counter.clock.now()
    number = officers.add(database, login="administrator", at=at, by=ENGINE)
    officers.grant(database, officer_id=number, role=Role.ADMINISTRATOR, at=at, by=ENGINE)
    counter.appoint("maker", Role.MAKER)
    return counter


def test_every_page_opens_before_anything_was_done(empty: Counter) -> None:
    maker = empty.officer("maker")
    shown = {path: (maker.see(path).status_code, maker.text()) for path in SAID}
    assert {path: code for path, (code, _) in shown.items() if code != 200} == {}
    assert [path for path, said in SAID.items() if said not in shown[path][1]] == []


def test_the_first_cycle_of_a_programme_can_be_opened_on_the_page(empty: Counter) -> None:
    with empty.database.transaction() as connection:
        for statement in PROGRAMME:
            connection.execute(sa.text(statement))
    maker = empty.officer("maker")
    maker.see("/cycles")
    assert '<option value="bolsa_familia">Bolsa Família</option>' in maker.page.text
