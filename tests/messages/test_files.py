"""The files of a cycle for the gateway: who agreed, once, whole, and the same when asked again."""

from __future__ import annotations

import csv
import hashlib
import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cct_engine.clock import FixedClock
from cct_engine.cycle import Desk
from cct_engine.messages import MessageError, choose, make_files, segments
from cct_engine.people import Refused
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from demo_plays import Books

CLOSED = "bolsa_familia-2026-11"
AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
LANGUAGES = ("en", "hi", "pt", "es")


@contextmanager
def _maker(books: Books) -> Iterator[Desk]:
    with books.opened() as database:
        with database.transaction() as connection:
            number = connection.execute(
                sa.text("SELECT officer_id FROM people.officer WHERE login = 'maker'")
            ).scalar_one()
        yield Desk(database, Settings(home=books.corner), FixedClock(AT), number)


def _rows(desk: Desk, statement: str) -> list[tuple[object, ...]]:
    with desk.database.transaction() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


def _agreed(desk: Desk, *, most: int) -> dict[int, str]:
    """Let the first families agree, each in another language than the one before."""
    families = _rows(
        desk,
        "SELECT household_id FROM cycle.household_result r JOIN cycle.cycle c USING (cycle_id)"
        f" WHERE c.code = '{CLOSED}' ORDER BY pay_now_minor > 0, household_id LIMIT {most}",
    )
    chosen = {}
    for count, (household_id,) in enumerate(families):
        number = int(str(household_id))
        chosen[number] = f"+5511900{number:06}"
        choose(
            desk.database,
            household_id=number,
            phone=chosen[number],
            language=LANGUAGES[count % 4],
            token_key=b"of-a-test",
            at=AT,
            by=desk.officer_id,
        )
    return chosen


def test_families_who_agreed_are_told_once_and_the_files_tie(
    finished: Books, copied: Callable[[Books], Books], tmp_path: Path
) -> None:
    with _maker(copied(finished)) as desk:
        with pytest.raises(MessageError, match="No family of"):
            make_files(desk, CLOSED, out=tmp_path / "none")
        phones = _agreed(desk, most=24)
        refused = min(phones)
        choose(
            desk.database,
            household_id=refused,
            phone=None,
            language="en",
            token_key=b"of-a-test",
            at=AT + timedelta(hours=1),
            by=desk.officer_id,
        )
        with pytest.raises(Refused, match=r"\+ with its country code"):
            choose(
                desk.database,
                household_id=refused,
                phone="11 99999; DROP",
                language="en",
                token_key=b"of-a-test",
                at=AT + timedelta(hours=2),
                by=desk.officer_id,
            )
        found = make_files(desk, CLOSED, out=tmp_path / "one")
        _assert_files_tie(desk, tmp_path / "one", set(phones.values()) - {phones[refused]})
        assert found.new
        assert {one.language for one in found.files} == set(LANGUAGES)
        again = make_files(
            replace(desk, clock=FixedClock(AT + timedelta(days=9))), CLOSED, out=tmp_path / "two"
        )
        assert not again.new
        assert again.files == found.files
        for path in (tmp_path / "one").iterdir():
            if path.suffix == ".csv":
                assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
                assert path.stat().st_mode & 0o077 == 0
        kept = desk.home / "notices" / CLOSED / f"{CLOSED}.hi.csv"
        kept.write_bytes(kept.read_bytes().replace("बोल्सा".encode(), "बाल्सा".encode(), 1))
        with pytest.raises(MessageError, match="backup"):
            make_files(desk, CLOSED, out=tmp_path / "three")
        _assert_nobody_is_named(desk, tmp_path / "one", phones)


def _assert_files_tie(desk: Desk, folder: Path, phones: set[str]) -> None:
    manifest = json.loads((folder / f"{CLOSED}.manifest.json").read_text())
    told, texts = set(), []
    for file in manifest["files"]:
        content = (folder / file["name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        rows = list(csv.DictReader(content.decode().splitlines()))
        assert len(rows) == file["message_count"]
        assert sum(int(row["segments"]) for row in rows) == file["segment_count"]
        for row in rows:
            assert segments(row["text"]).parts == int(row["segments"]) <= 5
            assert "@@@@" not in row["text"]
            told.add(row["phone"])
            texts.append((row["reference"], hashlib.sha256(row["text"].encode()).hexdigest()))
    assert told <= phones
    assert len(told) == len(texts) > 12
    kept = _rows(desk, "SELECT 'N' || notice_id, text_digest FROM registry.notice ORDER BY 1")
    assert sorted(texts) == sorted(kept)


def _assert_nobody_is_named(desk: Desk, folder: Path, phones: dict[int, str]) -> None:
    acts = str(_rows(desk, "SELECT verb, subject, detail::text FROM people.act"))
    assert not any(phone in acts for phone in phones.values())
    names = {
        str(name)
        for pair in _rows(desk, "SELECT given, family FROM identity.person_name")
        for name in pair
        if name and len(str(name)) > 3
    }
    for path in folder.glob("*.csv"):
        words = set(path.read_text().replace(",", " ").replace(".", " ").split())
        assert not names & words


def test_files_are_a_makers_and_follow_the_release(
    finished: Books, copied: Callable[[Books], Books], tmp_path: Path
) -> None:
    with _maker(finished) as desk:
        checker = _rows(desk, "SELECT officer_id FROM people.officer WHERE login = 'checker'")
        assert checker
    with _maker(copied(finished)) as desk, pytest.raises(Refused, match="needs maker"):
        make_files(replace(desk, officer_id=int(str(checker[0][0]))), CLOSED, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()
