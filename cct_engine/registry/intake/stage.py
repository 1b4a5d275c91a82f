"""The stage: temporary tables of one file's rows, and COPY into them.

``pg_temp.stage`` holds the good rows, ``pg_temp.rejection`` what is wrong with the others (no
column name: the row as a whole),
``pg_temp.written`` the numbers of rows that changed something, ``pg_temp.set_aside`` what the
rejected rows are about (the kind's first field). They live until the transaction ends.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pcsv
import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import psycopg

    from cct_engine.registry.intake.check import StageColumn
    from cct_engine.registry.intake.fields import RowRule

__all__ = [
    "copy_in",
    "counted",
    "driver",
    "drop_rejected",
    "make_stage",
    "name_columns",
    "number_new",
    "refresh_statistics",
    "reject",
    "scalar",
    "set_aside",
    "settle_doubles",
    "work_table",
    "write_new",
]


def driver(connection: sa.Connection) -> psycopg.Connection[Any]:
    """Return the psycopg connection of this transaction, for COPY."""
    found = connection.connection.driver_connection
    if found is None:
        raise RuntimeError("The connection is closed; COPY needs the open one of the transaction.")
    return found  # type: ignore[no-any-return]  # SQLAlchemy types the driver's connection as Any


def make_stage(connection: sa.Connection, columns: Iterable[StageColumn]) -> None:
    """Make the stage anew."""
    fields = ", ".join(f"{column.field.name} {column.field.type.sql}" for column in columns)
    tables = {
        "stage": f"row_number integer NOT NULL, {fields}",
        "rejection": "row_number integer NOT NULL, column_name text, rule text NOT NULL,"
        " value text, other_row integer",
        "written": "row_number integer NOT NULL",
        "set_aside": "reference text",
    }
    for name, columns_of_table in tables.items():
        connection.execute(sa.text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
        connection.execute(sa.text(f"CREATE TEMP TABLE {name} ({columns_of_table}) ON COMMIT DROP"))


def copy_in(connection: sa.Connection, table: str, batches: Iterable[pa.Table]) -> None:
    """Add rows to a temporary table, columns by their names; an empty text is null there.

    One COPY for all batches: the server reads one while the next is made.
    """
    stream = iter(batches)
    first = next(stream, None)
    if first is None:
        return
    names = ", ".join(first.column_names)
    with (
        driver(connection).cursor() as cursor,
        cursor.copy(f"COPY pg_temp.{table} ({names}) FROM STDIN (FORMAT csv)") as copy,
    ):
        for rows in chain([first], stream):
            if rows.num_rows:
                copy.write(memoryview(_as_csv(rows.combine_chunks())))


def _as_csv(rows: pa.Table) -> pa.Buffer:
    """Write rows as CSV, unquoted where no cell needs quotes: PostgreSQL reads that faster.

    The caller has combined the chunks: pyarrow 26 writes freed memory for an empty first chunk.
    """
    for style in ("none", "needed"):
        content = pa.BufferOutputStream()
        try:
            pcsv.write_csv(
                rows, content, pcsv.WriteOptions(include_header=False, quoting_style=style)
            )
        except pa.ArrowInvalid:
            if style == "needed":
                raise
            continue
        return content.getvalue()
    raise AssertionError("Every table can be written with quotes.")


def work_table(
    connection: sa.Connection,
    name: str,
    select: str,
    parameters: Mapping[str, object] | None = None,
) -> None:
    """Make a temporary table from a select, in place of one of the same name."""
    connection.execute(sa.text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
    connection.execute(
        sa.text(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {select}"), dict(parameters or {})
    )
    connection.execute(sa.text(f"ANALYZE pg_temp.{name}"))


def scalar(connection: sa.Connection, statement: str, **parameters: object) -> int:
    """Return the one integer a statement gives."""
    return int(connection.execute(sa.text(statement), parameters).scalar_one())


def reject(
    connection: sa.Connection,
    table: str,
    rules: Sequence[RowRule],
    parameters: Mapping[str, object] | None = None,
    *,
    other_row: str = "NULL",
) -> None:
    """Reject the rows of a temporary table that break a rule; one row may break several."""
    if not rules:
        return
    broken = " OR ".join(f"({rule.broken})" for rule in rules)
    told = ", ".join(f"('{rule.field}', '{rule.rule}', {rule.broken})" for rule in rules)
    connection.execute(
        sa.text(f"""
            INSERT INTO pg_temp.rejection (row_number, column_name, rule, other_row)
            SELECT row_number, told.field, told.rule, {other_row}
            FROM pg_temp.{table}, LATERAL (VALUES {told}) AS told (field, rule, broken)
            WHERE ({broken}) AND told.broken"""),
        dict(parameters or {}),
    )


def name_columns(connection: sa.Connection, columns: Mapping[str, str]) -> None:
    """Put the file's column names for our fields, once all rows are rejected that have to be."""
    connection.execute(
        sa.text("""
            UPDATE pg_temp.rejection r SET column_name = c.name
            FROM unnest(CAST(:fields AS text[]), CAST(:names AS text[])) AS c (field, name)
            WHERE r.column_name = c.field AND c.name <> c.field"""),
        {"fields": list(columns), "names": list(columns.values())},
    )


