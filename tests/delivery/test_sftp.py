"""Whatever kills an upload, and wherever, the bank ends up with each file exactly once."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import asyncssh
import pytest
import sqlalchemy as sa
from elsewhere import started
from sending import AT, channel_of, send_until_killed, sent

from bank_adapters.delivery import DoorClosed, opened
from cct_engine.cycle import CycleError
from cct_engine.cycle.release.delivery import OutcomeUnknown, deliver

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sftp_bank import Bank

    from cct_engine.database import Database

KILLS = 50
PLACES = (
    "server: write",  # in the middle of the upload
    "release.deliver.before_begin",  # uploaded, the right to send not taken
    "release.deliver.after_begin",  # taken and committed, not renamed
    "server: rename",  # the rename was asked for and never done
    "server: renamed",  # the rename was done, its answer lost
    "release.deliver.after_rename",  # answered, not recorded
)


def killed_while_sending(url: str, bank: Bank, file: Path, place: str) -> None:
    """Send in a process that is killed at a place; return when it is dead."""
    child = started(send_until_killed, url, bank, file, place)
    child.join()
    assert child.exitcode == -signal.SIGKILL, f"the sender lived through {place}"


def test_killed_fifty_times_the_bank_has_each_file_once(
    database: Database, sealed: Callable[[int], list[Path]], bank: Bank
) -> None:
    files = sealed(KILLS)
    url = database.engine.url.render_as_string(hide_password=False)
    for number, file in enumerate(files):
        killed_while_sending(url, bank, file, PLACES[number % len(PLACES)])
        sent(database, bank, file)
        assert not sent(database, bank, file), "a file that was sent is not sent again"
    assert {f.name: f.read_bytes() for f in bank.outbox.iterdir() if f.stem.startswith("TEST")} == {
        f.name: f.read_bytes() for f in files
    }
    given = bank.given()
    assert {given[f.name] for f in files} == {1}
    with database.transaction() as connection:
        states = connection.execute(sa.text("SELECT DISTINCT state FROM bank.file")).scalars()
        assert list(states) == ["sent"]


def test_a_file_that_vanished_is_asked_after_and_never_sent_again(
    database: Database, sealed: Callable[[int], list[Path]], bank: Bank
) -> None:
    (file,) = sealed(1)
    unseen = file.rename(file.with_name("GONE-20260918-0001.xml"))
    with database.transaction() as connection:
        connection.execute(sa.text("UPDATE bank.file SET state = 'unknown'"))
    with opened(channel_of(bank)) as door, pytest.raises(OutcomeUnknown, match="Ask the bank"):
        deliver(database, unseen, door, message_id="TEST-20260918-0001", officer_id=5, at=AT)
    assert bank.given()[unseen.name] == 0


def test_a_file_the_bank_moved_to_what_it_took_has_arrived(
    database: Database, sealed: Callable[[int], list[Path]], bank: Bank
) -> None:
    (file,) = sealed(1)
    taken = bank.root / "home" / "taken"
    taken.mkdir(exist_ok=True)
    moved = file.rename(file.with_name("TAKEN-20260918-0001.xml"))
    (taken / moved.name).write_bytes(moved.read_bytes())
    with database.transaction() as connection:
        connection.execute(sa.text("UPDATE bank.file SET state = 'unknown'"))
    with opened(channel_of(bank, taken="/taken")) as door:
        assert deliver(database, moved, door, message_id="TEST-20260918-0001", officer_id=5, at=AT)
    assert bank.given()[moved.name] == 0


def test_a_server_with_another_host_key_gets_nothing(bank: Bank) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    stranger = channel_of(bank, host_key=" ".join(other.split()[:2]))
    with pytest.raises(DoorClosed, match="another host key"), opened(stranger):
        pass


def test_a_file_of_that_name_that_we_never_sent_stops_the_sending(
    database: Database, sealed: Callable[[int], list[Path]], bank: Bank
) -> None:
    (file,) = sealed(1)
    odd = file.rename(file.with_name("ODD-20260918-0001.xml"))
    (bank.outbox / odd.name).write_text("of somebody else")
    with opened(channel_of(bank)) as door, pytest.raises(CycleError, match="never sent"):
        deliver(database, odd, door, message_id="TEST-20260918-0001", officer_id=5, at=AT)
    assert (bank.outbox / odd.name).read_text() == "of somebody else"


def test_changed_bytes_are_not_sent(
    database: Database, sealed: Callable[[int], list[Path]], bank: Bank
) -> None:
    (file,) = sealed(1)
    file.write_bytes(file.read_bytes().replace(b"<payments/>", b"<paymentz/>", 1))
    with opened(channel_of(bank)) as door, pytest.raises(CycleError, match="not the file that was"):
        deliver(database, file, door, message_id=file.stem, officer_id=5, at=AT)


def test_a_caller_inside_an_event_loop_reaches_the_bank_too(bank: Bank) -> None:
    (bank.answers / "answer.xml").write_text("<Document/>")

    async def listed() -> list[str]:
        with opened(channel_of(bank)) as door:
            return [remote.name for remote in door.answers()]

    assert asyncio.run(listed()) == ["answer.xml"]


def test_answers_are_listed_whole_ones_only_and_fetched(bank: Bank, tmp_path: Path) -> None:
    (bank.answers / "answer.xml").write_text("<answer/>")
    (bank.answers / "half.xml.part").write_text("<ans")
    (bank.answers / ".hidden").write_text("x")
    with opened(channel_of(bank)) as door:
        (remote,) = door.answers()
        door.fetch(remote, tmp_path / "answer.xml")
    assert (tmp_path / "answer.xml").read_text() == "<answer/>"
