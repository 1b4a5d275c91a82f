"""A schedule that lives says so, one that stopped or was killed is seen within a minute."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mail_office import MailOffice

from cct_engine.people import ENGINE, mailboxes
from cct_engine.schedule import Pulse, beat, lives, pulses, run
from cct_engine.schedule.ring import _LOCK

if TYPE_CHECKING:
    from conftest import Clockwork

NOON = datetime(2026, 9, 5, 12, tzinfo=UTC)


def _pulse(beat_at: datetime, stopped_at: datetime | None = None) -> Pulse:
    return Pulse("a/1", NOON, beat_at, NOON, stopped_at)


def test_a_scheduler_that_was_killed_is_missed_within_a_minute() -> None:
    assert lives([_pulse(NOON)], at=NOON + timedelta(seconds=45))
    assert not lives([_pulse(NOON)], at=NOON + timedelta(seconds=46))


def test_a_scheduler_that_was_stopped_is_missed_at_once() -> None:
    assert not lives([_pulse(NOON, NOON)], at=NOON)


def test_one_of_three_is_enough() -> None:
    dead = _pulse(NOON - timedelta(hours=1))
    assert lives([dead, _pulse(NOON, NOON), _pulse(NOON)], at=NOON)


def test_where_none_was_ever_started_none_is_missed() -> None:
    assert lives([], at=NOON)


def test_a_running_doorbell_beats_and_says_when_it_rang_and_when_it_stopped(
    clockwork: Clockwork,
) -> None:
    stop = threading.Event()
    desk = clockwork.at(NOON)
    bell = threading.Thread(target=run, args=[desk], kwargs={"every_seconds": 60, "stop": stop})
    bell.start()
    found: list[Pulse] = []
    for _ in range(200):
        with desk.database.transaction() as connection:
            found = pulses(connection)
        if found and found[0].rang_at is not None:
            break
        stop.wait(0.1)
    stop.set()
    bell.join()
    assert [(one.beat_at, one.rang_at, one.stopped_at) for one in found] == [(NOON, NOON, None)]
    with desk.database.transaction() as connection:
        assert [one.stopped_at for one in pulses(connection)] == [NOON]
        beat(connection, "b/2", at=NOON + timedelta(days=8))
        assert [one.scheduler for one in pulses(connection)] == ["b/2"]


def test_the_doorbell_tells_officers_of_steps_it_could_not_do_in_time(
    clockwork: Clockwork,
) -> None:
    """The cut-off was twelve hours ago, and another scheduler has hung over its ring since."""
    database = clockwork.desk.database
    mailboxes.keep(database, officer_id=3, address="maker@ministry.example", at=NOON, by=ENGINE)
    mails = MailOffice()
    mails.open()
    desk = clockwork.at(NOON + timedelta(hours=9))
    desk.settings.smtp_host, desk.settings.smtp_port = "127.0.0.1", mails.port
    desk.settings.smtp_security = "none"
    with database.transaction() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")  # as if another rang
        stop = threading.Event()
        bell = threading.Thread(target=run, args=[desk], kwargs={"every_seconds": 1, "stop": stop})
        bell.start()
        for _ in range(200):
            if mails.arrived:
                break
            stop.wait(0.1)
        stop.set()
        bell.join()
    mails.close()
    assert [str(one["Subject"]) for one in mails.arrived] == ["Late: freeze bolsa_familia-2026-09"]
