"""Between tables and Arrow columns, by COPY inside the caller's transaction."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pcsv

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["copy_in", "copy_out"]


def copy_out(connection: sa.Connection, select: str, schema: pa.Schema) -> pa.Table:
    """Return the rows of a select (no parameters) as columns of a schema; holds them in memory."""
    content = io.BytesIO()
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f"COPY ({select}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            content.write(block)
    if not content.tell():
        return schema.empty_table()
    return pcsv.read_csv(
        pa.BufferReader(content.getbuffer()),
        read_options=pcsv.ReadOptions(column_names=schema.names, use_threads=False),
        parse_options=pcsv.ParseOptions(newlines_in_values=True),
        convert_options=pcsv.ConvertOptions(
            column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    ).cast(schema)


def copy_in(connection: sa.Connection, table: str, rows: pa.Table) -> None:
    """Append rows to a table whose columns have the names of the rows' columns.

    Chunks are joined first: pyarrow 26 writes a buffer of zeros before a table whose first chunk
    is empty.
    """
    content = io.BytesIO()
    pcsv.write_csv(rows.combine_chunks(), content, pcsv.WriteOptions(include_header=False))
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {table} ({', '.join(rows.column_names)}) FROM STDIN (FORMAT csv)"
    with driver.cursor().copy(statement) as copy:
        copy.write(content.getvalue())
