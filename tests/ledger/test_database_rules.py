"""The same rules with Python out of the way: plain SQL, as the engine's role and as the owner's."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

import ledger
from ledger import Event

TABLES = [
    "account",
    "anchor",
    "balance_block",
    "batch",
    "fiscal_period",
    "journal",
    "seal",
    "template",
]
HEADER = """
    INSERT INTO ledger.batch (batch_id, event, programme_id, fund_id, cycle_id, value_on, period_id,
        currency, key, prepared_by, approved_by, recorded_at)
    VALUES ({batch_id}, {event}, 1, 1, 1, '2026-03-10', 1, 'INR', 'raw{batch_id}', {maker}, 8,
        '2026-03-10T00:00:00Z')
"""
LINE = """
    INSERT INTO ledger.journal (subject_id, seq, amount_minor, reference, batch_id, cycle_id, event,
        slot)
    VALUES ({subject}, 1, {amount}, 0, {batch_id}, {cycle_id}, {event}, {slot})
"""
SEAL = """
    INSERT INTO ledger.seal (batch_id, position, line_count, total_minor, merkle_root,
        previous_digest, digest)
    VALUES ({batch_id}, {position}, {line_count}, {total}, repeat('a', 64), {previous}, {digest})
"""
GENESIS = "0" * 64


@pytest.fixture
def sql(books: Any) -> Any:
    """Run plain SQL inside the books' transaction; a refusal undoes only itself."""

    def run(statement: str, **values: Any) -> None:
        with books.transaction() as connection:
            connection.execute(sa.text(statement.format(**values)))

    return run


def header(sql: Any, *, batch_id: int = 1, event: int = 20, maker: int = 7) -> None:
    sql(HEADER, batch_id=batch_id, event=event, maker=maker)


def line(
    sql: Any, *, subject: int = 11, amount: int = 500, batch_id: int = 1, **changes: int
) -> None:
    values = {"cycle_id": 1, "event": 20, "slot": 20} | changes
    sql(LINE, subject=subject, amount=amount, batch_id=batch_id, **values)


def seal(sql: Any, **changes: Any) -> None:
    values = {
        "batch_id": 1,
        "position": "NULL",
        "line_count": 1,
        "total": 500,
        "previous": "NULL",
        "digest": "NULL",
    }
    sql(SEAL, **(values | changes))


def quoted(digest: str) -> str:
    return f"'{digest}'"


@pytest.fixture
def cycle(books: Any) -> None:
    with books.transaction() as connection:
        ledger.open_cycle(connection, 1)


def refused(rule: str) -> Any:
    return pytest.raises(
        sa.exc.IntegrityError, check=lambda e: rule in str(e.orig.diag.constraint_name)
    )


