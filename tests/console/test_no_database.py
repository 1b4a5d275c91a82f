"""Pages and programs are answered also while the database does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from console_visits import SIGNED, MovingClock
from starlette.testclient import TestClient

from cct_engine.console import application
from cct_engine.database import Database
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cct_engine.database.embedded import Server


@pytest.fixture
def cut_off(server: Server, tmp_path: Path) -> Iterator[TestClient]:
    """A browser at a console whose database is not there."""
    with Database(server.url("there_is_no_such_database", role="cct_app")) as nowhere:
        app = application(nowhere, Settings(home=tmp_path), MovingClock(SIGNED))
        yield TestClient(app, base_url="http://localhost")


@pytest.mark.parametrize("path", ["/", "/cycles", "/sign-in"])
def test_a_page_says_that_something_failed_and_a_number_to_quote(
    cut_off: TestClient, path: str
) -> None:
    answer = cut_off.get(path)
    assert answer.status_code == 500
    assert "Something failed on our side" in answer.text
    assert "Quote " in answer.text


def test_what_needs_no_database_is_refused_as_ever(cut_off: TestClient) -> None:
    assert cut_off.get("/nowhere").status_code == 404
    form = cut_off.post("/sign-in", content=b"=", headers={"content-type": "text/plain"})
    assert form.status_code == 415


def test_a_program_gets_a_problem(cut_off: TestClient) -> None:
    answer = cut_off.get("/api/v1/cycles", headers={"authorization": "Bearer cct_nobody"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_whoever_watches_is_told_503(cut_off: TestClient) -> None:
    assert cut_off.get("/health").status_code == 503
