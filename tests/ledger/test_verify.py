"""Whoever can switch the database's rules off is still found out, and the place is named."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

import ledger
from cct_engine.database import Database
from ledger import Event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cct_engine.database import embedded

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTHER_DIGEST = "repeat('ab', 32)"
FIRST_ANCHOR = "anchored_on = '2026-04-01'"
THE_BLOCK = "account = 2100 AND fund_id = 1"
SUBJECT_12 = "balance of account 2100, fund 1, subject 12"

# One edit for every column of every table: (table, column): (which row, new value, named place).
EDITS = {
    ("account", "account"): ("account = 4100", "4101", "account 4100"),
    ("account", "name"): ("account = 2100", "'x'", "account 2100"),
    ("account", "class"): ("account = 2100", "'asset'", "account 2100"),
    ("account", "normal_side"): ("account = 1010", "-1", "account 1010"),
    ("account", "guard"): ("account = 3000", "-1", "account 3000"),
    ("account", "subsidiary"): ("account = 2130", "true", "account 2130"),
    ("account", "book"): ("account = 1010", "'budgetary'", "account 1010"),
    ("template", "event"): ("event = 76", "77", "template 76"),
    ("template", "name"): ("event = 20", "'x'", "template 20"),
    ("template", "debit"): ("event = 20", "5150", "template 20"),
    ("template", "credit"): ("event = 20", "2110", "template 20"),
    ("template", "slot"): ("event = 42", "42", "template 42"),
    ("template", "follows"): ("event = 41", "'{}'", "template 41"),
    ("template", "mirror_of"): ("event = 120", "21", "template 120"),
    ("fiscal_period", "period_id"): ("period_id = 2", "3", "fiscal_period 3"),
    ("fiscal_period", "opens_on"): ("period_id = 1", "'2026-01-02'", "fiscal_period 1"),
    ("fiscal_period", "closes_on"): ("period_id = 1", "'2026-12-30'", "fiscal_period 1"),
    ("fiscal_period", "opened_by"): ("period_id = 1", "9", "fiscal_period 1"),
    ("fiscal_period", "opened_at"): ("period_id = 1", "'2026-01-01'", "fiscal_period 1"),
    ("fiscal_period", "digest"): ("period_id = 1", OTHER_DIGEST, "fiscal_period 1"),
    ("fiscal_period", "closed_by"): ("period_id = 2", "9", "fiscal_period 2"),
    ("fiscal_period", "closed_at"): ("period_id = 2", "'2026-01-01'", "fiscal_period 2"),
    ("fiscal_period", "closed_head"): ("period_id = 2", OTHER_DIGEST, "fiscal_period 2"),
    ("fiscal_period", "closed_digest"): ("period_id = 2", OTHER_DIGEST, "fiscal_period 2"),
    ("batch", "batch_id"): ("batch_id = 2", "22", "batch 2"),
    ("batch", "event"): ("batch_id = 2", "41", "batch 2"),
    ("batch", "programme_id"): ("batch_id = 2", "9", "batch 2"),
    ("batch", "fund_id"): ("batch_id = 2", "9", "batch 2"),
    ("batch", "cycle_id"): ("batch_id = 2", "2", "batch 2"),
    ("batch", "conduit"): ("batch_id = 2", "'x'", "batch 2"),
    ("batch", "value_on"): ("batch_id = 2", "'2026-03-11'", "batch 2"),
    ("batch", "period_id"): ("batch_id = 2", "2", "batch 2"),
    ("batch", "currency"): ("batch_id = 5", "'BRL'", "batch 5"),
    ("batch", "key"): ("batch_id = 2", "'x'", "batch 2"),
    ("batch", "reverses"): ("batch_id = 2", "1", "batch 2"),
    ("batch", "prepared_by"): ("batch_id = 2", "9", "batch 2"),
    ("batch", "approved_by"): ("batch_id = 2", "9", "batch 2"),
    ("batch", "recorded_at"): ("batch_id = 2", "'2026-03-11'", "batch 2"),
    ("journal", "subject_id"): ("batch_id = 2 AND subject_id = 11", "13", "journal, batch 2"),
    ("journal", "amount_minor"): ("batch_id = 2 AND subject_id = 11", "501", "journal, batch 2"),
    ("journal", "reference"): ("batch_id = 2 AND subject_id = 11", "5", "journal, batch 2"),
    ("journal", "batch_id"): ("batch_id = 2 AND subject_id = 11", "1", "journal, batch 1"),
    ("journal", "cycle_id"): ("batch_id = 2 AND subject_id = 11", "0", "journal, batch 2"),
    ("journal", "seq"): ("batch_id = 2 AND subject_id = 11", "2", "journal, batch 2"),
    ("journal", "event"): ("batch_id = 2 AND subject_id = 11", "41", "journal, batch 2"),
    ("journal", "slot"): ("batch_id = 2 AND subject_id = 11", "45", "journal, batch 2"),
    ("seal", "batch_id"): ("batch_id = 2", "55", "batch 55"),
    ("seal", "position"): ("batch_id = 2", "9", "seal of batch 2"),
    ("seal", "line_count"): ("batch_id = 2", "3", "journal, batch 2"),
    ("seal", "total_minor"): ("batch_id = 2", "1", "journal, batch 2"),
    ("seal", "merkle_root"): ("batch_id = 2", OTHER_DIGEST, "journal, batch 2"),
    ("seal", "previous_digest"): ("batch_id = 2", OTHER_DIGEST, "seal of batch 2"),
    ("seal", "digest"): ("batch_id = 2", OTHER_DIGEST, "batch 2"),
    ("balance_block", "block"): (THE_BLOCK, "5", SUBJECT_12),
    ("balance_block", "amounts"): (
        THE_BLOCK,
        "amounts[1\\:12] || (amounts[13] - 1) || amounts[14\\:64]",
        SUBJECT_12,
    ),
    ("balance_block", "fund_id"): (THE_BLOCK, "3", SUBJECT_12),
    ("balance_block", "account"): (THE_BLOCK, "2110", SUBJECT_12),
    ("balance_block", "guard"): (THE_BLOCK, "0", SUBJECT_12),
    ("anchor", "anchored_on"): (FIRST_ANCHOR, "'2026-03-31'", "anchor of 2026-03-31"),
    ("anchor", "position"): (FIRST_ANCHOR, "1", "anchor of 2026-04-01"),
    ("anchor", "digest"): (FIRST_ANCHOR, OTHER_DIGEST, "anchor of 2026-04-01"),
    ("anchor", "signature"): (FIRST_ANCHOR, "'x'", "anchor of 2026-04-01"),
    ("anchor", "published_to"): (FIRST_ANCHOR, "'x'", "anchor of 2026-04-01"),
    ("anchor", "previous"): (FIRST_ANCHOR, OTHER_DIGEST, "anchor of 2026-04-01"),
    ("anchor", "anchor_digest"): (FIRST_ANCHOR, OTHER_DIGEST, "anchor of 2026-04-01"),
}
REMOVALS = {
    "account": ("account = 4100", "account 4100"),
    "template": ("event = 182", "template 182"),
    "fiscal_period": ("period_id = 1", "fiscal_period 2"),
    "batch": ("batch_id = 2", "batch 2"),
    "journal": ("batch_id = 2 AND subject_id = 11", "journal, batch 2"),
    "seal": ("batch_id = 2", "seal of batch 3"),
    "balance_block": (THE_BLOCK, SUBJECT_12),
    "anchor": (FIRST_ANCHOR, "anchor of 2026-04-02"),
}
# Two rows of each table; every column whose values differ is exchanged between them.
PAIRS = {
    "account": ("account = 5100", "account = 8040"),
    "template": ("event = 20", "event = 141"),
    "fiscal_period": ("period_id = 1", "period_id = 2"),
    "batch": ("batch_id = 2", "batch_id = 5"),
    "journal": ("batch_id = 2 AND subject_id = 11", "batch_id = 5"),
    "seal": ("batch_id = 2", "batch_id = 5"),
    "balance_block": (THE_BLOCK, "account = 2100 AND fund_id = 2"),
    "anchor": (FIRST_ANCHOR, "anchored_on = '2026-04-02'"),
}
# A row like one that is there, with these columns changed: (table): (like which, changes, place).
ADDITIONS = {
    "account": ("account = 2100", {"account": 2199, "name": "x"}, "account 2199"),
    "template": ("event = 20", {"event": 99, "name": "x"}, "template 99"),
    "fiscal_period": (
        "period_id = 2",
        {"period_id": 3, "opens_on": "2024-01-01", "closes_on": "2024-12-31"},
        "fiscal_period 3",
    ),
    "batch": ("batch_id = 2", {"batch_id": 50, "key": "x"}, "batch 50"),
    "journal": ("batch_id = 2 AND subject_id = 11", {"subject_id": 13}, "journal, batch 2"),
    "seal": (
        "batch_id = 2",
        {"batch_id": 50, "position": 6, "digest": "c" * 64, "previous_digest": "d" * 64},
        "seal of batch 50",
    ),
    "balance_block": (
        THE_BLOCK,
        {"block": 2, "amounts": [0] * 64},
        "balance of account 2100, fund 1, subject 128",
    ),
    "anchor": (
        FIRST_ANCHOR,
        {"anchored_on": "2026-04-03", "previous": "c" * 64, "anchor_digest": "d" * 64},
        "anchor of 2026-04-03",
    ),
}
# How many of these at least no constraint prevents, even with triggers asleep.
EXCHANGED = {
    "account": 5,
    "template": 7,
    "fiscal_period": 2,
    "batch": 5,
    "journal": 4,
    "seal": 7,
    "balance_block": 3,
    "anchor": 4,
}
PLACES = {
    "account": "account ",
    "template": "template ",
    "fiscal_period": "fiscal_period ",
    "batch": "batch ",
    "journal": "journal, batch ",
    "seal": ("seal of batch ", "journal, batch ", "batch "),
    "balance_block": "balance of account ",
    "anchor": "anchor of ",
}


@pytest.fixture(scope="module")
def tampered(server: embedded.Server, shared_database: Database) -> Iterator[Any]:
    """A superuser's connection with every trigger and foreign key asleep; each test is undone."""
    _fill(shared_database)
    engine = sa.create_engine(server.url(shared_database.name, role="postgres"))
    with engine.connect() as connection:
        connection.execute(sa.text("SET session_replication_role = replica"))
        connection.commit()

        def change(*statements: str) -> tuple[ledger.Finding, ...]:
            try:
                for statement in statements:
                    changed = connection.execute(sa.text(statement)).rowcount
                    assert changed != 0, "nothing was changed"
                return ledger.verify(connection)
            finally:
                connection.rollback()

        yield change
    engine.dispose()


