"""Every finding of other programmes' auditors that was planted is found; clean books are clean."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa
from planted_findings import PLANTS, POSTED, plant_all

from cct_engine import audit
from cct_engine.audit.control import Ask
from cct_engine.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from demo_plays import Books, Cct

AS_OF: Final = "2026-11-17"
CODES: Final = [control.code for control in audit.controls()]


@pytest.fixture(scope="module")
def planted(
    finished: Books, cct: Cct, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, Any], dict[str, tuple[str, str]], Path]]:
    """What an audit of thoroughly spoilt books says, what it must say, and its folder."""
    books = finished.copy(
        tmp_path_factory.mktemp("audit") / "spoilt", f"spoilt_{uuid.uuid4().hex[:12]}"
    )
    expected = plant_all(books)
    folder = books.home / "found"
    ran = cct(books, "--demo", "audit", "run", "--as-of", AS_OF, "--out", str(folder), "--json")
    assert ran.exit_code == 1, ran
    found = {one["control"]: one for one in ran.value["controls"]}
    yield found, expected, folder
    books.drop()


def test_every_control_has_a_plant() -> None:
    assert set(CODES) == PLANTS.keys() | POSTED.keys()


def test_every_finding_is_answered_or_said_to_be_unanswerable() -> None:
    answered = {number for control in audit.controls() for number in control.findings}
    assert answered | {one.finding for one in audit.UNANSWERABLE} == set(range(1, 31))


@pytest.mark.parametrize("code", CODES)
def test_a_planted_finding_is_found_with_its_evidence(
    code: str, planted: tuple[dict[str, Any], dict[str, tuple[str, str]], Path]
) -> None:
    found, expected, folder = planted
    column, value = expected[code]
    assert not found[code]["holds"]
    assert value in {str(line[column]) for line in found[code]["evidence"]}
    assert found[code]["sentence"] != next(
        control.clean for control in audit.controls() if control.code == code
    )
    assert value in (folder / f"{code}.csv").read_text(encoding="utf-8")


def test_the_paper_of_an_audit_tells_the_findings(
    planted: tuple[dict[str, Any], dict[str, tuple[str, str]], Path],
) -> None:
    _, _, folder = planted
    page = (folder / "audit.html").read_text(encoding="utf-8")
    assert f"{len(CODES)} of {len(CODES)} controls have findings." in page
    assert (folder / "audit.pdf").read_bytes().startswith(b"%PDF-")


def test_clean_books_have_no_findings(finished: Books, cct: Cct) -> None:
    ran = cct(finished, "--demo", "audit", "run", "--as-of", AS_OF, "--json")
    assert ran.exit_code == 0, [one for one in ran.value["controls"] if not one["holds"]]
    assert ran.value["clean"] is True
    assert [one["control"] for one in ran.value["controls"]] == CODES


def test_a_control_asks_of_one_cycle_alone(finished: Books, cct: Cct) -> None:
    ran = cct(
        finished, "--demo", "audit", "run", "--cycle", "bolsa_familia-2026-09", "--as-of", AS_OF
    )
    assert ran.exit_code == 0, ran
    assert "Nobody is paid after death" in ran.output


def test_the_auditors_role_may_run_every_query(finished: Books) -> None:
    url = finished.server.url(finished.database, role="cct_auditor")
    with Database(url) as database, database.transaction() as connection:
        ask = Ask(connection, finished.corner, date(2026, 11, 17), None, 10)
        for control in audit.controls():
            if control.sql:
                assert control.run(ask).found_count == 0, control.code


def test_no_control_can_write(finished: Books) -> None:
    with finished.opened() as database:
        engine = database.engine.execution_options(postgresql_readonly=True)
        with engine.begin() as connection:
            ask = Ask(connection, finished.corner, date(2026, 11, 17), None, 10)
            assert all(one.run(ask).found_count == 0 for one in audit.controls() if one.sql)
            with pytest.raises(sa.exc.InternalError, match="read-only"):
                connection.execute(sa.text("UPDATE cycle.cycle SET version = version + 1"))


def test_only_an_auditor_may_act_as_one_and_the_act_is_kept(
    finished: Books, cct: Cct, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    with books.tampering() as connection:
        connection.execute("UPDATE people.role_grant SET granted_at = '2000-01-01'")
    refused = cct(books, "--demo", "audit", "sample", "--as", "maker")
    assert refused.exit_code == 1
    assert "auditor" in refused.errors
    granted = cct(books, "--demo", "people", "grant", "checker", "auditor", "--as", "administrator")
    assert granted.exit_code == 0, granted
    assert cct(books, "--demo", "audit", "sample", "--as", "checker").exit_code == 0
    with books.opened() as database, database.transaction() as connection:
        acts = connection.execute(
            sa.text("SELECT outcome FROM people.act WHERE verb = 'audit.sample' ORDER BY act_id")
        )
        assert acts.scalars().all() == ["refused", "done"]
