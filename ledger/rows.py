"""Lines on their way into the database, and back out as what is hashed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from ledger.digest import LEAF_LINES
from ledger.errors import BadLines
from ledger.lines import LINE, Lines

if TYPE_CHECKING:
    import psycopg

__all__ = ["PACKED_LINE", "copy_lines", "driver_of", "leaves_of_select", "lines_of_select"]

_COPY = """
COPY {table} (subject_id, amount_minor, reference, batch_id, cycle_id, seq, event, slot)
FROM STDIN (FORMAT BINARY)
"""
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"
_FIELDS = {
    "subject": ">i8",
    "amount_minor": ">i8",
    "reference": ">i8",
    "batch_id": ">i4",
    "cycle_id": ">i4",
    "seq": ">i4",
    "event": ">i2",
    "slot": ">i2",
}
# A row of COPY's binary format: the number of fields, then each one's size and value.
_COPY_ROW = np.dtype(
    [("fields", ">i2")]
    + [item for name, kind in _FIELDS.items() for item in ((f"{name}_size", ">i4"), (name, kind))]
)
_CHUNK_LINES = 32_768
_STRETCH_BITS = 20  # subjects whose lines come in one piece, of 1 GB at most

# The 28 bytes of a line, written by PostgreSQL.
PACKED_LINE = (
    "int8send(subject_id) || int4send(seq) || int8send(amount_minor) || int8send(reference)"
)


def driver_of(connection: sa.Connection) -> psycopg.Connection[Any]:
    """Return the psycopg connection under a SQLAlchemy one, inside the same transaction."""
    driver: psycopg.Connection[Any] | None = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("The connection is closed; posting needs an open one.")
    return driver


def copy_lines(
    connection: sa.Connection,
    lines: Lines,
    *,
    batch_id: int,
    cycle_id: int,
    event: int,
    slot: int,
    table: str = "ledger.journal",
) -> None:
    """Write lines into the journal, in order, in PostgreSQL's binary COPY format.

    Another ``table`` of the same columns is for measuring what the journal's rules cost.
    """
    header = {"batch_id": batch_id, "cycle_id": cycle_id, "event": event, "slot": slot}
    rows = np.empty(min(_CHUNK_LINES, len(lines)), _COPY_ROW)
    rows["fields"] = len(_FIELDS)
    for name, kind in _FIELDS.items():
        rows[f"{name}_size"] = np.dtype(kind).itemsize
    for name, value in header.items():
        rows[name] = value
    with driver_of(connection).cursor() as cursor, cursor.copy(_COPY.format(table=table)) as copy:
        copy.write(_COPY_HEADER)
        for start in range(0, len(lines), _CHUNK_LINES):
            chunk = slice(start, start + _CHUNK_LINES)
            rows = rows[: len(lines) - start]
            for name in ("subject", "amount_minor", "reference", "seq"):
                rows[name] = getattr(lines, name)[chunk]
            copy.write(rows.tobytes())
        copy.write(_COPY_TRAILER)


def lines_of_select(connection: sa.Connection, select: sa.Select[Any]) -> Lines:
    """Fetch the lines (subject, seq, amount, reference) a select yields, in any order.

    Raises ``BadLines`` for a null (a reference may be one), an amount that is not positive, and a
    line that comes twice.
    """
    subject, seq, amount, reference = (line := select.subquery("line")).c
    packed = _packed(subject, seq, amount, sa.func.coalesce(reference, 0))
    stretch = sa.cast(subject, sa.BigInteger).op(">>")(sa.literal(_STRETCH_BITS, sa.Integer))
    stretches = connection.execute(
        sa.select(sa.func.count(), sa.func.string_agg(packed, sa.literal(b"", sa.LargeBinary)))
        .select_from(line)
        .group_by(stretch)
    ).all()
    sent = b"".join(stretch for _, stretch in stretches if stretch is not None)
    if len(sent) != LINE.itemsize * sum(count for count, _ in stretches):
        raise BadLines("A line holds a null: every line has a subject, a seq and an amount.")
    records = np.frombuffer(sent, LINE)
    return Lines.of(**{name: records[name] for name in LINE.names or ()})


def _packed(*line: sa.ColumnElement[Any]) -> sa.ColumnElement[bytes]:
    """Subject, seq, amount and reference as the 28 bytes that are hashed, by PostgreSQL."""
    sent: sa.ColumnElement[bytes] = sa.literal(b"", sa.LargeBinary)
    for name, column in zip(LINE.names or (), line, strict=True):
        wide = LINE[name] == LINE["subject"]
        whole = sa.cast(column, sa.BigInteger if wide else sa.Integer)
        sent = sent.op("||")((sa.func.int8send if wide else sa.func.int4send)(whole))
    return sent


def leaves_of_select(connection: sa.Connection, lines: sa.Select[Any]) -> list[bytes]:
    """Return the leaves of the lines a select yields, in order.

    They are hashed where the lines are; 32 bytes for each 1,024 lines come back.
    """
    subject, seq, amount, reference = (line := lines.subquery("line")).c
    rank = sa.func.row_number().over(order_by=(subject, seq))
    numbered = sa.select(line, ((rank - 1) // LEAF_LINES).label("leaf")).subquery("numbered")
    subject, seq, amount, reference, leaf = numbered.c
    packed = _packed(subject, seq, amount, reference)
    in_order = aggregate_order_by(sa.literal(b"", sa.LargeBinary), subject, seq)
    leaves = connection.execute(
        sa.select(
            sa.func.sha256(
                sa.literal(b"\x00", sa.LargeBinary).op("||")(sa.func.string_agg(packed, in_order)),
                type_=sa.LargeBinary,
            ),
        )
        .group_by(leaf)
        .order_by(leaf)
    ).scalars()
    return [bytes(leaf) for leaf in leaves]
