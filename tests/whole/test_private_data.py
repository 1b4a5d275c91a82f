"""Nobody's name, account or number is told: not by log, screen or report, not by an error."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from cct_engine.demo.world import canaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from demo_plays import Books, Cct, Played, Ran

PERSONS = "persons"
PLANTED = {
    "given_name": "Canaria Plantada",
    "family_name": "Segredosa Ferradura",
    "national_id": "52998224725",
}


@pytest.fixture(scope="session")
def private(genuine: Played) -> set[str]:
    """Every name, account number and identity number of the demo's feeds."""
    found = canaries(genuine.corner / "feeds")
    assert len(found) > 1000
    return found


def test_log_screen_and_reports_of_the_whole_demo_tell_nobodys_name_account_or_number(
    genuine: Played, private: set[str]
) -> None:
    reports = sorted((genuine.corner / "reports").glob("*.html"))
    assert len(reports) == 6
    told = [genuine.ran.output, genuine.ran.errors, (genuine.home / "demo.log").read_text()]
    told += [report.read_text() for report in reports]
    assert _found_in(told, private) == set()


def test_frozen_inputs_and_results_name_nobody(genuine: Played, private: set[str]) -> None:
    """What a cycle is calculated from and gives knows families by number only."""
    told = []
    for path in sorted((genuine.corner / "cycles").rglob("*")):
        if path.suffix == ".parquet":
            told.append(str(pq.read_table(path).to_pydict()))
        elif path.is_file():
            told.append(path.read_text())
    assert len(told) > 100
    assert _found_in(told, private) == set()


def test_the_record_of_acts_names_nobody(finished: Books, private: set[str]) -> None:
    with finished.opened() as database, database.transaction() as connection:
        rows = connection.execute(sa.text("SELECT * FROM people.act ORDER BY act_id")).all()
    assert len(rows) > 50
    assert _found_in([str(rows)], private) == set()


@pytest.mark.parametrize(
    "damage",
    ["without its first line", "a column is missing", "not text at all", "a quote left open"],
)
def test_the_error_of_a_refused_feed_tells_nobodys_name_account_or_number(
    damage: str,
    finished: Books,
    private: set[str],
    cct: Cct,
    copied: Callable[[Books], Books],
    tmp_path: Path,
) -> None:
    books = copied(finished)
    feed = _with_canaries(books.corner / "feeds" / "base" / "persons.csv", tmp_path)
    _damage(feed, damage)
    ran = cct(books, "--demo", "feed", "take-in", PERSONS, str(feed), "--as", "maker")
    _assert_tells_nobody(ran, private, refused=True)


def test_rows_that_are_turned_away_are_told_by_place_and_rule_and_not_by_what_stood_there(
    finished: Books,
    private: set[str],
    cct: Cct,
    copied: Callable[[Books], Books],
    tmp_path: Path,
) -> None:
    books = copied(finished)
    feed = _with_canaries(
        books.corner / "feeds" / "base" / "persons.csv", tmp_path, birth_date="31/12/1999"
    )
    ran = cct(books, "--demo", "feed", "take-in", PERSONS, str(feed), "--as", "maker", "--json")
    _assert_tells_nobody(ran, private, refused=False)
    assert ran.value["rejected"] > 0


def test_an_error_nobody_foresaw_is_logged_without_the_row_that_caused_it(
    finished: Books,
    private: set[str],
    cct: Cct,
    copied: Callable[[Books], Books],
    tmp_path: Path,
) -> None:
    """PostgreSQL quotes the row that breaks a rule; the rule is planted by a superuser."""
    books = copied(finished)
    with books.tampering() as connection:
        connection.execute(
            "ALTER TABLE identity.person_name ADD CONSTRAINT unforeseen"
            " CHECK (family <> 'Segredosa Ferradura') NOT VALID"
        )
    feed = _with_canaries(books.corner / "feeds" / "base" / "persons.csv", tmp_path)
    ran = cct(books, "--demo", "feed", "take-in", PERSONS, str(feed), "--as", "maker")
    assert ran.exit_code == 70
    assert "CheckViolation" in ran.errors
    assert _found_in([ran.output, ran.errors], private | set(PLANTED.values())) == set()


@pytest.mark.parametrize("verb", ["read", "receive"])
def test_the_error_of_a_refused_bank_file_tells_nobodys_name_account_or_number(
    verb: str,
    finished: Books,
    private: set[str],
    cct: Cct,
    copied: Callable[[Books], Books],
    tmp_path: Path,
) -> None:
    """A return of a payment names the creditor and the account; the file is cut after them."""
    books = copied(finished)
    returns = max(
        books.corner.glob("bank/received/*returns*"), key=lambda path: path.stat().st_size
    )
    contents = returns.read_text()
    assert _found_in([contents], private)
    folder = tmp_path / "from the bank"
    folder.mkdir()
    cut = folder / "cut.xml"
    cut.write_text(contents[: contents.rindex("<RtrInf>")])
    if verb == "read":
        ran = cct(books, "bank", "read", str(cut))
        _assert_tells_nobody(ran, private, refused=True)
    else:
        ran = cct(books, "--demo", "bank", "receive", str(folder), "--as", "liaison", "--json")
        _assert_tells_nobody(ran, private, refused=False)
        assert ran.value["quarantined"] == ["cut.xml"]


def _with_canaries(persons: Path, folder: Path, **changed: str) -> Path:
    """Copy a feed and plant a person whose name and number stand nowhere else."""
    with persons.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    planted = rows[-1] | PLANTED | {"person_ref": "BR9999999-01", "national_id_scheme": "CPF"}
    path = folder / "persons-with-canaries.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows([*rows, planted | changed])
    return path


def _damage(feed: Path, how: str) -> None:
    lines = feed.read_text(encoding="utf-8").splitlines()
    if how == "without its first line":
        feed.write_text("\n".join(reversed(lines[1:])), encoding="utf-8")
    elif how == "a column is missing":
        lines[0] = lines[0].replace("birth_date", "birthday")
        feed.write_text("\n".join(lines), encoding="utf-8")
    elif how == "not text at all":
        feed.write_bytes("\n".join(lines).encode() + b"\n\xff\xfe\x00Segredosa Ferradura\xff")
    else:
        feed.write_text("\n".join([*lines, '"' + lines[-1]]), encoding="utf-8")


def _assert_tells_nobody(ran: Ran, private: set[str], *, refused: bool) -> None:
    assert ran.exit_code == (3 if refused else 0), ran
    assert ran.errors or not refused
    assert _found_in([ran.output, ran.errors], private | set(PLANTED.values())) == set()


def _found_in(texts: Iterable[str], private: set[str]) -> set[str]:
    whole = "\n".join(texts)
    return {text for text in private if text in whole}
