"""An administrator, and a maker whom the administrator added."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from cct_engine.people import ENGINE, Role, officers

if TYPE_CHECKING:
    from cct_engine.database import Database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def administrator(database: Database) -> int:
    officer_id = officers.add(database, login="a.admin", at=NOON, by=ENGINE)
    officers.grant(database, officer_id=officer_id, role=Role.ADMINISTRATOR, at=NOON, by=ENGINE)
    return officer_id


@pytest.fixture
def maker(database: Database, administrator: int) -> int:
    officer_id = officers.add(database, login="m.maker", at=NOON, by=administrator)
    officers.grant(database, officer_id=officer_id, role=Role.MAKER, at=NOON, by=administrator)
    return officer_id