def set_aside(connection: sa.Connection, table: str, field: str) -> None:
    """Keep what the rejected rows of a temporary table are about, before they are dropped."""
    connection.execute(
        sa.text(
            f"INSERT INTO pg_temp.set_aside SELECT t.{field} FROM pg_temp.{table} t"
            " JOIN (SELECT DISTINCT row_number FROM pg_temp.rejection) r USING (row_number)"
        )
    )


def drop_rejected(connection: sa.Connection, table: str) -> None:
    """Take the rejected rows out of a temporary table."""
    connection.execute(
        sa.text(
            f"DELETE FROM pg_temp.{table} t USING (SELECT DISTINCT row_number FROM "
            "pg_temp.rejection) r WHERE r.row_number = t.row_number"
        )
    )


def settle_doubles(
    connection: sa.Connection,
    table: str,
    *,
    key: Sequence[str],
    values: Sequence[str],
    field: str,
    last_wins: bool,
) -> int:
    """Leave one row per key in a temporary table; return how many rows only repeated another.

    Rows that say the same are one, the first. Rows that say different things are all rejected, each
    naming another, or the last one stands and the others count as repeated. No key is null. The
    first column of the key is looked at alone before the others: it is nearly unique, and sorting
    it costs half of hashing it.
    """
    keys = ", ".join(key)
    same_key = " AND ".join(f"d.{name} = t.{name}" for name in key)
    said = f"CAST(ROW({', '.join(f't.{name}' for name in values)}) AS text)"
    work_table(
        connection,
        "doubled",
        f"""
        SELECT {", ".join(f"d.{name}" for name in key)}, d.first_row, d.last_row,
               min({said}) <> max({said}) AS conflict
        FROM (SELECT {keys}, min(row_number) AS first_row, max(row_number) AS last_row
              FROM pg_temp.{table} WHERE {key[0]} IN (
                  SELECT {key[0]} FROM (SELECT {key[0]},
                      lag({key[0]}) OVER (ORDER BY {key[0]}) AS before
                                        FROM pg_temp.{table}) s WHERE before = {key[0]})
              GROUP BY {keys} HAVING count(*) > 1) d
        JOIN pg_temp.{table} t ON {same_key}
        GROUP BY {", ".join(f"d.{name}" for name in key)}, d.first_row, d.last_row""",
    )
    if not scalar(connection, "SELECT count(*) FROM pg_temp.doubled"):
        return 0
    if not last_wins:
        connection.execute(
            sa.text(f"""
                INSERT INTO pg_temp.rejection (row_number, column_name, rule, other_row)
                SELECT t.row_number, :field, 'conflict',
                       CASE t.row_number WHEN d.first_row THEN d.last_row ELSE d.first_row END
                FROM pg_temp.{table} t JOIN pg_temp.doubled d ON {same_key} WHERE d.conflict"""),
            {"field": field},
        )
        drop_rejected(connection, table)
    kept = "d.last_row" if last_wins else "d.first_row"
    return connection.execute(
        sa.text(
            f"DELETE FROM pg_temp.{table} t USING pg_temp.doubled d"
            f" WHERE {same_key} AND t.row_number <> {kept}"
        )
    ).rowcount


