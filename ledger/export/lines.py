"""What every export of the books has in common: streamed out of the database, whole or not at all.

The database writes the text; Python copies blocks and never sees a line. Memory does not grow with
the books.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ledger import schema
from ledger.rows import driver_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["Exponent", "amount_sql", "copied", "currencies", "decimal", "exponents_sql", "whole"]

if TYPE_CHECKING:
    Exponent = Callable[[str], int]
    """How many decimals a currency has."""


def currencies(connection: sa.Connection) -> list[str]:
    """Return the currencies of the books, in order."""
    column = schema.batch.c.currency
    return list(connection.execute(sa.select(column).distinct().order_by(column)).scalars())


def exponents_sql(connection: sa.Connection, exponent: Exponent) -> str:
    """Return a VALUES list of (currency, decimals) for a FROM clause."""
    rows = [f"('{code}', {exponent(code):d})" for code in currencies(connection) if code.isalpha()]
    return f"(VALUES {', '.join(rows) or _NONE}) AS known (currency, places)"


_NONE = "('', 0)"


def amount_sql(minor: str) -> str:
    """Return SQL that writes an unsigned amount in minor units as a plain decimal number."""
    return f"""CASE WHEN places = 0 THEN {minor}::text ELSE
        ({minor} / (10 ^ places)::bigint)::text || '.' ||
        lpad(({minor} % (10 ^ places)::bigint)::text, places, '0') END"""


def decimal(minor: int, places: int) -> str:
    """Write a signed amount as a plain decimal number."""
    whole, part = divmod(abs(minor), 10**places)
    text = f"{whole}.{part:0{places}d}" if places else str(whole)
    return f"-{text}" if minor < 0 else text


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears under its name only when all of it is written.

    Raises ``FileExistsError`` when there is one: an export is never overwritten.
    """
    if path.exists():
        raise FileExistsError(17, "An export is never overwritten; name another file", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".{path.name}.part")
    try:
        with making.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        making.rename(path)
    finally:
        making.unlink(missing_ok=True)


def copied(connection: sa.Connection, statement: str) -> Iterator[Any]:
    """Yield what a COPY … TO STDOUT gives, block by block."""
    with driver_of(connection).cursor() as cursor, cursor.copy(statement) as copy:
        yield from copy
