"""Who runs the compiled statement over one shard. DuckDB inside this process is the default.

An engine sees the tables of one shard as ``src_<table>`` and nothing else. Another engine (Spark
over all shards of a cluster) only has to offer the same two shapes and give the same rows.
"""

from __future__ import annotations

import os
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from cct_engine import rulebook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    import pyarrow as pa

__all__ = ["DuckEngine", "Engine", "Session"]

_ROW_GROUP = 32_768  # small enough that one household is found without reading a shard
_BATCH = 65_536


class Session(Protocol):
    """Statements over the tables of one shard."""

    def layer(self, name: str, select: str) -> None:
        """Run a select once and keep its rows under a name for what comes after."""
        ...

    def forget(self, name: str) -> None:
        """Free the rows of a layer: nothing that comes after reads them."""
        ...

    def columns(self, statement: str) -> dict[str, str]:
        """Return the columns the statement gives and their SQL types."""
        ...

    def write(self, statement: str, path: Path) -> int:
        """Write the statement's rows to a Parquet file, in its order; return their count."""
        ...

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return a few rows."""
        ...

    def batches(self, statement: str) -> pa.RecordBatchReader:
        """Return many rows, as Arrow columns in their order."""
        ...


class Opens(Protocol):
    """Opens sessions over shards."""

    def over(self, tables: Mapping[str, Path | pa.Table]) -> AbstractContextManager[Session]:
        """Open a session in which each table can be read under its name."""
        ...


class Engine(Protocol):
    """Opens sessions over shards, one at a time or many over what was started for them."""

    @property
    def name(self) -> str:
        """Return the engine and its version, as stored with the run."""
        ...

    @property
    def side_by_side(self) -> int:
        """Return how many sessions may be open at a time, each in a thread of its own."""
        ...

    def started(self) -> AbstractContextManager[Opens]:
        """Start what many sessions can share, so that each opens sooner."""
        ...

    def over(
        self, tables: Mapping[str, Path | pa.Table], *, household_id: int | None = None
    ) -> AbstractContextManager[Session]:
        """Open a session in which each table can be read under its name."""
        ...


@dataclass(frozen=True, slots=True)
class _DuckSession:
    """One connection. A text is parsed once for all sessions that share ``parsed``."""

    connection: duckdb.DuckDBPyConnection
    parsed: dict[str, duckdb.Statement]

    def layer(self, name: str, select: str) -> None:
        self._execute(f"CREATE TEMP TABLE {name} AS {select}")

    def forget(self, name: str) -> None:
        self._execute(f"DROP TABLE {name}")

    def columns(self, statement: str) -> dict[str, str]:
        described = self.connection.execute(f"DESCRIBE {statement}").fetchall()
        return {row[0]: row[1] for row in described}

    def write(self, statement: str, path: Path) -> int:
        counted = self._execute(
            f"COPY ({statement}) TO $1"
            f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})",
            str(path),
        ).fetchone()
        if counted is None:
            raise RuntimeError("DuckDB did not say how many rows it wrote.")
        return int(counted[0])

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return list(self._execute(statement).fetchall())

    def batches(self, statement: str) -> pa.RecordBatchReader:
        return self.connection.sql(statement).to_arrow_reader(_BATCH)

    def _execute(self, text: str, *values: str) -> duckdb.DuckDBPyConnection:
        known = self.parsed.get(text)
        if known is None:
            known = self.parsed[text] = self.connection.extract_statements(text)[0]
        return self.connection.execute(known, list(values))


@dataclass(frozen=True, slots=True)
class DuckEngine:
    """DuckDB in this process. The same rows come out in the same order on any number of threads.

    Sessions that run ``side_by_side`` share ``threads`` and ``memory_mb`` among them: DuckDB cuts a
    shard into few pieces, so two shards at a time take less long than two threads on each.
    """

    threads: int = 2
    memory_mb: int = 384
    side_by_side: int = 1

    @property
    def name(self) -> str:
        """The engine and its version."""
        return f"duckdb {duckdb.__version__}"

    @contextmanager
    def started(self) -> Iterator[_Started]:
        """Open the database that sessions share; it is gone, with what it spilt, afterwards."""
        # Each session computes in the thread that asks; what is left over helps all of them.
        database = rulebook.connect(
            threads=max(1, self.threads - self.side_by_side + 1),
            memory_limit=f"{self.memory_mb}MB",
        )
        try:
            # Two that run side by side would take each other's files for their own.
            own = f"cct-duckdb-{os.getpid()}-{threading.get_ident()}"
            spill = Path(tempfile.gettempdir()) / own
            database.execute(f"SET temp_directory = {_literal(spill)}")
            # The compiler writes joins in the order that narrows them; searching finds no better.
            database.execute("SET disabled_optimizers = 'join_order'")
            yield _Started(database)
        finally:
            database.close()

    @contextmanager
    def over(
        self, tables: Mapping[str, Path | pa.Table], *, household_id: int | None = None
    ) -> Iterator[Session]:
        """Open a session over Parquet files or rows in memory.

        ``household_id`` narrows every table to one household.
        """
        with (
            self.started() as database,
            database.over(tables, household_id=household_id) as session,
        ):
            yield session


@dataclass(frozen=True, slots=True)
class _Started:
    """A database that is open. Each session has a connection and temporary tables of its own."""

    database: duckdb.DuckDBPyConnection
    parsed: dict[str, duckdb.Statement] = field(default_factory=dict)

    @contextmanager
    def over(
        self, tables: Mapping[str, Path | pa.Table], *, household_id: int | None = None
    ) -> Iterator[Session]:
        """Open a session over Parquet files or rows in memory, as ``DuckEngine.over`` does."""
        connection = self.database.cursor()
        try:
            connection.execute("SET enable_progress_bar = false")
            # One household's few rows are kept: the plan is then made for few rows.
            kind, only = "VIEW", ""
            if household_id is not None:
                connection.execute("PRAGMA disable_optimizer")  # planning is most of the cost
                kind, only = "TABLE", f" WHERE household_id = {int(household_id)}"
            for table, source in tables.items():
                rows = f"arrow_{table}"
                if isinstance(source, Path):
                    rows = f"read_parquet({_literal(source)})"
                else:
                    connection.register(rows, source)
                connection.execute(f"CREATE TEMP {kind} {table} AS SELECT * FROM {rows}{only}")
            yield _DuckSession(connection, self.parsed)
        finally:
            connection.close()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
