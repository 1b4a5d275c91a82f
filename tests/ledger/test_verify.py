"""Verification finds lines, batches and seals that do not fit together, and rules put to sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import ledger
from cct_engine.database import Database

if TYPE_CHECKING:
    from cct_engine.database import embedded


def test_a_sound_ledger_has_no_findings(tampered: Any) -> None:
    assert tampered() == ()


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("ALTER TABLE ledger.journal DISABLE TRIGGER append_only", "table journal"),
        ("ALTER TABLE ledger.journal_cycle_1 DISABLE TRIGGER append_only", "table journal_cycle_1"),
        ("DROP TRIGGER checked ON ledger.seal", "table seal"),
        ("ALTER TABLE ledger.balance_block DROP CONSTRAINT not_overdrawn", "table balance_block"),
        ("ALTER TABLE ledger.batch DROP CONSTRAINT maker_is_not_checker", "table batch"),
        ("ALTER TABLE ledger.seal ALTER COLUMN digest DROP NOT NULL", "table seal"),
    ],
)
def test_a_rule_of_the_database_put_to_sleep_is_found(
    tampered: Any, change: str, table: str
) -> None:
    assert table in {finding.place for finding in tampered(change)}


def test_a_null_where_none_may_be_is_found(tampered: Any) -> None:
    findings = tampered(
        "ALTER TABLE ledger.journal ALTER COLUMN amount_minor DROP NOT NULL",
        "UPDATE ledger.journal SET amount_minor = NULL WHERE batch_id = 2 AND subject_id = 11",
    )
    assert findings[-1].rule == "journal.null"


def test_rows_that_only_stand_in_another_order_are_as_good_as_before(tampered: Any) -> None:
    moved = "UPDATE ledger.journal SET reference = reference WHERE batch_id = 1 AND subject_id = 11"
    assert tampered(moved) == ()


def test_a_line_of_no_batch_is_found(tampered: Any) -> None:
    findings = tampered("""
        INSERT INTO ledger.journal (subject_id, amount_minor, reference, batch_id, cycle_id, seq,
            event, slot) VALUES (13, 1, 0, 77, 1, 1, 20, 20)
    """)
    assert findings[0].rule == "journal.unsealed"
    assert findings[0].place == "journal, batch 77"


def test_two_amounts_exchanged_in_one_batch_are_found(tampered: Any) -> None:
    findings = tampered(
        "UPDATE ledger.journal SET amount_minor = 1200 - amount_minor WHERE batch_id = 1"
    )
    assert findings[0].place == "journal, batch 1"


def test_two_batches_exchanged_in_the_chain_are_found(tampered: Any) -> None:
    findings = tampered(
        "UPDATE ledger.seal SET position = 33 WHERE position = 3",
        "UPDATE ledger.seal SET position = 3 WHERE position = 4",
        "UPDATE ledger.seal SET position = 4 WHERE position = 33",
    )
    assert {"seal of batch 3", "seal of batch 4"} <= {finding.place for finding in findings}


def test_a_header_without_a_seal_is_found(tampered: Any) -> None:
    findings = tampered("""
        INSERT INTO ledger.batch SELECT 50, event, programme_id, fund_id, cycle_id, conduit,
            value_on, period_id, currency, 'other', reverses, prepared_by, approved_by, recorded_at
        FROM ledger.batch WHERE batch_id = 1
    """)
    assert ("batch.unsealed", "batch 50") in {(f.rule, f.place) for f in findings}


def test_a_closing_taken_back_is_found(tampered: Any) -> None:
    findings = tampered("""
        UPDATE ledger.fiscal_period SET closed_by = NULL, closed_at = NULL, closed_head = NULL,
            closed_digest = NULL WHERE period_id = 2
    """)
    assert [finding.place for finding in findings] == ["batch 3"]


def test_verification_reads_with_the_auditors_rights(
    server: embedded.Server, shared_database: Database
) -> None:
    with (
        Database(server.url(shared_database.name, role="cct_auditor")) as as_auditor,
        as_auditor.transaction() as connection,
    ):
        assert ledger.verify(connection) == ()