def number_new(
    connection: sa.Connection, name: str, rows: str, *, key: str, identifier: str, table: str
) -> None:
    """Make ``pg_temp.<name>`` from ``pg_temp.<rows>``, with new ids where ``identifier`` is null.

    The rows have ``row_number``, ``key`` (how the sender names the thing) and ``identifier`` (our
    id, null if it is new). New things get the next ids after the highest in ``table``, in the
    order in which the file first names them; ``is_new`` marks one row of each. The registry's
    writer lock makes the highest id safe to read.
    """
    work_table(
        connection,
        "new_thing",
        f"""
        SELECT {key}, min(row_number) AS first_row, CAST(
                   (SELECT coalesce(max({identifier}), 0) FROM {table})
                   + row_number() OVER (ORDER BY min(row_number)) AS bigint) AS {identifier}
        FROM pg_temp.{rows} WHERE {identifier} IS NULL GROUP BY {key}""",
    )
    columns = connection.execute(sa.text(f"SELECT * FROM pg_temp.{rows} LIMIT 0")).keys()
    others = ", ".join(f"r.{column}" for column in columns if column != identifier)
    work_table(
        connection,
        name,
        f"""
        SELECT {others}, coalesce(r.{identifier}, n.{identifier}) AS {identifier},
               coalesce(n.first_row = r.row_number, false) AS is_new
        FROM pg_temp.{rows} r LEFT JOIN pg_temp.new_thing n USING ({key})""",
    )


def write_new(connection: sa.Connection, thing: str, bound: Mapping[str, object]) -> None:
    """Make ``pg_temp.kept`` of ``pg_temp.resolved``; write who is new, with the sender's name.

    The thing is 'household' or 'person'; ``bound`` has ``known_at``, ``act_id`` and ``issued_by``.
    """
    identifier, table = f"{thing}_id", f"registry.{thing}"
    number_new(connection, "kept", "resolved", key=thing, identifier=identifier, table=table)
    connection.execute(
        sa.text(f"""
            INSERT INTO {table} ({identifier}, created_at, act_id)
            SELECT {identifier}, :known_at, :act_id FROM pg_temp.kept WHERE is_new
            ORDER BY {identifier}"""),
        bound,
    )
    connection.execute(
        sa.text(f"""
            INSERT INTO {table}_reference (issued_by, reference, {identifier}, act_id)
            SELECT :issued_by, {thing}, {identifier}, :act_id FROM pg_temp.kept WHERE is_new
            ORDER BY {thing}"""),
        bound,
    )


def refresh_statistics(connection: sa.Connection, tables: Sequence[str]) -> None:
    """Let the planner know what a large file has made of the tables it wrote to."""
    connection.execute(
        sa.text("SELECT registry.refresh_statistics(CAST(:tables AS text[]))"),
        {"tables": list(tables)},
    )


def counted(connection: sa.Connection, table: str) -> tuple[int, int]:
    """Return how many rows of a temporary table wrote something, and how many said nothing new."""
    rows = scalar(connection, f"SELECT count(*) FROM pg_temp.{table}")
    wrote = scalar(connection, "SELECT count(DISTINCT row_number) FROM pg_temp.written")
    return wrote, rows - wrote