@pytest.mark.usefixtures("cycle")
class TestAnInsertThatPythonWouldNotMake:
    def test_a_batch_made_by_hand_balances_too(self, books: Any, sql: Any) -> None:
        header(sql)
        line(sql)
        seal(sql)
        assert (books.balance(5100), books.owed(11)) == (500, 500)

    def test_a_posting_without_a_template_is_refused(self, sql: Any) -> None:
        with refused("batch_event_fkey"):
            header(sql, event=99)

    def test_lines_of_another_event_than_the_header_are_refused(self, sql: Any) -> None:
        header(sql)
        with refused("lines_fit_header"):
            line(sql, event=40, slot=40)

    def test_a_line_in_a_slot_that_is_not_its_events_is_refused(self, sql: Any) -> None:
        header(sql)
        with refused("lines_fit_header"):
            line(sql, slot=21)

    def test_two_batches_are_not_open_at_once(self, sql: Any) -> None:
        header(sql)
        header(sql, batch_id=2)
        with refused("lines_fit_header"):
            line(sql)

    def test_a_second_currency_of_a_fund_is_refused(self, books: Any, sql: Any) -> None:
        books.post(Event.ENTITLE, {11: 500})
        with refused("one_currency_per_fund"):
            sql(HEADER.replace("'INR'", "'BRL'"), batch_id=2, event=20, maker=7)

    def test_a_forged_digest_is_refused(self, sql: Any) -> None:
        header(sql)
        line(sql)
        with refused("seal_digest"):
            seal(sql, digest=quoted("b" * 64))

    def test_an_over_recovery_is_refused(self, books: Any, sql: Any) -> None:
        books.post(Event.ENTITLE, {11: 900})
        books.post(Event.OVERPAYMENT, {11: 300})
        header(sql, batch_id=3, event=72)
        line(sql, batch_id=3, amount=301, event=72, slot=72)
        with refused("not_overdrawn"):
            seal(sql, batch_id=3, total=301)

    def test_an_over_commitment_is_refused(self, books: Any, sql: Any) -> None:
        books.post(Event.APPROPRIATE, {0: 1_000})
        header(sql, batch_id=2, event=2)
        line(sql, batch_id=2, subject=0, amount=1_001, event=2, slot=2)
        with refused("not_overdrawn"):
            seal(sql, batch_id=2, total=1_001)

    def test_a_settlement_of_what_was_never_sent_is_refused(self, sql: Any) -> None:
        header(sql, event=41)
        line(sql, event=41, slot=41)
        with refused("line_follows"):
            seal(sql)

    def test_a_line_without_an_open_batch_is_refused(self, sql: Any) -> None:
        with refused("lines_fit_header"):
            line(sql)

    def test_a_line_of_another_cycle_than_its_batch_is_refused(self, sql: Any) -> None:
        header(sql)
        with refused("lines_fit_header"):
            line(sql, cycle_id=0)

    def test_a_line_into_a_sealed_batch_is_refused(self, books: Any, sql: Any) -> None:
        books.post(Event.ENTITLE, {11: 500})
        with refused("lines_fit_header"):
            line(sql, subject=12)
        header(sql, batch_id=2)
        with refused("lines_fit_header"):
            line(sql, subject=12, batch_id=1)

    def test_a_line_copied_into_a_sealed_batch_is_refused(self, books: Any) -> None:
        books.post(Event.ENTITLE, {11: 500})
        columns = "subject_id, amount_minor, reference, batch_id, cycle_id, seq, event, slot"
        with (
            pytest.raises(psycopg.errors.CheckViolation, match="without a seal"),
            books.transaction() as connection,
            connection.connection.driver_connection.cursor() as cursor,
            cursor.copy(f"COPY ledger.journal ({columns}) FROM STDIN") as copy,
        ):
            copy.write_row((12, 500, 0, 1, 1, 1, 20, 20))

    def test_a_batch_sealed_in_the_middle_of_a_statement_takes_no_more_lines(
        self, sql: Any
    ) -> None:
        header(sql)
        line(sql)
        sealing = SEAL.format(
            batch_id=1, position=1, line_count=1, total=500, previous="NULL", digest="NULL"
        )
        sql(f"""
            CREATE FUNCTION pg_temp.seal_now() RETURNS integer LANGUAGE plpgsql AS $$
            BEGIN {sealing}; RETURN 1; END $$
        """)
        with refused("lines_fit_header"):
            sql("""
                INSERT INTO ledger.journal (subject_id, seq, amount_minor, reference, batch_id,
                    cycle_id, event, slot)
                SELECT subject, pg_temp.seal_now(), 1, 0, 1, 1, 20, 20
                FROM generate_series(12, 12) AS subject
            """)

    @pytest.mark.parametrize("changes", [{"line_count": 2}, {"total": 501}, {"line_count": 0}])
    def test_a_seal_with_a_wrong_control_total_is_refused(
        self, sql: Any, changes: dict[str, int]
    ) -> None:
        header(sql)
        line(sql)
        with refused("seal_matches_lines"):
            seal(sql, **changes)

    @pytest.mark.parametrize("amount", [0, -1])
    def test_a_line_of_nothing_or_less_is_refused(self, sql: Any, amount: int) -> None:
        header(sql)
        with refused("amount_minor_check"):
            line(sql, amount=amount)

    def test_a_second_line_of_the_same_right_is_refused(self, books: Any, sql: Any) -> None:
        books.post(Event.ENTITLE, {11: 500})
        header(sql, batch_id=2)
        with refused("journal_cycle_1_pkey"):
            line(sql, batch_id=2)

    def test_an_overpayment_is_refused(self, books: Any, sql: Any) -> None:
        books.post(Event.ENTITLE, {11: 500})
        header(sql, batch_id=2, event=40)
        line(sql, batch_id=2, amount=501, event=40, slot=40)
        with refused("not_overdrawn"):
            seal(sql, batch_id=2, total=501)

    def test_maker_and_checker_are_two(self, sql: Any) -> None:
        with refused("maker_is_not_checker"):
            header(sql, maker=8)

    def test_a_batch_in_no_open_period_is_refused(self, books: Any, sql: Any) -> None:
        with books.transaction() as connection:
            ledger.close_period(connection, 1, by=7, at=books.batch(Event.HOLD).recorded_at)
        with refused("period_open"):
            header(sql)

    @pytest.mark.parametrize(
        "changes", [{"position": 2}, {"position": 3}, {"previous": GENESIS}, {"previous": "c" * 64}]
    )
    def test_a_seal_that_forks_or_skips_the_chain_is_refused(
        self, books: Any, sql: Any, changes: dict[str, Any]
    ) -> None:
        first = books.post(Event.ENTITLE, {11: 500})
        second = books.post(Event.ENTITLE, {12: 500})
        header(sql, batch_id=3)
        line(sql, batch_id=3, subject=13)
        right = {"position": 3, "previous": second.digest}
        wrong = {"position": 3, "previous": first.digest} if "previous" not in changes else {}
        values = right | wrong | changes
        with refused("one_chain"):
            seal(sql, batch_id=3, **(values | {"previous": quoted(values["previous"])}))

    def test_a_batch_is_not_left_without_a_seal(self, sql: Any) -> None:
        header(sql)
        with refused("batch_is_sealed"):
            sql("SET CONSTRAINTS ALL IMMEDIATE")

    def test_a_second_closing_and_a_reopening_are_refused(self, books: Any, sql: Any) -> None:
        with books.transaction() as connection:
            ledger.close_period(connection, 1, by=7, at=books.batch(Event.HOLD).recorded_at)
        with refused("append_only"):
            sql("UPDATE ledger.fiscal_period SET closed_by = 9")
        with refused("append_only"):
            sql(
                "UPDATE ledger.fiscal_period SET closed_by = NULL, closed_at = NULL, "
                "closed_head = NULL, closed_digest = NULL"
            )


