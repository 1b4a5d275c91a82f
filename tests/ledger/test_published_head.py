"""What is sound in itself, and yet not what was published, is found by the published head."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

from ledger_books import AT, live_two_cycles, open_year

import ledger
from cct_engine.database import Database
from ledger import Event

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.database import embedded


def test_a_database_put_back_from_an_old_backup_is_found_by_the_published_head(
    server: embedded.Server, template_database: str, tmp_path: Path
) -> None:
    ledger.new_key(tmp_path, on=AT.date())
    name, backup = f"t_{uuid.uuid4().hex[:12]}", f"t_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template_database)
    with Database(server.url(name, role="cct_app")) as database:
        with database.transaction() as connection:
            open_year(connection)
        live_two_cycles(database)
    server.create_database(backup, template=name)
    with Database(server.url(name, role="cct_app")) as database, database.transaction() as books:
        batch = ledger.Batch(Event.HOLD, 1, 1, 1, AT.date(), "INR", "late", 7, 8, AT)
        ledger.post(books, batch, ledger.Lines.of(subject=[77], amount_minor=[1]))
        anchor = ledger.publish(
            books, ledger.signer(tmp_path), on=date(2026, 4, 3), published_to="gazette"
        )
        assert ledger.verify(books, anchor=anchor) == ()
    with Database(server.url(backup, role="cct_app")) as old, old.transaction() as books:
        assert ledger.verify(books) == (), "the backup itself is sound"
        (finding,) = ledger.verify(books, anchor=anchor)
    assert finding.rule == "anchor.rolled_back"
    for made in (name, backup):
        server.drop_database(made)


def test_a_batch_taken_off_the_end_with_all_its_traces_is_found_by_the_published_head(
    tampered: Any, shared_database: Database
) -> None:
    with shared_database.transaction() as connection:
        known = ledger.head(connection)
        assert ledger.verify(connection, expected_head=known) == ()
        assert ledger.verify(connection, expected_head="0" * 64)[0].rule == "chain.head"
    findings = tampered(
        "DELETE FROM ledger.journal WHERE batch_id = 5",
        "DELETE FROM ledger.batch WHERE batch_id = 5",
        "DELETE FROM ledger.seal WHERE batch_id = 5",
        "DELETE FROM ledger.balance_block WHERE fund_id = 2",
    )
    assert [f.place for f in findings] == ["anchor of 2026-04-01", "anchor of 2026-04-02"]
