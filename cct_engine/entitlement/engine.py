"""Who runs the compiled statement over one shard. DuckDB inside this process is the default.

An engine sees the tables of one shard as ``src_<table>`` and nothing else. Another engine (Spark
over all shards of a cluster) only has to offer the same two shapes and give the same rows.
"""

from __future__ import annotations

import os
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
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


class Engine(Protocol):
    """Opens sessions over shards."""

    @property
    def name(self) -> str:
        """Return the engine and its version, as stored with the run."""
        ...

    @property
    def side_by_side(self) -> int:
        """Return how many sessions may be open at a time, each in a thread of its own."""
        ...

    def over(
        self, tables: Mapping[str, Path | pa.Table], *, household_id: int | None = None
    ) -> AbstractContextManager[Session]:
        """Open a session in which each table can be read under its name."""
        ...


@dataclass(frozen=True, slots=True)
class _DuckSession:
    connection: duckdb.DuckDBPyConnection

    def layer(self, name: str, select: str) -> None:
        self.connection.execute(f"CREATE TEMP TABLE {name} AS {select}")

    def columns(self, statement: str) -> dict[str, str]:
        described = self.connection.execute(f"DESCRIBE {statement}").fetchall()
        return {row[0]: row[1] for row in described}

    def write(self, statement: str, path: Path) -> int:
        counted = self.connection.execute(
            f"COPY ({statement}) TO {_literal(path)} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
        ).fetchone()
        if counted is None:
            raise RuntimeError("DuckDB did not say how many rows it wrote.")
        return int(counted[0])

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return list(self.connection.execute(statement).fetchall())

    def batches(self, statement: str) -> pa.RecordBatchReader:
        return self.connection.sql(statement).to_arrow_reader(_BATCH)


@dataclass(frozen=True, slots=True)
class DuckEngine:
    """DuckDB in this process. The same rows come out in the same order on any number of threads.

    Sessions that run ``side_by_side`` share ``threads`` and ``memory_mb`` evenly among them: DuckDB
    cuts a shard into few pieces, so two shards at a time take less long than two threads on each.
    """

    threads: int = 2
    memory_mb: int = 384
    side_by_side: int = 1

    @property
    def name(self) -> str:
        """The engine and its version."""
        return f"duckdb {duckdb.__version__}"

    @contextmanager
    def over(
        self, tables: Mapping[str, Path | pa.Table], *, household_id: int | None = None
    ) -> Iterator[Session]:
        """Open a session over Parquet files or rows in memory.

        ``household_id`` narrows every table to one household.
        """
        connection = rulebook.connect(
            threads=max(1, self.threads // self.side_by_side),
            memory_limit=f"{self.memory_mb // self.side_by_side}MB",
        )
        try:
            # Two that run side by side would take each other's files for their own.
            own = f"cct-duckdb-{os.getpid()}-{threading.get_ident()}"
            spill = Path(tempfile.gettempdir()) / own
            connection.execute(f"SET temp_directory = {_literal(spill)}")
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
            yield _DuckSession(connection)
        finally:
            connection.close()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
