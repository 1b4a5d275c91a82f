"""Read, match and post what a bank says about n payments: settled, returned, rejected.

Each message is a file. Reading it, storing its events, matching, moving the instructions and
posting to the ledger are measured together, in one committed transaction, in a process that does
nothing else: the peak is the engine's own.

Floor: the same number of rows, as wide as a journal line, copied into a plain table with a primary
key. Peer: the same states and one ledger-like row written payment by payment through psycopg, the
way a service with one handler per event does it (a sample, scaled).
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import reconciliation
from benchmarks.apart import apart
from benchmarks.own_database import own_database
from benchmarks.reconciliation_made import AMOUNT, AT, DAY, MESSAGES, make
from cct_engine.database import Database
from cct_engine.measure import Cost, measured

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run"]

_PEER_ROWS = 2_000

_STEPS = {
    "debit": "settle by batch debit",
    "returns": "return one by one",
    "rejections": "reject one by one",
    "again": "hear the same returns again",
}
_A_DAY = "a day: 95 % settled, 3 % returned, 2 % rejected"


def run(n: int) -> list[dict[str, Any]]:
    """Measure with n payments."""
    with own_database("reconciliation") as (server, name), tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        floor = apart(_floor, server.url(name, role="postgres"), n)
        apart(make, server.url(name, role="cct_app"), n, folder)
        rows = apart(_measure, server.url(name, role="cct_app"), n, folder)
    return [{**row, "floor_seconds": round(floor, 3)} for row in rows]


def _measure(url: str, n: int, folder: Path) -> list[dict[str, Any]]:
    with Database(url) as database:
        peer = _peer(database, n)
        rows = [
            _row(_STEPS[message], n, _heard(database, folder / f"{message}.xml"), peer)
            for message in MESSAGES
        ]
        rows[-1]["versus"] = {}  # the peer remembers nothing it was told
        day = [_heard(database, folder / f"{message}.xml") for message in DAY]
        whole = Cost("day", sum(cost.seconds for cost in day), max(cost.peak_mb for cost in day))
        rows.insert(0, _row(_A_DAY, n, whole, peer))
        with database.transaction() as connection:
            cost = _cost(lambda: reconciliation.proof(connection, 1))
            assert all(reconciliation.proof(connection, cycle).ties for cycle in (1, 2, 3))
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


def _heard(database: Database, path: Path) -> Cost:
    def hear() -> None:
        with database.transaction() as connection:
            taken = reconciliation.receive(connection, path, at=AT)
            assert taken.state == "received", taken.refusal_code
            outcome = reconciliation.reconcile(connection, at=AT)
            assert outcome.suspense_count == outcome.unrecognised_count == 0
            assert outcome.applied_count + outcome.repeated_count > 0

    return _cost(hear)


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
                    "DELETE FROM cycle.living_part l USING cycle.instruction_part p WHERE "
                    "p.instruction_id = %s AND (l.cycle_id, l.household_id, l.line_seq) = "
                    "(p.cycle_id, p.household_id, p.line_seq)",
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
