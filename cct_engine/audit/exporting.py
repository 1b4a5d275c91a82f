"""Rows out of the database into files, streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg
    import sqlalchemy as sa

__all__ = ["copy_csv", "copy_text"]


def copy_csv(connection: sa.Connection, statement: str, path: Path) -> None:
    """Write a query's rows as CSV with a header line."""
    _copy(connection, f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')", path)


def copy_text(connection: sa.Connection, statement: str, path: Path, *, more: bool = False) -> None:
    """Write a query's rows in the text format of COPY; ``more`` adds to the file."""
    _copy(
        connection,
        f"COPY ({statement}) TO STDOUT (ENCODING 'UTF8')",
        path,
        mode="ab" if more else "xb",
    )


def _copy(connection: sa.Connection, statement: str, path: Path, mode: str = "xb") -> None:
    driver = cast("psycopg.Connection[object]", connection.connection.driver_connection)
    with path.open(mode) as file, driver.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            file.write(block)
