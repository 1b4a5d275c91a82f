"""The edge to DuckDB: one shard in, the outlets out, with the same SELECTs a statement has.

In bulk the layers that are read more than once are kept as temporary tables, so that four outlets
cost one calculation. The text of every SELECT is the statement's own; only its place differs.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb

from cct_engine.rulebook.compiler.plan import named_in, with_chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from cct_engine.rulebook.compiler import Compiled

__all__ = [
    "Source",
    "asides_attached",
    "attach_shard",
    "calculate_attached",
    "calculate_shard",
    "calculate_tables",
    "connect",
    "rows_attached",
]

Source: TypeAlias = "Path | pa.Table"
"""A table of a shard: a Parquet file, or an Arrow table in memory."""


def connect(*, threads: int = 2, memory_limit: str = "400MB") -> duckdb.DuckDBPyConnection:
    """Return an in-memory DuckDB for statements: it knows ``div`` and may use no network."""
    connection = duckdb.connect(
        config={
            "threads": threads,
            "memory_limit": memory_limit,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    connection.execute("CREATE MACRO div(a, b) AS a // b")
    return connection


def attach_shard(
    connection: duckdb.DuckDBPyConnection,
    sources: Mapping[str, Source],
    *,
    household_ids: Iterable[int] | None = None,
) -> None:
    """Make the shard's tables readable as ``src_…``, whole or for some households only."""
    subset = ""
    if household_ids is not None:
        listed = ", ".join(str(int(household_id)) for household_id in household_ids)
        subset = f" WHERE household_id IN ({listed or 'NULL'})"
    for name, source in sources.items():
        if isinstance(source, Path):
            path = str(source).replace("'", "''")
            rows = f"read_parquet('{path}')"
        else:
            connection.register(f"arrow_{name}", source)
            rows = f"arrow_{name}"
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW src_{name} AS SELECT * FROM {rows}{subset}"
        )


def calculate_shard(
    connection: duckdb.DuckDBPyConnection,
    compiled: Compiled,
    sources: Mapping[str, Source],
    targets: Mapping[str, Path],
) -> dict[str, int]:
    """Calculate one shard and write the outlets named in ``targets`` as Parquet; return their rows.

    Rows are ordered, so that the same shard and statement always give the same table.
    """
    attach_shard(connection, sources)
    _lay(connection, compiled)
    ends = compiled.outlets
    counts: dict[str, int] = {}
    for outlet, path in targets.items():
        target = str(path).replace("'", "''")
        connection.execute(
            f"COPY (\n{ends[outlet]}\n) TO '{target}'"
            " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )
        counts[outlet] = int(_one(connection))
    return counts


def calculate_tables(
    connection: duckdb.DuckDBPyConnection,
    compiled: Compiled,
    sources: Mapping[str, Source],
    outlets: Iterable[str],
) -> dict[str, pa.Table]:
    """Calculate one shard and return the outlets as Arrow tables."""
    attach_shard(connection, sources)
    return calculate_attached(connection, compiled, outlets)


def calculate_attached(
    connection: duckdb.DuckDBPyConnection, compiled: Compiled, outlets: Iterable[str]
) -> dict[str, pa.Table]:
    """Calculate what is attached (see :func:`attach_shard`) and return the outlets."""
    _lay(connection, compiled)
    ends = compiled.outlets
    return {outlet: connection.sql(ends[outlet]).to_arrow_table() for outlet in outlets}


def rows_attached(
    connection: duckdb.DuckDBPyConnection, compiled: Compiled, outlets: Iterable[str]
) -> dict[str, tuple[dict[str, Any], ...]]:
    """Calculate what is attached and return the outlets' few rows as dictionaries.

    For one household: reading and planning texts is all the cost there is, so a text is read once
    for all households, and a chain that a layer shares with an outlet is planned once.
    """
    shared = {}
    for layer in compiled.layers:
        text = layer.sql
        for outlet in outlets:
            inner, end = compiled.ends[outlet]
            chain = with_chain(inner, "")
            if not inner or not text.startswith(chain):
                continue
            *before, last = inner
            rest = text[len(chain) :]
            if not named_in([other.name for other in before], [rest, end]):
                connection.execute(_read(_kept(last.name, with_chain(before, last.sql))))
                text, shared[outlet] = rest, end
                break
        connection.execute(_read(_kept(layer.name, text)))
    ends = compiled.outlets | shared
    return {outlet: _rows(connection, ends[outlet]) for outlet in outlets}


def asides_attached(
    connection: duckdb.DuckDBPyConnection, compiled: Compiled
) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return what only explains (see ``Compiled.asides``), after :func:`rows_attached`."""
    return {name: _rows(connection, sql) for name, sql in compiled.asides.items()}


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[dict[str, Any], ...]:
    given = connection.execute(_read(sql))
    names = [column[0] for column in given.description or ()]
    return tuple(dict(zip(names, row, strict=True)) for row in given.fetchall())


def _lay(connection: duckdb.DuckDBPyConnection, compiled: Compiled) -> None:
    for layer in compiled.layers:
        connection.execute(_kept(layer.name, layer.sql))


def _kept(name: str, sql: str) -> str:
    return f"CREATE OR REPLACE TEMP TABLE {name} AS\n{sql}"


@lru_cache(maxsize=512)
def _read(text: str) -> duckdb.Statement:
    """Return a text as DuckDB reads it: for one household that is a third of all there is to do."""
    with _reader().cursor() as connection:
        return connection.extract_statements(text)[0]


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    return connect(threads=1)


def _one(connection: duckdb.DuckDBPyConnection) -> Any:
    row = connection.fetchone()
    return row[0] if row else 0
