"""The statement runs on PostgreSQL word for word and gives the same rows of the same types."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from cct_engine.rulebook import Month, compile_cycle, programme

from .families import random_families, shard_of
from .oracle import PlainLaw
from .oracle.households import households, shard
from .test_independent import calculated
from .test_oracle import FAMILIES, SOME, law_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cct_engine.database import Database
    from cct_engine.rulebook.compiler import Compiled

OUTLETS = ("household", "line", "verdict", "state")
_TYPES = {pa.int64(): "bigint", pa.int32(): "integer", pa.string(): "text", pa.date32(): "date"}


def driver_of(connection: Connection) -> Any:
    """Return the driver's own connection: statements hold colons, which SQLAlchemy would bind."""
    return connection.connection.driver_connection


def load(connection: Connection, shard: dict[str, pa.Table]) -> None:
    """Put a shard into temporary tables of the statement's names."""
    with driver_of(connection).cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        for name, table in shard.items():
            columns = ", ".join(f'"{f.name}" {_TYPES[f.type]}' for f in table.schema)
            cursor.execute(f"CREATE TEMP TABLE src_{name} ({columns})")
            with cursor.copy(f"COPY src_{name} FROM STDIN") as copy:
                for row in table.to_pylist():
                    copy.write_row(tuple(row.values()))


def rows_on_postgresql(
    connection: Connection, compiled: Compiled, tables: dict[str, pa.Table]
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each outlet, after a look at their types.

    Money is bigint: a sum of bigints would be numeric here and a double in Parquet.
    """
    load(connection, tables)
    found = {}
    with driver_of(connection).cursor() as cursor:
        for outlet in OUTLETS:
            cursor.execute(compiled.statement(outlet))
            kinds = {column.type_display for column in cursor.description}
            assert kinds <= {"int8", "int4", "text", "varchar", "bigint", "integer"}
            names = [column.name for column in cursor.description]
            found[outlet] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def sorted_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows in an order that no collation decides."""
    return sorted(rows, key=lambda row: str(sorted(row.items())))


@pytest.mark.parametrize(
    ("code", "month"),
    [
        ("bolsa_familia", "2025-09"),
        ("bolsa_familia", "2024-05"),
        ("dilli_annashree", "2013-02"),
    ],
)
def test_postgresql_and_duckdb_give_the_same_rows_and_types(
    database: Database, code: str, month: str
) -> None:
    rulebook = programme(code)
    shard = shard_of(rulebook, random_families(11, 150))
    expected = calculated(rulebook, shard, month)
    compiled = compile_cycle(rulebook, month=Month.parse(month))
    with database.transaction() as connection:
        found = rows_on_postgresql(connection, compiled, shard)
    for outlet in OUTLETS:
        assert sorted_rows(found[outlet]) == sorted_rows(expected[outlet])


@pytest.mark.parametrize(("name", "month"), FAMILIES if "CCT_TEST_ORACLE" in os.environ else SOME)
def test_every_law_gives_the_same_rows_and_types_on_both_engines(
    database: Database, name: str, month: str
) -> None:
    rulebook = law_of(name)
    drawn = households(
        PlainLaw(rulebook.text), rulebook.text, Month.parse(month).number, seed=7, count=40
    )
    tables = shard(rulebook, drawn)
    expected = calculated(rulebook, tables, month)
    compiled = compile_cycle(rulebook, month=Month.parse(month))
    with database.transaction() as connection:
        found = rows_on_postgresql(connection, compiled, tables)
    for outlet in OUTLETS:
        assert sorted_rows(found[outlet]) == sorted_rows(expected[outlet])