@pytest.mark.parametrize("table", TABLES)
def test_the_engine_has_no_right_to_change_or_remove(books: Any, sql: Any, table: str) -> None:
    for statement in ("DELETE FROM ledger.{t}", "TRUNCATE ledger.{t}"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            sql(statement, t=table)
    with books.transaction() as connection:
        columns = sa.inspect(connection).get_columns(table, schema="ledger")
    for column in columns:
        if table == "fiscal_period" and column["name"].startswith("closed_"):
            continue
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            sql("UPDATE ledger.{t} SET {c} = {c}", t=table, c=column["name"])


def test_the_auditor_reads_everything_and_writes_nothing(books: Any) -> None:
    privileges = sa.text("""
        SELECT c.relname, p.privilege
        FROM pg_class c, (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'))
            AS p (privilege)
        WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind IN ('r', 'p', 'v')
          AND has_table_privilege('cct_auditor', c.oid, p.privilege)
    """)
    with books.transaction() as connection:
        held = connection.execute(privileges).all()
    assert {privilege for _, privilege in held} == {"SELECT"}
    assert set(TABLES) <= {relation for relation, _ in held}


@pytest.mark.parametrize("table", [t for t in TABLES if t != "balance_block"] + ["journal_cycle_1"])
def test_even_the_owner_cannot_change_or_remove_what_is_posted(
    kept_books: Any, owner_engine: sa.Engine, table: str
) -> None:
    kept_books.post(Event.ENTITLE, {11: 500})
    changes = ["DELETE FROM ledger.{t}", "TRUNCATE ledger.{t} CASCADE"]
    if table != "fiscal_period":
        column = {"account": "name", "template": "name", "anchor": "signature"}.get(table)
        changes.append("UPDATE ledger.{t} SET " + (f"{column} = ''" if column else "batch_id = 9"))
    for change in changes:
        with owner_engine.begin() as connection, refused("append_only"):
            connection.execute(sa.text("SET ROLE cct_owner"))
            connection.execute(sa.text(change.format(t=table)))


def test_the_published_chart_is_the_one_in_the_database(books: Any) -> None:
    assert books.findings() == ()
    with books.transaction() as connection:
        accounts = connection.execute(sa.text("SELECT count(*) FROM ledger.account")).scalar_one()
        templates = connection.execute(sa.text("SELECT count(*) FROM ledger.template")).scalar_one()
    assert (accounts, templates) == (len(ledger.CHART), len(ledger.TEMPLATES))
