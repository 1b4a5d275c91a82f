"""Match and post what a bank says about n payments: settled, returned, rejected.

The messages are in Arrow already; receiving (COPY of the events), matching, moving the instructions
and posting to the ledger are measured together, in one committed transaction each.

Floor: the same number of rows, as wide as a journal line, copied into a plain table with a primary
key. Peer: the same states and one ledger-like row written payment by payment through psycopg, the
way a service with one handler per event does it (a sample, scaled).
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

import ledger
import reconciliation
from bank_adapters import EVENT_SCHEMA, BankMessage, Expected, SealedFile, load_profile
from cct_engine.database import Database, embedded, migrate
from cct_engine.measure import Cost, measured

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run"]

AT = datetime(2026, 9, 18, 6, tzinfo=UTC)
ON = date(2026, 9, 17)
AMOUNT = 60_000
BANK = load_profile("neft_bank_inr")
_PEER_ROWS = 2_000

_PAYMENTS = """
    INSERT INTO cycle.instruction (instruction_id, value_on, transfer_group, payee_id, attempt,
        ordinal, debtor_account, rail, amount_minor, currency, account_id, account_token,
        end_to_end_id, instruction_text, uetr, drafted_at)
    SELECT :cycle * 100000000 + n, :on, 'bench', n, 1, 1, :debtor, :rail, :amount, 'INR', n,
           't' || n,
           'CCT' || :cycle || 'E' || n, 'CCT' || :cycle || 'E' || n || '-1',
           md5(:cycle || '/' || n), :at
    FROM generate_series(1, :n) AS n;
"""
_LINES = """
    INSERT INTO cycle.entitlement_line (cycle_id, household_id, line_seq, source, component,
        for_period, enrolment_id, fund_id, money_state, amount_minor)
    SELECT :cycle, n, 1, 'due', 'basic', '2026-09-01', n, 1, 'payable', :amount
    FROM generate_series(1, :n) AS n
"""
_PARTS = """
    INSERT INTO cycle.instruction_part (cycle_id, household_id, line_seq, instruction_id, fund_id,
        amount_minor)
    SELECT :cycle, n, 1, :cycle * 100000000 + n, 1, :amount FROM generate_series(1, :n) AS n
"""
_CYCLE = """
    INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period, month_count, currency,
        state, opened_at, opened_by, as_of_valid, as_of_known, list_digest, prepared_by,
        submitted_at, approved_by, approved_at, released_by, released_at)
    VALUES (:cycle, 'bench-' || :cycle, 1, 1, date '2026-01-01' + :cycle * interval '1 month', 1,
        'INR', 'released', :at, 3, '2026-08-31', :at, 'list', 3, :at, 4, :at, 5, :at)
