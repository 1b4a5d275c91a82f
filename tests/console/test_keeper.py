"""What the keeper adds up beforehand is what anybody adds up anew, whatever happened meanwhile."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import elsewhere
import psycopg
import sqlalchemy as sa

import reconciliation
from cct_engine import cycle as steps
from cct_engine import treasury
from cct_engine.clock import FixedClock
from cct_engine.console.keeper import Keeper, keep
from cct_engine.console.reading import approval, figures, returned
from cct_engine.cycle import by_code
from cct_engine.database import Database
from cct_engine.trials.bank import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from demo_plays import Books

CODE: Final = "bolsa_familia-2026-11"
LATER: Final = datetime(2026, 12, 14, 9, tzinfo=UTC)


def _kept(books: Books) -> dict[tuple[str, str], tuple[str, Any]]:
    with books.opened() as database, database.transaction() as connection:
        rows = connection.execute(sa.text("SELECT kind, subject, key, value FROM console.kept"))
        return {(row.kind, row.subject): (row.key, row.value) for row in rows}


@contextmanager
def _another_console(books: Books) -> Iterator[Database]:
    """A console that was just started: it remembers nothing that another one read."""
    url = books.server.url(books.database, role="cct_app")
    mark = "&" if "?" in url else "?"
    with Database(f"{url}{mark}application_name=console-{uuid.uuid4().hex[:8]}") as database:
        yield database


def _anew(books: Books) -> dict[tuple[str, str], tuple[str, Any]]:
    """Forget everything that is kept and add it up again."""
    url = books.server.url(books.database, role="postgres").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE console.kept")
    with _another_console(books) as database:
        keep(database)
    return _kept(books)


def _gives_back(books: Books) -> int:
    """Let the bank give a settled payment of a closed cycle back; return its minor units."""
    with books.opened() as database, database.transaction() as connection:
        paid = connection.execute(_SETTLED, {"code": CODE}).one()
        told = {
            "kind": "RETURN",
            "status": "BOOK",
            "direction": "CRDT",
            "amount_minor": paid.amount_minor,
            "currency": paid.currency,
            "account": paid.debtor_account,
            "reversal": False,
            "booked_on": LATER.date(),
            "value_on": LATER.date(),
            "bank_reference": "LATE-1",
            "reason_list": "RETURN",
            "reason": "AC04",
            "end_to_end_id": paid.end_to_end_id,
            "instruction_id_text": paid.instruction_text,
        }
        said = message([told], fmt="camt.054.001.08", name="LATE-RETURN")
        reconciliation.accept(connection, said, name="late.xml", at=LATER)
        assert reconciliation.reconcile(connection, at=LATER).applied_count == 1
        return int(paid.amount_minor)


_SETTLED: Final = sa.text("""
    SELECT i.*, f.debtor_account FROM cycle.instruction i JOIN bank.file f USING (file_id)
    WHERE i.state = 'settled' AND EXISTS (
        SELECT FROM cycle.instruction_part p JOIN cycle.cycle c USING (cycle_id)
        WHERE p.instruction_id = i.instruction_id AND c.code = :code)
    ORDER BY i.instruction_id LIMIT 1
