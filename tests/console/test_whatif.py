"""Another law is tried in the browser: who would gain, who would lose, and no book is touched."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final

import pytest
import sqlalchemy as sa

if TYPE_CHECKING:
    from console_visits import Counter, Officer

PAGE: Final = "/programmes/bolsa_familia"
CODE: Final = "bolsa_familia-2026-11"


def _law() -> str:
    laws = resources.files("cct_engine.programmes")
    return laws.joinpath("bolsa_familia.yaml").read_text(encoding="utf-8")


def _handed_in(officer: Officer, text: str, name: str = "more.yaml") -> int:
    officer.see(PAGE)
    fields = officer.form(f"{PAGE}/trials") | {"cycle": CODE}
    officer.page = officer.client.post(
        f"{PAGE}/trials", data=fields, files={"file": (name, text.encode(), "text/yaml")}
    )
    officer.patiently()
    return officer.page.status_code


def _books(counter: Counter) -> tuple[object, ...]:
    with counter.database.transaction() as connection:
        return tuple(
            connection.execute(sa.text(query)).scalar()
            for query in (
                "SELECT count(*) FROM ledger.batch",
                "SELECT sum(version) FROM cycle.cycle",
                "SELECT count(*) FROM cycle.entitlement_line",
            )
        )


def test_a_law_that_gives_more_shows_who_gains_and_touches_no_book(closed: Counter) -> None:
    analyst, before = closed.officer("analyst"), _books(closed)
    text = _law()
    richer = text.replace("150.00", "250.00", 1)
    assert richer != text
    assert _handed_in(analyst, richer) == 200
    assert "What if more.yaml had been the law in November 2026" in analyst.text()
    assert "Early childhood" in analyst.text()
    assert "Cost by district" in analyst.text()
    found = analyst.client.get(f"{analyst.page.url.path}.json").json()["found"]
    assert found["change_minor"] > 0
    assert (found["gaining_count"] > 0, found["losing_count"]) == (True, 0)
    assert sum(one["change_minor"] for one in found["components"]) == found["change_minor"]
    assert sum(one["change_minor"] for one in found["districts"]) == found["change_minor"]
    sheet = analyst.client.get(f"{analyst.page.url.path}.csv").text
    assert "gains" in sheet
    assert closed.officer("maker").see(str(analyst.page.url.path)).status_code == 404
    assert _books(closed) == before


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("law.txt", "x", "A law is a YAML file"),
        ("law.yaml", "programme: [", "was not tried"),
    ],
)
def test_what_is_no_law_is_refused_with_the_reason(
    closed: Counter, name: str, text: str, says: str
) -> None:
    analyst = closed.officer("analyst")
    _handed_in(analyst, text, name)
    assert says in analyst.text()
