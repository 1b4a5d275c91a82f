"""The ledger's peers: what others take for the same lines, in environments of their own.

``SQLAlchemy Core`` and ``ORM`` write our own tables under our own rules. django-hordak has a
PostgreSQL database of its own on the same server; Beancount and hledger read a text file and check
that it balances, with no database and nothing made durable.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm

import ledger
from benchmarks.environments import peers_bin
from ledger.schema import journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from cct_engine.database import Database, embedded

CORE_LINES_MAX = 50_000
ORM_LINES_MAX = 20_000
HORDAK_LINES_MAX = 20_000
TEXT_LINES_MAX = 50_000
_PACKAGES = ("django-hordak==2.0.0", "beancount==3.2.3", "psycopg[binary]>=3.3", "setuptools<81")


def per_line(server: embedded.Server, database: Database, folder: Path, n: int) -> dict[str, float]:
    """Return seconds for one line of each peer that can be had here."""
    found = {
        "SQLAlchemy Core executemany": _through_core(database, min(n, CORE_LINES_MAX)),
        "SQLAlchemy ORM add_all": _through_orm(database, min(n, ORM_LINES_MAX)),
    }
    programs = peers_bin("ledger", _PACKAGES)
    if programs:
        found["django-hordak bulk_create"] = _hordak(programs, server, min(n, HORDAK_LINES_MAX))
        checker = programs / "bean-check"
        path = _written(folder / "lines.beancount", _beancount(min(n, TEXT_LINES_MAX)))
        found["bean-check"] = _timed([str(checker), "--no-cache", str(path)]) / min(
            n, TEXT_LINES_MAX
        )
    if shutil.which("hledger"):
        path = _written(folder / "lines.journal", _hledger(min(n, TEXT_LINES_MAX)))
        found["hledger check"] = _timed(["hledger", "-f", str(path), "check"]) / min(
            n, TEXT_LINES_MAX
        )
    return found


def _in_a_batch(database: Database, write: Callable[[sa.Connection, int], int]) -> float:
    """Seconds for lines written by ``write`` into a batch of ours and sealed; undone after."""
    with database.transaction() as connection:
        ledger.open_cycle(connection, 9)
    with database.engine.connect() as connection:
        batch_id = connection.execute(sa.text("SELECT ledger.next_batch_id()")).scalar_one()
        connection.execute(
            sa.text("""
                INSERT INTO ledger.batch (batch_id, event, programme_id, fund_id, cycle_id,
                    value_on, period_id, currency, key, prepared_by, approved_by, recorded_at)
                VALUES (:batch_id, 20, 1, 9, 9, '2026-03-10', 1, 'INR', 'peer', 7, 8,
                    '2026-03-10T00:00:00Z')
            """),
            {"batch_id": batch_id},
        )
        start = time.perf_counter()
        n = write(connection, batch_id)
        connection.execute(
            sa.text("""
                INSERT INTO ledger.seal (batch_id, line_count, total_minor, merkle_root)
                SELECT :batch_id, :n, sum(amount_minor), repeat('a', 64)
                FROM ledger.journal WHERE cycle_id = 9 AND batch_id = :batch_id
            """),
            {"n": n, "batch_id": batch_id},
        )
        seconds = time.perf_counter() - start
        connection.rollback()
    return seconds


def _line(number: int, batch_id: int) -> dict[str, int]:
    return {
        "subject_id": number,
        "amount_minor": number % 977 * 100 + 100,
        "reference": 0,
        "batch_id": batch_id,
        "cycle_id": 9,
        "seq": 1,
        "event": 20,
        "slot": 20,
    }


def _through_core(database: Database, n: int) -> float:
    def write(connection: sa.Connection, batch_id: int) -> int:
        rows = [_line(number, batch_id) for number in range(1, n + 1)]
        connection.execute(sa.insert(journal), rows)
        return n

    return _in_a_batch(database, write) / n


def _through_orm(database: Database, n: int) -> float:
    class Base(orm.DeclarativeBase):
        pass

    class Line(Base):
        __table__ = journal

    def write(connection: sa.Connection, batch_id: int) -> int:
        with orm.Session(connection) as session:
            session.add_all(Line(**_line(number, batch_id)) for number in range(1, n + 1))
            session.flush()
            return n

    return _in_a_batch(database, write) / n


def _hordak(programs: Path, server: embedded.Server, n: int) -> float:
    name = "peer_hordak"
    server.drop_database(name)
    server.create_database(name)
    script = Path(__file__).with_name("peer_hordak.py")
    command = [str(programs / "python"), str(script), str(server.socket_folder), name]
    try:
        done = subprocess.run([*command, str(n)], check=False, capture_output=True, text=True)
    finally:
        server.drop_database(name)
    if done.returncode != 0:
        raise RuntimeError(f"django-hordak did not post: {done.stderr[-2000:]}")
    seconds: float = json.loads(done.stdout)
    return seconds / n


def _beancount(n: int) -> list[str]:
    lines = ["2026-01-01 open Expenses:Benefit INR", "2026-01-01 open Liabilities:Payable INR"]
    for number in range(1, n + 1):
        amount = f"{number % 977 + 1}.00"
        lines += [
            f'2026-03-10 * "household {number}"',
            f"  Expenses:Benefit  {amount} INR",
            f"  Liabilities:Payable  -{amount} INR",
        ]
    return lines


def _hledger(n: int) -> list[str]:
    lines = []
    for number in range(1, n + 1):
        amount = f"{number % 977 + 1}.00"
        lines += [
            f"2026-03-10 * household {number}",
            f"    expenses:benefit  INR {amount}",
            f"    liabilities:payable  INR -{amount}",
            "",
        ]
    return lines


def _written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def _timed(command: list[str]) -> float:
    start = time.perf_counter()
    done: subprocess.CompletedProcess[Any] = subprocess.run(
        command, check=False, capture_output=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stderr[-500:]!r}")
    return time.perf_counter() - start
