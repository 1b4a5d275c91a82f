"""A head that was published outside proves a rewritten ledger, and an old backup put back."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import ledger
from cct_engine import schedule, treasury
from cct_engine.clock import FixedClock
from cct_engine.cycle import Desk
from cct_engine.people import Refused
from cct_engine.settings import Settings
from ledger import Event, SignedAnchor
from ledger.export import check_proof

TOMORROW = timedelta(days=1)


def publish(office: Any, home: Path, *, days: int = 0, by: str = "checker") -> Path:
    at = office.at + days * TOMORROW
    return treasury.publish_head(
        office.database, home, out=home / "out", by=office.officers[by], at=at
    )[1]


def rotate(office: Any, home: Path) -> ledger.KeyStatement:
    return treasury.rotate_key(
        office.database, home, by=office.officers["administrator"], at=office.at
    )


@pytest.fixture
def published(office: Any, tmp_path: Path) -> Path:
    """The books after two entitlements, their head published."""
    rotate(office, tmp_path)
    office.post(Event.ENTITLE, 11, 500)
    office.post(Event.ENTITLE, 12, 700)
    return publish(office, tmp_path)


def read(path: Path) -> SignedAnchor:
    return SignedAnchor.read(path.read_text())


def rules(office: Any, **known: Any) -> list[str]:
    return [finding.rule for finding in office.findings(**known)]


def test_sound_books_hold_against_their_published_head(office: Any, published: Path) -> None:
    anchor = read(published)
    fingerprint = anchor.keys[0].fingerprint
    assert office.findings(anchor=anchor, trusted_key=fingerprint) == ()
    office.post(Event.ENTITLE, 13, 1)
    assert office.findings(anchor=anchor) == ()


def test_the_same_head_is_published_in_the_same_bytes_and_another_one_tomorrow(
    office: Any, published: Path, tmp_path: Path
) -> None:
    before = published.read_bytes()
    assert publish(office, tmp_path).read_bytes() == before
    office.post(Event.ENTITLE, 13, 1)
    with pytest.raises(ledger.LedgerError, match="tomorrow"):
        publish(office, tmp_path)
    assert read(publish(office, tmp_path, days=1)).position == 3


def test_an_older_backup_put_back_is_found_by_the_published_head(
    office: Any, published: Path, owner_engine: sa.Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.text("SET session_replication_role = replica"))
        for statement in (
            "DELETE FROM ledger.anchor",
            "DELETE FROM ledger.journal WHERE batch_id = 2",
            "DELETE FROM ledger.seal WHERE batch_id = 2",
            "DELETE FROM ledger.batch WHERE batch_id = 2",
            "UPDATE ledger.balance_block SET amounts[13] = 0",
        ):
            assert connection.execute(sa.text(statement)).rowcount > 0
    assert rules(office) == [], "without the file the older books look sound"
    (finding,) = office.findings(anchor=read(published))
    assert finding.rule == "anchor.rolled_back"
    assert "position 2, and the books end at 1" in finding.text


def test_a_chain_written_anew_is_found_by_the_published_head(
    office: Any, published: Path, owner_engine: sa.Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.text("SET session_replication_role = replica"))
        for table in ("anchor", "seal", "journal", "batch", "balance_block"):
            connection.execute(sa.text(f"DELETE FROM ledger.{table}"))
    office.post(Event.ENTITLE, 11, 500)
    office.post(Event.ENTITLE, 12, 701)
    assert rules(office) == []
    assert rules(office, anchor=read(published)) == ["anchor.rewritten"]


def test_a_publication_struck_from_the_books_is_found_by_its_file(
    office: Any, published: Path, owner_engine: sa.Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.text("SET session_replication_role = replica"))
        connection.execute(sa.text("TRUNCATE ledger.anchor"))
    assert rules(office) == []
    assert rules(office, anchor=read(published)) == ["anchor.missing"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("position", 1), ("digest", "0" * 64), ("anchored_on", "2026-11-21"), ("previous", "1" * 64)],
)
def test_a_published_file_that_was_changed_is_refused(
    office: Any, published: Path, field: str, value: object
) -> None:
    changed = json.loads(published.read_text()) | {field: value}
    assert rules(office, anchor=SignedAnchor.read(json.dumps(changed))) == ["anchor.signature"]


def test_a_head_signed_by_a_stranger_is_refused_by_the_fingerprint(
    office: Any, published: Path, tmp_path: Path
) -> None:
    ledger.new_key(tmp_path / "stranger", on=office.at.date())
    stranger = ledger.signer(tmp_path / "stranger")
    known = read(published).keys[0].fingerprint
    with office.database.transaction() as connection:
        forged = ledger.publish(
            connection, stranger, on=office.at.date() + TOMORROW, published_to="x"
        )
    assert rules(office, anchor=forged) == []
    assert rules(office, anchor=forged, trusted_key=known) == ["anchor.signature"]


def test_a_rotated_key_is_signed_for_by_the_one_before(
    office: Any, published: Path, tmp_path: Path
) -> None:
    first = read(published).keys[0]
    second = rotate(office, tmp_path)
    assert second.number == 2
    assert publish(office, tmp_path).read_bytes() == published.read_bytes()
    later = read(publish(office, tmp_path, days=1))
    assert [key.number for key in later.keys] == [1, 2]
    assert rules(office, anchor=later, trusted_key=first.fingerprint) == []
    cut = json.loads(later.text())
    cut["keys"][1]["signature"] = "00" * 64
    assert rules(office, anchor=SignedAnchor.read(json.dumps(cut))) == ["anchor.signature"]


def test_private_keys_are_for_their_owner_alone(office: Any, tmp_path: Path) -> None:
    rotate(office, tmp_path)
    office.post(Event.ENTITLE, 11, 500)
    (private,) = treasury.keys_of(tmp_path).glob("*.private.pem")
    assert private.stat().st_mode & 0o777 == 0o600
    private.chmod(0o640)
    with pytest.raises(ledger.LedgerError, match="may be read by others"):
        publish(office, tmp_path)


def test_without_a_key_or_the_right_nothing_is_published(office: Any, tmp_path: Path) -> None:
    office.post(Event.ENTITLE, 11, 500)
    with pytest.raises(ledger.LedgerError, match="no key"):
        publish(office, tmp_path)
    rotate(office, tmp_path)
    with pytest.raises(Refused):
        publish(office, tmp_path, by="maker")
    with pytest.raises(Refused):
        treasury.rotate_key(office.database, tmp_path, by=office.officers["checker"], at=office.at)


def test_the_schedule_publishes_a_new_head_once_a_day_where_there_is_a_key(
    office: Any, tmp_path: Path
) -> None:
    def waits(days: int = 0) -> bool:
        with office.database.transaction() as connection:
            return treasury.head_waits(connection, tmp_path, at=office.at + days * TOMORROW)

    office.post(Event.ENTITLE, 11, 500)
    assert not waits(), "there is no key"
    rotate(office, tmp_path)
    assert waits()
    desk = Desk(
        office.database, Settings(home=tmp_path), FixedClock(office.at), office.officers["maker"]
    )
    (rung,) = schedule.ring(desk)
    assert (rung.due.verb, rung.refusal) == ("anchor", "")
    assert read(tmp_path / "anchors" / "anchor-2026-11-20.json").position == 1
    assert not waits()
    office.post(Event.ENTITLE, 12, 500)
    assert not waits(), "one head a day"
    assert waits(days=1)


def test_a_file_that_is_no_published_head_is_refused_in_words() -> None:
    for text in ("", "{}", '{"title": "x"}', "[]", '{"title": "cct-ledger-anchor-2", "keys": 1}'):
        with pytest.raises(ledger.LedgerError, match="no published head"):
            SignedAnchor.read(text)


def _check(*files: Path) -> subprocess.CompletedProcess[str]:
    """Run the stand-alone script with an interpreter that sees no installed package."""
    command = [sys.executable, "-I", "-S", str(Path(check_proof.__file__)), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_one_line_is_proved_alone_under_a_published_head_by_a_script_of_its_own(
    office: Any, tmp_path: Path
) -> None:
    rotate(office, tmp_path)
    office.post(Event.FUND_RECEIVED, 0, 9_000)
    many = range(1, 5_001)
    with office.database.transaction() as connection:
        batch = ledger.Batch(
            event=Event.ENTITLE,
            programme_id=1,
            fund_id=office.fund_id,
            cycle_id=1,
            value_on=office.at.date(),
            currency="INR",
            key="many",
            prepared_by=1,
            approved_by=2,
            recorded_at=office.at,
        )
        lines = ledger.Lines.of(subject=many, amount_minor=[100 + n for n in many])
        seal = ledger.post(connection, batch, lines)
    office.post(Event.ENTITLE, 11, 500)
    anchor = publish(office, tmp_path)
    for subject in (1, 1024, 1025, 5_000):
        path = tmp_path / f"{subject}.json"
        with office.database.transaction() as connection:
            path.write_text(
                ledger.prove(connection, batch_id=seal.batch_id, subject=subject, seq=1)
            )
        done = _check(path, anchor)
        assert done.returncode == 0, done.stderr
        assert f"subject {subject}, seq 1: {100 + subject} minor units of INR" in done.stdout
    _refuse_every_change(path, anchor, tmp_path)


def _refuse_every_change(path: Path, anchor: Path, folder: Path) -> None:
    proof, head = json.loads(path.read_text()), json.loads(anchor.read_text())
    last = len(proof["leaf"]) - 1
    changes = [
        lambda p, _: p["leaf"][last].__setitem__(2, 1),
        lambda p, _: p["leaf"][0].__setitem__(3, 1),
        lambda p, _: p["leaf"].pop(0),
        lambda p, _: p["line"].__setitem__("subject", 7),
        lambda p, _: p["line"].__setitem__("batch", 1),
        lambda p, _: p["path"].pop(),
        lambda p, _: p["path"][0].__setitem__(1, "0" * 64),
        lambda p, _: p["seals"][0].__setitem__(21, "0" * 64),
        lambda p, _: p["seals"][0].__setitem__(13, "BRL"),
        lambda p, _: p["seals"][1].__setitem__(14, "x"),
        lambda p, _: p["seals"].pop(),
        lambda _, h: h.__setitem__("digest", "0" * 64),
        lambda _, h: h.__setitem__("anchored_on", "2026-11-19"),
        lambda _, h: h.__setitem__("signature", "01" + h["signature"][2:]),
        lambda _, h: h["keys"][0].__setitem__("public_key", "02" + "00" * 31),
    ]
    for number, change in enumerate(changes):
        wrong_proof, wrong_head = json.loads(json.dumps(proof)), json.loads(json.dumps(head))
        change(wrong_proof, wrong_head)
        files = folder / f"p{number}.json", folder / f"h{number}.json"
        for file, content in zip(files, (wrong_proof, wrong_head), strict=True):
            file.write_text(json.dumps(content))
        done = _check(*files)
        assert done.returncode != 0, f"change {number} passed: {done.stdout}"
        assert "NOT PROVED" in done.stderr


def test_there_is_no_proof_of_a_line_that_is_not_there(office: Any, published: Path) -> None:
    assert published.exists()
    with office.database.transaction() as connection:
        with pytest.raises(ledger.LedgerError, match="no line of subject 12"):
            ledger.prove(connection, batch_id=1, subject=12, seq=1)
        with pytest.raises(ledger.LedgerError, match="no batch 77"):
            ledger.prove(connection, batch_id=77, subject=12, seq=1)
