"""A step that is killed goes on when it is run again, and ends as if nothing had happened."""

from __future__ import annotations

import runpy
import shutil
import signal
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from elsewhere import started

import ledger
from cct_engine import cycle
from cct_engine.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cycle_office import Office

    from cct_engine.database.embedded import Server

SCRIPT = Path(__file__).with_name("killed_step.py")
SEPTEMBER = date(2026, 9, 1)
CODE = "bolsa_familia-2026-09"
WHO = {
    "freeze": "maker",
    "calculate": "maker",
    "check": "maker",
    "submit": "maker",
    "approve": "checker",
    "release": "releaser",
}
AT_THE_BANK = (
    ("approve", "approve.before_commit"),
    ("approve", "approve.after_commit"),
    ("release", "release.draft.before_commit"),
    ("release", "release.draft.after_commit"),
    ("release", "bank.write.before_fsync"),
    ("release", "bank.write.before_rename"),
    ("release", "bank.write.after_rename"),
    ("release", "release.file.before_commit"),
    ("release", "release.file.after_commit"),
    ("release", "release.book.before_commit"),
    ("release", "release.book.after_commit"),
    ("release", "release.deliver.before_begin"),
    ("release", "release.deliver.after_begin"),
    ("release", "release.deliver.after_rename"),
    ("release", "release.before_commit"),
    ("release", "release.after_commit"),
)


@pytest.fixture
def twins(office: Office, server: Server) -> Iterator[tuple[Office, Office]]:
    """Two offices that are the same to the last byte, with an open cycle of seven families."""
    office.endow()
    accounts = [f"1234/5678{number:02d}-1" for number in range(1, 7)]
    office.register(
        [office.family(f"F{one}", one) for one in accounts] + [office.family("G", None)]
    )
    cycle.open_cycle(office.desk("maker"), office.programme, SEPTEMBER)
    with _copied(office, server) as twin:
        yield office, twin


@contextmanager
def _copied(office: Office, server: Server) -> Iterator[Office]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    office.database.close()
    server.create_database(name, template=office.database.name)
    home = office.home.with_name("twin")
    shutil.copytree(office.home, home)
    with Database(server.url(name, role="cct_app")) as database:
        yield replace(office, database=database, home=home)
    server.drop_database(name)


def _killed(office: Office, verb: str, armed: str) -> bool:
    """Do a step in another process; tell whether the failpoint killed it."""
    told = {
        "url": office.database.engine.url.render_as_string(hide_password=False),
        "home": office.home,
        "at": office.at,
        "officer_id": office.officers[WHO[verb]],
        "code": CODE,
        "verb": verb,
        "armed": f"{armed}=kill",
    }
    child = started(runpy.run_path, str(SCRIPT), {"told": told})
    child.join()
    assert child.exitcode in {0, -signal.SIGKILL}
    return child.exitcode != 0


def _done(office: Office, *verbs: str) -> None:
    for verb in verbs:
        getattr(cycle, verb)(office.desk(WHO[verb]), CODE)


def _outcome(office: Office) -> dict[str, object]:
    """Everything that may not depend on whether something was killed."""
    with office.database.transaction() as connection:
        assert ledger.verify(connection) == ()
        head = ledger.head(connection)
    rows = {
        table: office.rows(f"SELECT * FROM {table} ORDER BY {order}")
        for table, order in (
            ("cycle.cycle", "1"),
            ("cycle.instruction", "1"),
            ("cycle.instruction_part", "1, 2, 3"),
            ("bank.manifest", "1"),
        )
    }
    orders = sorted((office.home / "bank").rglob("*.xml"))
    return {
        "head": head,
        "rows": rows,
        "orders": {str(path.relative_to(office.home)): path.read_bytes() for path in orders},
    }


def test_every_kill_of_approval_and_release_sends_the_same_file_once(
    twins: tuple[Office, Office],
) -> None:
    killed, undisturbed = twins
    for office in twins:
        _done(office, "freeze", "calculate", "check", "submit")
    for verb, place in AT_THE_BANK:
        assert _killed(killed, verb, place), place
    for office in twins:
        _done(office, "approve", "release")
    assert len(list(cycle.outbox_of(killed.home).iterdir())) == 1
    assert killed.rows("SELECT outcome FROM bank.delivery") == [("sent",)]
    assert _outcome(killed) == _outcome(undisturbed)


def test_a_file_changed_after_its_seal_is_not_sent(twins: tuple[Office, Office]) -> None:
    office, _ = twins
    _done(office, "freeze", "calculate", "check", "submit", "approve")
    assert _killed(office, "release", "release.book.after_commit")
    sealed = next((office.home / "bank" / "sealed").glob("*.xml"))
    sealed.write_bytes(sealed.read_bytes().replace(b"1234/567801", b"1234/567899"))
    with pytest.raises(cycle.CycleError, match="is not the file that was sealed"):
        _done(office, "release")
    assert not list(cycle.outbox_of(office.home).glob("*.xml"))
    assert office.state(CODE) == "approved"


def test_a_file_the_bank_has_taken_away_is_not_laid_down_again(
    twins: tuple[Office, Office],
) -> None:
    office, _ = twins
    _done(office, "freeze", "calculate", "check", "submit", "approve")
    assert _killed(office, "release", "release.deliver.after_rename")
    for path in cycle.outbox_of(office.home).iterdir():
        path.unlink()  # the bank collects what it finds
    _done(office, "release")
    assert list(cycle.outbox_of(office.home).iterdir()) == []
    assert office.rows("SELECT state FROM bank.file") == [("sent",)]