def _fill(database: Database) -> None:
    """Two cycles of two households, a closed period before them, and an anchor after."""

    def post(
        connection: sa.Connection, event: Event, lines: dict[int, int], cycle: int, fund: int = 1
    ) -> None:
        batch = ledger.Batch(
            event=event,
            programme_id=1,
            fund_id=fund,
            cycle_id=cycle,
            value_on=date(2026, 3, 10),
            currency="INR",
            key=f"{cycle}/{fund}/{event.name}",
            prepared_by=7,
            approved_by=8,
            recorded_at=AT,
        )
        ledger.post(
            connection,
            batch,
            ledger.Lines.of(subject=list(lines), amount_minor=list(lines.values())),
        )

    with database.transaction() as connection:
        post(connection, Event.ENTITLE, {11: 500, 12: 700}, 1)
        post(connection, Event.INSTRUCT, {11: 500, 12: 600}, 1)
        ledger.open_period(
            connection, opens_on=date(2025, 1, 1), closes_on=date(2025, 12, 31), by=7, at=AT
        )
        ledger.close_period(connection, 2, by=7, at=AT)
        post(connection, Event.SETTLE, {11: 500}, 1)
        post(connection, Event.ENTITLE, {11: 500, 12: 700}, 2)
        post(connection, Event.ENTITLE, {78: 100}, 2, fund=2)
        for day in (1, 2):
            on = date(2026, 4, day)
            ledger.anchor_head(connection, on=on, signature=f"s{day}", published_to="gazette")