""")


def test_every_kept_sum_of_a_closed_year_is_the_sum_made_anew(
    finished: Books, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    with _another_console(books) as database:
        keep(database)
    kept = _kept(books)
    assert {kind for kind, _ in kept} == {
        *("figures", "compared", "chips", "returns", "own proof", "bank account"),
        *("drawn", "large", "controls"),
    }
    assert _anew(books) == kept


def test_a_late_return_into_a_closed_cycle_changes_what_is_kept_of_it_and_of_no_other(
    finished: Books, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    with books.opened() as database:
        keep(database)
        before = _kept(books)
        with database.transaction() as connection:
            closed = by_code(connection, CODE)
            assert closed.state is steps.State.CLOSED
            was = figures.sent(connection, closed)
            returns = returned.returns(connection, None, cycle=CODE)
        minor = _gives_back(books)
        keep(database)
        with database.transaction() as connection:
            now = figures.sent(connection, by_code(connection, CODE))
            told = returned.returns(connection, None, cycle=CODE)
    assert was is not None
    assert now == was._replace(
        paid_count=was.paid_count - 1,
        paid_minor=was.paid_minor - minor,
        returned_count=was.returned_count + 1,
        returned_minor=was.returned_minor + minor,
    )
    assert sum(one["payments"] for one in told) == 1 + sum(one["payments"] for one in returns)
    after = _kept(books)
    changed = {about for about in after if after[about] != before.get(about)}
    of_cycles = {(kind, subject) for kind, subject in changed if kind != "bank account"}
    assert {subject for _, subject in of_cycles} == {str(closed.cycle_id)}
    assert {kind for kind, _ in changed} == {"own proof", "returns", "bank account"}
    assert _anew(books) == after


def test_a_list_that_is_put_forward_and_given_back_is_kept_as_it_is_then(
    moments: dict[str, Books], copied: Callable[[Books], Books]
) -> None:
    books = copied(moments["calculate and check"])
    with books.office() as office:
        clock = FixedClock(datetime(2026, 11, 4, 8, tzinfo=UTC))
        keep(office.database)
        steps.submit(office.desk("maker", clock), CODE)
        keep(office.database)
        submitted = _kept(books)
        remark = "Two families stand twice on the list of zone 4."
        steps.reject(office.desk("checker", clock), CODE, remark=remark)
        keep(office.database)
    given_back = _kept(books)
    assert given_back != submitted
    assert _anew(books) == given_back


def test_what_is_free_in_the_fund_is_asked_for_each_time_the_sheet_is_read(
    moments: dict[str, Books], copied: Callable[[Books], Books]
) -> None:
    with copied(moments["calculate and check"]).office() as office:

        def free() -> int:
            with office.database.transaction() as connection:
                cycle = by_code(connection, CODE)
                found = figures.figures(connection, cycle)
                assert found is not None
                return int(approval.control_totals(connection, cycle, found)[-1]["free_minor"])

        keep(office.database)
        before = free()
        at = datetime(2026, 11, 4, 8, tzinfo=UTC)
        more = treasury.Proposal(
            act="appropriate",
            programme="bolsa_familia",
            fund="BF-2026",
            value_on=at.date(),
            document="Supplement 1",
            reason="More families than the year's law foresaw.",
            amount_minor=70_000,
        )
        asked = treasury.propose(office.database, more, by=office.officer("maker"), at=at)
        treasury.confirm(office.database, asked.voucher_id, by=office.officer("checker"), at=at)
        keep(office.database)
        assert free() == before + 70_000


def keep_for_ever(url: str) -> None:
    """Keep sums until this process is killed."""
    with Database(url) as database:
        keep(database)
        time.sleep(600)


def test_a_keeper_that_is_killed_leaves_whole_sums_and_another_goes_on(
    finished: Books, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    child = elsewhere.started(keep_for_ever, books.server.url(books.database, role="cct_app"))
    until = time.monotonic() + 60
    while not _kept(books) and time.monotonic() < until:
        time.sleep(0.01)
    child.kill()
    child.join(30)
    left = _kept(books)
    assert left
    with _another_console(books) as database:
        keep(database)
    kept = _kept(books)
    assert left.items() <= kept.items()
    assert _anew(books) == kept


def test_two_keepers_at_once_keep_the_same_and_each_sum_once(
    finished: Books, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    with (
        _another_console(books) as one,
        _another_console(books) as other,
        ThreadPoolExecutor(2) as both,
    ):
        for outcome in [both.submit(keep, database) for database in (one, other)]:
            outcome.result(timeout=60)
    kept = _kept(books)
    assert kept
    assert _anew(books) == kept


def test_a_keeper_that_is_stopped_begins_no_other_cycle(
    finished: Books, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    stop = threading.Event()
    stop.set()
    with books.opened() as database:
        keep(database, stop)
        assert _kept(books) == {}
        keeper = Keeper(database)
        keeper.begin()
        keeper.close()
    assert _kept(books) == {}
