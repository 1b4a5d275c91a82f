"""Rows out of PostgreSQL into Arrow columns of agreed types, and from there into Parquet.

A select is checked before it runs: its columns must be those of the schema, in their order, and of
types that hold the same values. No float and no numeric ever enters.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from cct_engine.entitlement.errors import SchemaDrift

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg
    import sqlalchemy as sa

__all__ = ["bound", "checked", "copy_table", "driver", "write_parquet"]

_ROW_GROUP = 32_768  # small enough that one household is found without reading a shard

# PostgreSQL's type names by what Arrow may hold them. An int8 never narrows: pyarrow refuses
# a value that does not fit, naming the column.
_FITS: dict[pa.DataType, frozenset[str]] = {
    pa.int64(): frozenset({"int2", "int4", "int8"}),
    pa.int32(): frozenset({"int2", "int4", "int8"}),
    pa.date32(): frozenset({"date"}),
    pa.string(): frozenset({"text", "varchar", "bpchar"}),
}


def driver(connection: sa.Connection) -> psycopg.Connection[Any]:
    """Return the psycopg connection of this transaction, for COPY."""
    found = connection.connection.driver_connection
    if found is None:
        raise RuntimeError("The connection is closed; COPY needs the open one of the transaction.")
    return found  # type: ignore[no-any-return]  # SQLAlchemy types the driver's connection as Any


def bound(select: str, **values: int) -> str:
    """Write integers in place of ``:names``: COPY takes no parameters."""
    for name, value in values.items():
        select = re.sub(rf"(?<!:):{name}\b", str(int(value)), select)
    return select


def checked(connection: sa.Connection, table: str, select: str, schema: pa.Schema) -> None:
    """Ask PostgreSQL what the select gives; raise SchemaDrift naming the first wrong column."""
    session = driver(connection)
    query = f"SELECT * FROM ({bound(select, first=0, last=0)}) AS described LIMIT 0"
    columns = session.execute(query).description or []
    given = [column.name for column in columns]
    if given != schema.names:
        wrong = next(
            (
                (name or "nothing", wanted or "nothing")
                for name, wanted in _side_by_side(given, schema.names)
                if name != wanted
            )
        )
        raise SchemaDrift(
            f"The select of shard table {table} gives column {wrong[0]} where {wrong[1]} is "
            f"agreed. A statement reading it would calculate with the wrong column. Agreed: "
            f"{', '.join(schema.names)}."
        )
    for column, field in zip(columns, schema, strict=True):
        type_name = session.adapters.types.get(column.type_code)
        name = type_name.name if type_name else str(column.type_code)
        if name not in _FITS.get(field.type, frozenset()):
            raise SchemaDrift(
                f"Column {column.name} of shard table {table} is {name} in the select and "
                f"{field.type} in the agreed schema. Cast it in the select; a float or a numeric "
                "may not carry money."
            )


def copy_table(connection: sa.Connection, table: str, query: str, schema: pa.Schema) -> pa.Table:
    """Run a query whose columns were ``checked`` and return its rows, sorted as it sorts them.

    Holds the rows of this one query in memory. Raises SchemaDrift when a value does not fit its
    column, a required one is null, or the rows are not sorted by household.
    """
    content = io.BytesIO()
    with driver(connection).cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            content.write(block)
    rows = _parsed(table, content, schema)
    households = rows.column("household_id")
    if len(households) > 1:
        ordered = pc.all(pc.less_equal(households[:-1], households[1:])).as_py()
        if not ordered:
            raise SchemaDrift(f"The rows of shard table {table} are not sorted by household_id.")
    return rows


def write_parquet(rows: pa.Table, path: Path) -> int:
    """Write rows so that the same rows give the same bytes; return how many there are."""
    pq.write_table(
        rows,
        path,
        version="2.6",
        compression="zstd",
        compression_level=3,
        row_group_size=_ROW_GROUP,
        store_schema=False,
        write_statistics=True,
    )
    return int(rows.num_rows)


def _side_by_side(given: list[str], wanted: list[str]) -> list[tuple[str, str]]:
    longest = max(len(given), len(wanted))
    return list(
        zip(
            given + [""] * (longest - len(given)),
            wanted + [""] * (longest - len(wanted)),
            strict=True,
        )
    )


def _parsed(table: str, content: io.BytesIO, schema: pa.Schema) -> pa.Table:
    if not content.tell():
        return schema.empty_table()
    try:
        rows = pcsv.read_csv(
            pa.BufferReader(content.getbuffer()),
            read_options=pcsv.ReadOptions(column_names=schema.names, use_threads=False),
            parse_options=pcsv.ParseOptions(newlines_in_values=True),
            convert_options=pcsv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        place = str(error).partition(":")[0]  # the rest shows the value
        raise SchemaDrift(
            f"A value of shard table {table} does not fit its column ({place}; columns count from "
            f"0 of: {', '.join(schema.names)})."
        ) from None
    for field in schema:
        if not field.nullable and rows.column(field.name).null_count:
            raise SchemaDrift(
                f"Column {field.name} of shard table {table} has rows without a value; it may not. "
                "Correct the select, or the rows it reads."
            )
    return rows.cast(schema)