"""


def run(n: int) -> list[dict[str, Any]]:
    """Measure with n payments."""
    home = Path(tempfile.gettempdir()) / "cct-benchmarks"
    with embedded.running(home) as server:
        name = f"reconciliation_{os.getpid()}_{n}"
        server.create_database(name)
        try:
            migrate(server.url(name, role="cct_owner"))
            floor = _floor(server.url(name, role="postgres"), n)
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                rows = pool.submit(_measure, server.url(name, role="cct_app"), n).result()
        finally:
            server.drop_database(name)
    return [{**row, "floor_seconds": round(floor, 3)} for row in rows]


def _measure(url: str, n: int) -> list[dict[str, Any]]:
    with Database(url) as database:
        with database.transaction() as connection:
            ledger.open_period(
                connection, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31), by=1, at=AT
            )
        for cycle in (1, 2):
            _send(database, cycle, n)
        peer = _peer(database, n)
        settled, returned, rejected = _debit(n), _returns(n), _rejections(n)
        rows = [
            _row("settle by batch debit", n, _heard(database, settled), peer),
            _row("return one by one", n, _heard(database, returned), peer),
            _row("reject one by one", n, _heard(database, rejected), peer),
        ]
        again = _heard(database, _renamed(returned))
        rows.append(_row("hear the same returns again", n, again, {}))
        with database.transaction() as connection:
            cost = _cost(lambda: reconciliation.proof(connection, 1))
            assert reconciliation.proof(connection, 1).ties
            rows.append(_row("prove the cycle", n, cost, {}))
    return rows


def _row(step: str, n: int, cost: Cost, peers: dict[str, float]) -> dict[str, Any]:
    return {
        "step": f"reconcile: {step}",
        "n": n,
        "seconds": cost.seconds,
        "per_second": round(n / cost.seconds),
        "peak_mb": cost.peak_mb,
        "versus": {name: round(taken / cost.seconds, 1) for name, taken in peers.items()},
    }


def _cost(work: Callable[[], object]) -> Cost:
    with measured("reconcile") as cost:
        work()
    return cost


def _heard(database: Database, message: BankMessage) -> Cost:
    def hear() -> None:
        with database.transaction() as connection:
            reconciliation.accept(connection, message, name=f"{message.message_id}.xml", at=AT)
            reconciliation.reconcile(connection, at=AT)

    return _cost(hear)


def _send(database: Database, cycle: int, n: int) -> None:
    """Draft, seal and instruct n payments of one cycle in one file, by SQL alone."""
    values = {
        "cycle": cycle,
        "n": n,
        "on": ON,
        "at": AT,
        "amount": AMOUNT,
        "debtor": BANK.debtor.account,
        "rail": BANK.code,
    }
    with database.transaction() as connection:
        connection.execute(
            sa.text("SELECT cycle.open_partitions(:cycle), cycle.open_month(:on)"), values
        )
        for statement in (_LINES, _CYCLE, _PAYMENTS, _PARTS):
            connection.execute(sa.text(statement), values)
        order = reconciliation.FileOrder(f"bench-{cycle}", BANK, 1, 1, cycle, ON)
        (file,) = reconciliation.allocate(connection, order, [Expected(n, n * AMOUNT)], at=AT)
        drafted = sa.text(
            "SELECT instruction_id, value_on FROM cycle.instruction WHERE state = 'drafted'"
        ).columns(sa.column("instruction_id"), sa.column("value_on"))
        reconciliation.assign(connection, file.file_id, sa.select(drafted.subquery()))
        sealed = SealedFile(
            name=file.message_id,
            path=Path("never read"),
            count=n,
            total_minor=n * AMOUNT,
            currency="INR",
            sha256=hashlib.sha256(file.message_id.encode()).hexdigest(),
            bytes=n,
            message_id=file.message_id,
            schema="pain.001.001.09",
        )
        reconciliation.register(connection, sealed, at=AT)
        for event in (ledger.Event.ENTITLE, ledger.Event.INSTRUCT):
            _post(connection, event, cycle, n)


def _post(connection: sa.Connection, event: ledger.Event, cycle: int, n: int) -> None:
    numbers = np.arange(1, n + 1, dtype=np.int64)
    batch = ledger.Batch(
        event=event,
        programme_id=1,
        fund_id=1,
        cycle_id=cycle,
        value_on=ON,
        currency="INR",
        key=f"bench/{cycle}/{event.name}",
        prepared_by=3,
        approved_by=4,
        recorded_at=AT,
        conduit=BANK.code,
    )
    lines = ledger.Lines.of(
        subject=numbers,
        amount_minor=np.full(n, AMOUNT),
        reference=numbers + cycle * 100_000_000,
    )
    ledger.post(connection, batch, lines)


def _message(columns: dict[str, Any], count: int, name: str, fmt: str) -> BankMessage:
    arrays = [
        _column(columns[field.name], count, field.type)
        if field.name in columns
        else pa.nulls(count, field.type)
        for field in EVENT_SCHEMA
    ]
    return BankMessage(
        format=fmt,
        message_id=name,
        original_message_id=None,
        entries=count,
        totals={},
        events=pa.Table.from_arrays(arrays, schema=EVENT_SCHEMA),
        refusals=(),
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        bytes=count,
    )


def _column(value: Any, count: int, kind: pa.DataType) -> pa.Array:
    if isinstance(value, pa.Array):
        return value.cast(kind)
    return pa.repeat(pa.scalar(value, kind), count)


def _texts(prefix: str, n: int, suffix: str = "") -> pa.Array:
    return pa.array([f"{prefix}{i}{suffix}" for i in range(1, n + 1)])


def _message_id(cycle: int) -> str:
    return f"NEFTBANKINR-{ON:%Y%m%d}-{cycle:04d}"


def _debit(n: int) -> BankMessage:
    columns = {
        **_money(n * AMOUNT, "DBIT"),
        "position": 1,
        "original_message_id": _message_id(1),
        "bank_reference": "D1",
        "batch_count": n,
        "kind": "ENTRY",
    }
    return _message(columns, 1, "debit", "camt.054.001.08")


def _returns(n: int) -> BankMessage:
    columns = {
        **_money(AMOUNT, "CRDT"),
        "position": pa.array(range(1, n + 1)),
        "end_to_end_id": _texts("CCT1E", n),
        "instruction_id_text": _texts("CCT1E", n, "-1"),
        "bank_reference": _texts("R", n),
        "reason_list": "RETURN",
        "reason": "AC04",
        "kind": "RETURN",
    }
    return _message(columns, n, "returns", "camt.054.001.08")


def _money(amount: int, direction: str) -> dict[str, Any]:
    return {
        "status": "BOOK",
        "amount_minor": amount,
        "currency": "INR",
        "direction": direction,
        "reversal": False,
        "account": BANK.debtor.account,
        "booked_on": ON,
        "value_on": ON,
    }


def _rejections(n: int) -> BankMessage:
    columns = {
        "position": pa.array(range(1, n + 1)),
        "kind": "ITEM_STATUS",
        "original_message_id": _message_id(2),
        "end_to_end_id": _texts("CCT2E", n),
        "instruction_id_text": _texts("CCT2E", n, "-1"),
        "status": "RJCT",
        "reason_list": "STATUS",
        "reason": "AC01",
    }
    return _message(columns, n, "rejections", "pain.002.001.10")


def _renamed(message: BankMessage) -> BankMessage:
    sha256 = hashlib.sha256(b"again").hexdigest()
    values = {name: getattr(message, name) for name in message.__slots__}
    return BankMessage(**{**values, "sha256": sha256})


def _peer(database: Database, n: int) -> dict[str, float]:
    """Find, move and write a sample of payments one by one; seconds for n. Nothing is kept."""
    sample = min(n, _PEER_ROWS)
    engine = database.engine
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(
            sa.text("CREATE TEMP TABLE lines (id bigint PRIMARY KEY, amount bigint)")
        )
        driver: Any = connection.connection.driver_connection
        start = time.perf_counter()
        with driver.cursor() as cursor:
            for i in range(1, sample + 1):
                cursor.execute(
                    "SELECT instruction_id, value_on, amount_minor FROM cycle.instruction "
                    "WHERE instruction_text = %s FOR UPDATE",
                    (f"CCT1E{i}-1",),
                )
                found = cursor.fetchone()
                cursor.execute(
                    "UPDATE cycle.instruction SET state = 'returned' WHERE instruction_id = %s "
                    "AND value_on = %s",
                    found[:2],
                )
                cursor.execute(
                    "UPDATE cycle.instruction_part SET alive = false WHERE instruction_id = %s",
                    found[:1],
                )
                cursor.execute("INSERT INTO lines VALUES (%s, %s)", (found[0], found[2]))
        seconds = time.perf_counter() - start
        transaction.rollback()
    return {"one payment at a time": seconds / sample * n}


def _floor(url: str, n: int) -> float:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    taken = []
    for _ in range(3):
        with engine.connect() as connection, connection.begin() as transaction:
            connection.execute(
                sa.text(
                    "CREATE TABLE floor_lines (subject bigint, seq int, amount bigint, "
                    "reference bigint, batch int, PRIMARY KEY (batch, subject, seq))"
                )
            )
            driver: Any = connection.connection.driver_connection
            rows = "".join(f"{i}\t1\t{AMOUNT}\t{i}\t1\n" for i in range(1, n + 1)).encode()

            def copy(driver: Any = driver, rows: bytes = rows) -> None:
                with driver.cursor() as cursor, cursor.copy("COPY floor_lines FROM STDIN") as out:
                    out.write(rows)

            taken.append(_cost(copy).seconds)
            transaction.rollback()
    engine.dispose()
    return statistics.median(taken)
