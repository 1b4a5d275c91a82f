"""What comes a second time changes nothing: not a feed, not a file of the bank, in any order."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from demo_plays import HOUSEHOLDS, LAST

import ledger
import reconciliation
from cct_engine import cycle
from cct_engine.demo import DemoPlan, months
from cct_engine.demo.world import FeedFile, write_feeds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from demo_plays import Books

    from cct_engine.database import Database

PLAN = DemoPlan(households=HOUSEHOLDS, seed=2026)
LATER = PLAN.on_day(LAST, 25)


def test_every_feed_fed_twice_loads_nothing_and_posts_nothing(
    finished: Books, copied: Callable[[Books], Books], tmp_path: Path
) -> None:
    books = copied(finished)
    with books.office() as office:
        before = _contents(office.database)
        world = write_feeds(
            tmp_path / "again", households=HOUSEHOLDS, seed=PLAN.seed, periods=PLAN.periods
        )
        corrections = sorted((books.corner / "feeds").glob("*-corrections/*.csv"))
        feeds = [
            *world.base,
            *(feed for period in PLAN.periods for feed in world.cycles[period]),
            *(FeedFile("accounts", path, 0) for path in corrections),
        ]
        assert len(feeds) > 25
        months.take_in(office, LATER, feeds)
        assert _contents(office.database) == before


@pytest.mark.parametrize("order", ["as they came", "reversed"])
def test_every_file_of_the_bank_fed_again_is_known_and_posts_nothing(
    order: str, finished: Books, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    with books.office() as office:
        before = _contents(office.database)
        answers = _laid_into_the_inbox(books, reverse=order == "reversed")
        heard = cycle.reconcile(office.desk("liaison", LATER))
        assert heard.received_count == 0
        assert heard.repeated_count == answers
        assert heard.posted_minor == heard.suspense_count == 0
        assert _contents(office.database) == before


def test_the_banks_messages_sent_again_as_other_files_in_reverse_order_post_nothing(
    finished: Books, copied: Callable[[Books], Books]
) -> None:
    """Other bytes, so the files are not known; what they say is. That it came again is kept."""
    books = copied(finished)
    with books.office() as office:
        before = _contents(office.database)
        answers = _laid_into_the_inbox(books, reverse=True, addition="\n<!-- sent again -->\n")
        heard = cycle.reconcile(office.desk("liaison", LATER))
        assert heard.received_count > 20
        assert heard.received_count + heard.repeated_count == answers
        assert heard.applied_count == heard.posted_minor == heard.suspense_count == 0
        after = _contents(office.database)
        grown = {table for table, count in after.items() if count != before[table]}
        assert {table for table in grown if not table.startswith("recon.event")} <= {
            "recon.inbox_file",
            "recon.match",
        }
        assert after["head"] == before["head"]
        with office.database.transaction() as connection:
            assert all(
                reconciliation.proof(connection, found.cycle_id).ties
                for found in cycle.cycles(connection)
            )


def _laid_into_the_inbox(books: Books, *, reverse: bool, addition: str = "") -> int:
    """Lay everything the bank ever sent into the inbox again, under names that keep the order."""
    inbox = cycle.inbox_of(books.corner)
    inbox.mkdir(parents=True, exist_ok=True)
    bank = books.corner / "bank"
    answers = sorted([*bank.glob("received/*.xml"), *bank.glob("quarantine/*.xml")])
    for number, path in enumerate(sorted(answers, key=lambda p: p.name, reverse=reverse)):
        laid = inbox / f"{number:03d}-{path.name}"
        shutil.copyfile(path, laid)
        if addition:
            laid.write_text(laid.read_text() + addition)
    assert len(answers) > 20
    return len(answers)


def _contents(database: Database) -> dict[str, Any]:
    """Count the rows of every table but the record of acts, and read the ledger's head."""
    with database.transaction() as connection:
        tables = connection.execute(
            sa.text(
                "SELECT table_schema || '.' || table_name FROM information_schema.tables"
                " WHERE table_type = 'BASE TABLE' AND table_schema = ANY (:schemas) ORDER BY 1"
            ),
            {"schemas": SCHEMAS},
        ).scalars()
        counts = {
            table: connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in tables
        }
        assert len(counts) > 60
        return counts | {"head": ledger.head(connection)}


SCHEMAS = ["registry", "identity", "compliance", "cycle", "ledger", "bank", "recon"]
