"""Freeze, calculate, store, digest, compare and explain, for n households of Bolsa Família.

Floors, measured in the same run on the same server:

* freeze: PostgreSQL copies the same selects out and the bytes are thrown away;
* store: the same rows are copied into tables with nothing but their primary keys;
* list digest: the same rows are copied out and thrown away.

The server is the engine's own with fsync off, so that the disk is not what is measured. Each step
runs in a process of its own; its peak memory is that process's.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import sqlalchemy as sa

from benchmarks.apart import apart
from cct_engine import entitlement
from cct_engine.database import Database, embedded, migrate
from cct_engine.entitlement.copy_out import bound, driver
from cct_engine.entitlement.engine import DuckEngine
from cct_engine.entitlement.run import results_of
from cct_engine.entitlement.stored_tables import STORED
from cct_engine.measure import measured
from cct_engine.rulebook import Month, compile_cycle, programme
from cct_engine.rulebook.sources import BUILT_IN, declared_columns

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run"]

AT = datetime(2026, 9, 5, 18, tzinfo=UTC)
MONTH = Month.parse("2026-09")
SHARD = 50_000

_FAMILY = "generate_series(1, {n}) AS h"
_ROWS = {
    "household": _FAMILY,
    "member": f"{_FAMILY} CROSS JOIN LATERAL generate_series(0, 2 + h % 3) AS k",
    "fact": (
        f"{_FAMILY} CROSS JOIN LATERAL generate_series(1, h % 3) AS k"
        " CROSS JOIN LATERAL generate_series(24317, 24318) AS m"
    ),
}
_VALUES = {
    "household_id": "h",
    "enrolment_id": "h",
    "enrolled": "1",
    "enrolled_on": "date '2024-02-01'",
    "income_total": "h % 800 * 100",
    "updated_on": "date '2026-03-01'",
    "urban": "h % 5 / 4",
    "member_id": "h * 10 + k",
    "birth_date": (
        "CASE k WHEN 0 THEN date '1990-01-01' + CAST(h % 4000 AS integer)"
        " ELSE date '2009-01-01' + CAST((h * 7919::bigint + k * 1009) % 6200 AS integer) END"
    ),
    "sex": "CASE WHEN (h + k) % 2 = 0 THEN 'F' ELSE 'M' END",
    "relationship": "CASE k WHEN 0 THEN 'responsible' ELSE 'child' END",
    "responsible": "CASE k WHEN 0 THEN 1 ELSE 0 END",
    "joined_on": "date '2020-01-01'",
    "id_digit": "CAST(h % 10 AS text)",
    "month": "m",
    "numerator": "CASE WHEN h % 22 = 0 THEN 10 ELSE 19 END",
    "denominator": "20",
    "reason": "''",
    "waived": "0",
}
_TYPES = {"date": "date", "code": "text", "month": "integer"}


def run(n: int) -> list[dict[str, Any]]:
    """Measure every step once for ``n`` households."""
    home = Path(tempfile.mkdtemp(prefix="cct-bench-"))
    try:
        with embedded.running(home / "server", throwaway=True) as server:
            server.create_database("bench")
            migrate(server.url("bench", role="cct_owner"))
            _make_world(server.url("bench", role="postgres"), n)
            app, owner = (server.url("bench", role=role) for role in ("cct_app", "postgres"))
            return _measure(app, owner, home, n)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _measure(url: str, owner: str, home: Path, n: int) -> list[dict[str, Any]]:
    floors = {
        "freeze": _apart(_copy_world_out, url, n)[0],
        "calculate": None,
        "store": None,
        "list digest": None,
        "compare": None,
        "explain one household": None,
    }
    rows = []
    for step, act in {
        "freeze": _freeze,
        "calculate": _calculate,
        "store": _store,
        "list digest": _list_digest,
        "compare": _compare,
        "explain one household": _explain,
    }.items():
        seconds, peak_mb = _apart(act, url, home)
        if step == "store":
            floors["store"] = _apart(_copy_results_in, owner, home)[0]
            floors["list digest"] = _apart(_copy_list_out, url, home)[0]
        count = 1 if step.startswith("explain") else n
        rows.append(
            {
                "step": step,
                "n": n,
                "seconds": seconds,
                "per_second": count / seconds,
                "peak_mb": peak_mb,
                "floor_seconds": floors[step],
                "versus": {},
            }
        )
    return rows


def _apart(act: Callable[..., float], *arguments: object) -> tuple[float, float]:
    """Run in a fresh process; return its seconds and its peak memory in MB."""
    return apart(_timed, act, arguments)


def _timed(act: Callable[..., float], arguments: tuple[object, ...]) -> tuple[float, float]:
    with measured("step") as cost:
        seconds = act(*arguments)
    return seconds, cost.peak_mb


def _make_world(url: str, n: int) -> None:
    """Fill tables that look like the registry's selects, and open the cycle."""
    law = programme("bolsa_familia")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA world"))
        for table in BUILT_IN:
            connection.connection.driver_connection.execute(  # type: ignore[union-attr]
                f"CREATE UNLOGGED TABLE world.{table} AS {_select(table, law, n)};"
                f"CREATE INDEX ON world.{table} (household_id);"
                f"ANALYZE world.{table}; GRANT SELECT ON world.{table} TO cct_app;"
            )
        connection.execute(sa.text("GRANT USAGE ON SCHEMA world TO cct_app"))
        connection.execute(
            sa.text("INSERT INTO cycle.programme_version VALUES (:digest, 1, :text, :at)"),
            {"digest": law.digest, "text": law.text, "at": AT},
        )
        connection.execute(
            sa.text(
                "INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period,"
                " month_count, currency, state, opened_at, opened_by, as_of_valid, as_of_known,"
                " rulebook_digest) VALUES (1, 'bolsa_familia-2026-09', 1, 1, '2026-09-01', 1,"
                " 'BRL', 'frozen', :at, 1, '2026-09-01', :at, :digest)"
            ),
            {"at": AT, "digest": law.digest},
        )
        connection.execute(sa.select(sa.func.cycle.open_partitions(1)))
    engine.dispose()


