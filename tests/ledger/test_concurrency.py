"""Two at once, and death in the middle."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

import ledger
from ledger import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KILLED = Path(__file__).with_name("killed_while_posting.py")


def test_two_connections_posting_at_once_make_one_chain(kept_books: Any) -> None:
    def work(first: int) -> None:
        for number in range(first, first + 10):
            kept_books.post(Event.ENTITLE, {number: 100}, key=f"household/{number}")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, [100, 200]))
    with kept_books.transaction() as connection:
        seals = connection.execute(
            sa.text("SELECT position, batch_id FROM ledger.seal ORDER BY position")
        ).all()
    assert [seal.position for seal in seals] == list(range(1, 21))
    assert len({seal.batch_id for seal in seals}) == 20
    assert kept_books.findings() == ()


def test_slices_side_by_side_and_a_poster_between_them_make_one_chain(kept_books: Any) -> None:
    kept_books.post(Event.APPROPRIATE, {0: 10_000})

    def work(first: int) -> None:
        subjects = range(first, first + 200)
        for event in (Event.ENTITLE, Event.INSTRUCT):
            with kept_books.transaction() as connection:
                batch = kept_books.batch(event, key=f"{event.name} {first}")
                lines = ledger.Lines.of(subject=subjects, amount_minor=[500] * 200)
                ledger.post(connection, batch, lines, as_slice=True)

    def alone(_: int) -> None:
        for number in range(5):
            kept_books.post(Event.ENCUMBER, [(0, number, 100)], key=f"encumber {number}")
            kept_books.post(Event.HOLD, {9_000 + number: 5}, key=f"hold {number}")

    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(work, 1), pool.submit(work, 1_001), pool.submit(alone, 0)]
        for each in done:
            each.result(timeout=60)
    assert kept_books.balance(1090) == -400 * 500
    assert kept_books.balance(8030) == -500
    assert kept_books.findings() == ()


def test_one_batch_posted_by_two_connections_at_once_is_posted_once(kept_books: Any) -> None:
    barrier = threading.Barrier(2)

    def work(_: int) -> ledger.Seal:
        barrier.wait()
        seal: ledger.Seal = kept_books.post(Event.ENTITLE, {11: 500}, key="one")
        return seal

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(work, range(2))
    assert first == second
    assert kept_books.count("journal") == 1


def test_the_same_lines_under_two_keys_at_once_are_posted_once(kept_books: Any) -> None:
    barrier = threading.Barrier(2)

    def work(number: int) -> str:
        barrier.wait()
        try:
            kept_books.post(Event.ENTITLE, {11: 500, 12: 500}, key=f"key {number}")
        except (ledger.AlreadyPosted, ledger.PostingInterrupted):
            return "refused"
        return "posted"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == ["posted", "refused"]
    assert kept_books.owed(11) == 500


@contextmanager
def half_done(kept_books: Any) -> Iterator[Callable[[int, str], None]]:
    """A posting whose lines are written and whose seal is not; yields what seals it."""
    with kept_books.transaction() as connection:
        ledger.open_cycle(connection, 1)
    with kept_books.transaction() as slow:
        slow.execute(
            sa.text("""
            INSERT INTO ledger.batch (batch_id, event, programme_id, fund_id, cycle_id, value_on,
                period_id, currency, key, prepared_by, approved_by, recorded_at)
            SELECT ledger.next_batch_id(), 20, 1, 1, 1, '2026-03-10', 1, 'INR', 'slow', 7, 8,
                '2026-03-10T00:00:00Z'
        """)
        )
        slow.execute(
            sa.text("""
            INSERT INTO ledger.journal (subject_id, seq, amount_minor, reference, batch_id,
                cycle_id, event, slot)
            VALUES (11, 1, 500, 0, 1, 1, 20, 20)
        """)
        )

        def seal(position: int, previous: str) -> None:
            slow.execute(
                sa.text("""
                INSERT INTO ledger.seal (batch_id, position, line_count, total_minor, merkle_root,
                    previous_digest)
                VALUES (1, :position, 1, 500, repeat('a', 64), :previous)
            """),
                {"position": position, "previous": previous},
            )

        yield seal


def test_a_posting_half_done_does_not_hold_up_another(kept_books: Any) -> None:
    with half_done(kept_books) as seal:
        quick = kept_books.post(Event.ENTITLE, {12: 500})
        assert (quick.batch_id, quick.position) == (2, 1)
        seal(2, quick.digest)
    assert (kept_books.owed(11), kept_books.owed(12)) == (500, 500)


def test_a_closing_waits_for_a_posting_half_done(kept_books: Any) -> None:
    at = kept_books.batch(Event.HOLD).recorded_at

    def close() -> None:
        with kept_books.transaction() as connection:
            ledger.close_period(connection, 1, by=7, at=at)

    with ThreadPoolExecutor(1) as pool:
        with half_done(kept_books) as seal:
            closing = pool.submit(close)
            with pytest.raises(TimeoutError):
                closing.result(timeout=0.3)
            seal(1, "0" * 64)
        closing.result(timeout=10)
    assert kept_books.owed(11) == 500


def test_a_closing_waits_for_the_posting_under_way_and_then_holds(kept_books: Any) -> None:
    at = kept_books.batch(Event.HOLD).recorded_at

    def close() -> None:
        with kept_books.transaction() as connection:
            ledger.close_period(connection, 1, by=7, at=at)

    with ThreadPoolExecutor(1) as pool:
        with kept_books.transaction() as connection:
            ledger.post(connection, kept_books.batch(Event.ENTITLE), kept_books.lines({11: 500}))
            closing = pool.submit(close)
            with pytest.raises(TimeoutError):
                closing.result(timeout=0.3)
        closing.result(timeout=10)
    with pytest.raises(ledger.PeriodClosed):
        kept_books.post(Event.ENTITLE, {12: 500})
    assert kept_books.findings() == ()


def test_killed_at_any_moment_of_a_posting_leaves_nothing_and_the_next_run_gives_the_same_head(
    kept_books: Any, database: Any
) -> None:
    """A child posts and is killed at its 1st, 2nd, 3rd … step until one run comes through."""
    url = database.engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, str(KILLED), url], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    deaths, heads = done.stdout.split()
    assert int(deaths) > 20
    assert heads == "same"
    assert kept_books.findings() == ()