def test_a_sound_ledger_has_no_findings(tampered: Any) -> None:
    assert tampered() == ()


def test_every_column_of_every_table_has_an_edit_here(shared_database: Database) -> None:
    with shared_database.transaction() as connection:
        columns = connection.execute(
            sa.text("""
                SELECT c.relname, a.attname
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind IN ('r', 'p')
                  AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
            """)
        ).all()
    assert {tuple(column) for column in columns} == set(EDITS)


@pytest.mark.parametrize(("table", "column"), EDITS)
def test_an_edit_is_found_and_its_place_named(tampered: Any, table: str, column: str) -> None:
    which, value, place = EDITS[table, column]
    findings = tampered(f"UPDATE ledger.{table} SET {column} = {value} WHERE {which}")
    assert place in {finding.place for finding in findings}, findings


@pytest.mark.parametrize("table", REMOVALS)
def test_a_removal_is_found_and_its_place_named(tampered: Any, table: str) -> None:
    which, place = REMOVALS[table]
    findings = tampered(f"DELETE FROM ledger.{table} WHERE {which}")
    assert place in {finding.place for finding in findings}, findings


@pytest.mark.parametrize("table", ADDITIONS)
def test_a_row_slipped_in_is_found_and_its_place_named(tampered: Any, table: str) -> None:
    which, changes, place = ADDITIONS[table]
    findings = tampered(_like(table, which, changes))
    assert place in {finding.place for finding in findings}, findings