def _select(table: str, law: Any, n: int) -> str:
    columns = []
    for name, kind in declared_columns(law, table):
        sql_type = _TYPES.get(kind, "bigint")
        value = _VALUES.get(name, "NULL") if table in _ROWS else "NULL"
        if table == "fact" and name == "kind":
            value = "'attendance'"
        value = f"CAST({value} AS {sql_type})"
        columns.append(f"{value} AS {name}")
        if kind == "date":
            columns.append(f"{value} - date '1970-01-01' AS {name}_day")
            month = f"extract(year FROM {value}) * 12 + extract(month FROM {value}) - 1"
            columns.append(f"CAST({month} AS integer) AS {name}_month")
    rows = _ROWS.get(table, "generate_series(1, 0) AS h").format(n=n)
    return f"SELECT {', '.join(columns)} FROM {rows}"


def _selects() -> dict[str, str]:
    return {
        table: f"SELECT * FROM world.{table} WHERE household_id BETWEEN :first AND :last"
        " ORDER BY household_id"
        for table in BUILT_IN
    }


def _copy_world_out(url: str, n: int) -> float:
    with Database(url) as database, database.transaction() as connection:
        started = time.perf_counter()
        for select in _selects().values():
            query = bound(select, first=0, last=n)
            with driver(connection).cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
                for _ in copy:
                    pass
        return time.perf_counter() - started


def _freeze(url: str, home: Path) -> float:
    law = programme("bolsa_familia")
    pins = entitlement.CyclePins(
        cycle_id=1,
        code="bolsa_familia-2026-09",
        programme_id=1,
        programme="bolsa_familia",
        first_month=MONTH.number,
        month_count=1,
        as_of_valid=date(2026, 9, 1),
        as_of_known=AT,
        rulebook_digest=law.digest,
    )
    with Database(url) as database, database.transaction() as connection:
        started = time.perf_counter()
        snapshot = entitlement.freeze(
            connection,
            pins,
            home / "snapshot",
            rulebook=law,
            selects=_selects(),
            shard_households=SHARD,
        )
        entitlement.record_snapshot(connection, pins, snapshot, home=home, at=AT)
        return time.perf_counter() - started


