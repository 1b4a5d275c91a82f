"""Freezing: the rows a cycle is calculated from, copied out and sealed shard by shard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from structlog import get_logger

from cct_engine import failpoints
from cct_engine.entitlement import recorded
from cct_engine.entitlement.copy_out import bound, checked, copy_table, write_parquet
from cct_engine.entitlement.errors import SchemaDrift
from cct_engine.entitlement.manifest import FileSeal, Shard, ShardRange, shard_file
from cct_engine.entitlement.sealing import seal_file, seal_manifest, seal_shards
from cct_engine.entitlement.snapshot import Snapshot
from cct_engine.rulebook import shard_schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pyarrow as pa
    import sqlalchemy as sa

    from cct_engine.entitlement.pins import CyclePins
    from cct_engine.rulebook import Rulebook

__all__ = ["freeze"]

_FORMAT = 1
_ID_MAX = 2**63 - 1


def freeze(
    connection: sa.Connection,
    pins: CyclePins,
    folder: Path,
    *,
    rulebook: Rulebook,
    selects: Mapping[str, str],
    shard_households: int,
    hit: Callable[[str], None] = failpoints.hit,
) -> Snapshot:
    """Freeze the inputs of a cycle into ``folder``; a killed freeze goes on where it stopped.

    ``selects`` are the registry's and compliance's selects per shard table, restricted by
    ``:first`` and ``:last``; those of state, balance and history are this package's own, and a
    ``balance`` among ``selects`` adds money that a correction opened (arrears, recoverable). Run in
    a REPEATABLE READ transaction, so that all shards see one database. Needs the memory of one
    shard. Raises EarlierCycleOpen, SchemaDrift, FolderTaken.
    """
    schemas = shard_schemas(rulebook)
    cycles = recorded.earlier_cycles(connection, pins)
    own = recorded.selects(
        cycles,
        rulebook.history_components(),
        programme_id=pins.programme_id,
        cycle_id=pins.cycle_id,
    )
    queries = _joined(selects, own)
    _check_tables(queries, schemas)
    for table, schema in schemas.items():
        checked(connection, table, queries[table], schema)

    def write_table(table: str, households: ShardRange) -> FileSeal:
        query = _ordered(queries[table], schemas[table], households)
        rows = copy_table(connection, table, query, schemas[table])
        name = shard_file(table, households.number)
        return seal_file(folder, name, lambda path: write_parquet(rows, path))

    def write(households: ShardRange) -> tuple[FileSeal, ...]:
        return tuple(write_table(table, households) for table in schemas)

    def after(_shard: Shard, made: bool) -> None:  # noqa: FBT001 - the shape seal_shards calls
        if made:
            hit("freeze.after_shard")

    header = _header(pins, shard_households, schemas)
    made_from = header | {"selects": dict(sorted(selects.items()))}
    ranges = _ranges(connection, queries["household"], shard_households)
    shards = seal_shards(folder, ranges, made_from, write=write, after=after)
    snapshot = Snapshot(folder, seal_manifest(folder, header, shards))
    get_logger().info(
        "freeze.sealed",
        cycle=pins.code,
        shards=len(shards),
        households=snapshot.household_count,
        digest=snapshot.digest,
    )
    return snapshot


def _joined(given: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return one select per table; a table that both have holds the rows of both."""
    both = {
        table: f"SELECT * FROM ({given[table]}) AS g UNION ALL SELECT * FROM ({own[table]}) AS o"
        for table in given.keys() & own.keys()
    }
    return {**given, **own, **both}


def _check_tables(queries: Mapping[str, str], schemas: Mapping[str, pa.Schema]) -> None:
    missing = sorted(schemas.keys() - queries.keys())
    if missing:
        raise SchemaDrift(
            f"No select was given for shard table {missing[0]}; the statement reads it. "
            f"Given: {', '.join(sorted(queries))}."
        )


def _header(
    pins: CyclePins, shard_households: int, schemas: Mapping[str, pa.Schema]
) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "pins": pins.as_dict(),
        "shard_households": shard_households,
        "columns": {
            table: [[field.name, str(field.type)] for field in schema]
            for table, schema in schemas.items()
        },
    }


def _ranges(
    connection: sa.Connection, household_select: str, shard_households: int
) -> tuple[ShardRange, ...]:
    """Cut the households into ranges of ids with ``shard_households`` households each."""
    everyone = bound(household_select, first=0, last=_ID_MAX)
    rows = connection.exec_driver_sql(
        "SELECT shard, min(household_id), max(household_id), count(*) FROM ("
        f"SELECT household_id, (row_number() OVER (ORDER BY household_id) - 1) / {shard_households}"
        f" + 1 AS shard FROM ({everyone}) AS households) AS placed GROUP BY shard ORDER BY shard",
        execution_options={"no_parameters": True},
    )
    return tuple(ShardRange(*row) for row in rows)


def _ordered(select: str, schema: pa.Schema, households: ShardRange) -> str:
    """Return the query of one shard, sorted by everything: rows that tie must not swap places."""
    columns = ", ".join(f'"{name}"' for name in schema.names)
    query = bound(select, first=households.first, last=households.last)
    return f"SELECT {columns} FROM ({query}) AS rows ORDER BY {columns}"