@pytest.mark.parametrize("table", PLACES)
def test_an_emptied_table_is_found_and_named(tampered: Any, table: str) -> None:
    findings = tampered(f"TRUNCATE ledger.{table} CASCADE")
    if table == "anchor":
        assert findings == (), "only a head that is kept outside shows that no head was published"
    else:
        assert findings


@pytest.mark.parametrize("table", PLACES)
def test_every_column_exchanged_between_two_rows_is_found(
    tampered: Any, shared_database: Database, table: str
) -> None:
    with shared_database.transaction() as connection:
        one, other = (
            connection.execute(
                sa.text(f"SELECT to_jsonb(t) FROM ledger.{table} t WHERE {which}")
            ).scalar_one()
            for which in PAIRS[table]
        )
    differing = [column for column in one if one[column] != other[column]]
    found = 0
    for column in differing:
        try:
            findings = tampered(
                *(f"DELETE FROM ledger.{table} WHERE {which}" for which in PAIRS[table]),
                _row(table, one | {column: other[column]}),
                _row(table, other | {column: one[column]}),
            )
        except sa.exc.IntegrityError:
            continue  # a constraint is no trigger: it did not sleep
        assert any(finding.place.startswith(PLACES[table]) for finding in findings), column
        found += 1
    print(f"{table}: {found} of {len(differing)} columns exchanged and found")  # noqa: T201 - how many were tried
    assert found >= EXCHANGED[table]


def test_every_table_is_edited_emptied_added_to_and_taken_from() -> None:
    tables = set(PLACES)
    assert tables == set(REMOVALS) == set(ADDITIONS) == set(PAIRS) == {t for t, _ in EDITS}
    changes = len(EDITS) + len(REMOVALS) + len(ADDITIONS) + len(PLACES) + sum(EXCHANGED.values())
    print(f"{changes} changes tried and found")  # noqa: T201 - how many were tried - the count is the evidence
    assert changes == 126


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


def test_a_database_put_back_from_an_old_backup_is_found_by_the_published_head(
    server: embedded.Server, template_database: str, tmp_path: Path
) -> None:
    ledger.new_key(tmp_path, on=AT.date())
    name, backup = f"t_{uuid.uuid4().hex[:12]}", f"t_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template_database)
    with Database(server.url(name, role="cct_app")) as database, database.transaction() as books:
        ledger.open_period(
            books, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31), by=7, at=AT
        )
    with Database(server.url(name, role="cct_app")) as database:
        _fill(database)
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


def _row(table: str, values: dict[str, Any]) -> str:
    text = json.dumps(values).replace(":", "\\:")
    record = f"jsonb_populate_record(CAST(NULL AS ledger.{table}), '{text}')"
    return f"INSERT INTO ledger.{table} SELECT * FROM {record}"


def _like(table: str, which: str, changes: dict[str, Any]) -> str:
    text = json.dumps(changes).replace(":", "\\:")
    record = f"jsonb_populate_record(t, '{text}')"
    return f"INSERT INTO ledger.{table} SELECT ({record}).* FROM ledger.{table} t WHERE {which}"


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


def test_verification_reads_with_the_auditors_rights(
    server: embedded.Server, shared_database: Database
) -> None:
    with (
        Database(server.url(shared_database.name, role="cct_auditor")) as as_auditor,
        as_auditor.transaction() as connection,
    ):
        assert ledger.verify(connection) == ()