def _calculate(_url: str, home: Path) -> float:
    compiled = compile_cycle(programme("bolsa_familia"), month=MONTH)
    snapshot = entitlement.open_snapshot(home / "snapshot")
    started = time.perf_counter()
    entitlement.calculate(snapshot, compiled, home / "run")
    return time.perf_counter() - started


def _store(url: str, home: Path) -> float:
    found = entitlement.open_run(home / "run")
    with Database(url) as database:
        started = time.perf_counter()
        with database.transaction() as connection:
            entitlement.store(connection, 1, found, home=home, at=AT)
        return time.perf_counter() - started


def _copy_results_in(url: str, home: Path) -> float:
    """Copy the rows of the list into tables with primary keys only; the rows are made before."""
    seconds = 0.0
    found = entitlement.open_run(home / "run")
    with Database(url) as database, database.transaction() as connection:
        for table, (columns, select) in STORED.items():
            key = connection.execute(
                sa.text(
                    "SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM pg_index AS i,"
                    " unnest(i.indkey) WITH ORDINALITY AS k (column_number, place), pg_attribute a"
                    f" WHERE i.indrelid = 'cycle.{table}'::regclass AND i.indisprimary"
                    " AND a.attrelid = i.indrelid AND a.attnum = k.column_number"
                )
            ).scalar_one()
            connection.execute(sa.text(f"CREATE TABLE bare AS TABLE cycle.{table} LIMIT 0"))
            connection.execute(sa.text(f"ALTER TABLE bare ADD PRIMARY KEY ({key})"))
            statement = f"COPY bare ({', '.join(columns)}) FROM STDIN (FORMAT csv)"
            with driver(connection).cursor().copy(statement) as copy:
                for shard in found.shards:
                    lines = _csv(results_of(found.folder, shard), select)
                    started = time.perf_counter()
                    copy.write(lines)
                    seconds += time.perf_counter() - started
                started = time.perf_counter()
            seconds += time.perf_counter() - started
            connection.execute(sa.text("DROP TABLE bare"))
    return seconds


def _csv(paths: dict[str, Path], select: str) -> bytes:
    numbers = {"cycle_id": 1, "programme_id": 1, "fund_id": 1, "cycle_month": MONTH.number}
    with DuckEngine().over(paths) as session, tempfile.TemporaryFile() as file:
        rows = session.batches(select.format(**numbers)).read_all()
        pcsv.write_csv(rows, file, pcsv.WriteOptions(include_header=False))
        file.seek(0)
        return file.read()


def _list_digest(url: str, _home: Path) -> float:
    with Database(url) as database, database.transaction() as connection:
        started = time.perf_counter()
        entitlement.list_digest(connection, 1)
        return time.perf_counter() - started


def _copy_list_out(url: str, _home: Path) -> float:
    with Database(url) as database, database.transaction() as connection:
        started = time.perf_counter()
        for table in ("entitlement_line", "household_result"):
            query = f"SELECT * FROM cycle.{table} WHERE cycle_id = 1"
            with driver(connection).cursor().copy(f"COPY ({query}) TO STDOUT") as copy:
                for _ in copy:
                    pass
        return time.perf_counter() - started


def _compare(url: str, _home: Path) -> float:
    with Database(url) as database, database.transaction() as connection:
        started = time.perf_counter()
        assert entitlement.compare(connection, 1).ties
        return time.perf_counter() - started


def _explain(url: str, home: Path) -> float:
    """The second of two: the first also reads the law."""
    snapshot = entitlement.open_snapshot(home / "snapshot")
    ids = pq.read_table(snapshot.paths(snapshot.shards[-1])["household"], columns=["household_id"])
    household_id = ids["household_id"][ids.num_rows // 2].as_py()
    with Database(url) as database, database.transaction() as connection:
        for _ in range(2):
            started = time.perf_counter()
            entitlement.explain(connection, home, household_id, "bolsa_familia-2026-09")
        return time.perf_counter() - started
