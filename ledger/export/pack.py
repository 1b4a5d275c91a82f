"""Writing the audit pack: every table as CSV, in a declared order, streamed by the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.export import check
from ledger.rows import driver_of

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["write_pack"]

_INSTANT = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS {0}"""
_TABLES = {
    "account": """
        SELECT account, name, class, normal_side, guard, subsidiary, book
        FROM ledger.account ORDER BY account""",
    "template": """
        SELECT event, name, debit, credit, slot, array_to_string(follows, ' ') AS follows, mirror_of
        FROM ledger.template ORDER BY event""",
    "fiscal_period": f"""
        SELECT period_id, opens_on, closes_on, opened_by, {_INSTANT.format("opened_at")}, digest,
               closed_by, {_INSTANT.format("closed_at")}, closed_head, closed_digest
        FROM ledger.fiscal_period ORDER BY period_id""",
    "batch": f"""
        SELECT batch_id, event, programme_id, fund_id, cycle_id, conduit, value_on, period_id,
               currency, key, reverses, prepared_by, approved_by,
               {_INSTANT.format("recorded_at")}
        FROM ledger.batch ORDER BY batch_id""",
    "seal": """
        SELECT position, batch_id, line_count, total_minor, merkle_root, previous_digest, digest
        FROM ledger.seal ORDER BY position""",
    "journal": """
        SELECT batch_id, subject_id, seq, amount_minor, reference, cycle_id, event, slot
        FROM ledger.journal{which} ORDER BY batch_id, subject_id, seq""",
    "anchor": """
        SELECT anchored_on, position, digest, signature, published_to, previous, anchor_digest
        FROM ledger.anchor ORDER BY anchored_on""",
}


def write_pack(
    connection: sa.Connection, folder: Path, *, cycle_id: int | None = None
) -> tuple[Path, ...]:
    """Write the audit pack into ``folder``, which is made and must not hold one already.

    With ``cycle_id`` the journal holds that cycle's lines alone, as ``scope.csv`` says; headers and
    seals are all there, so that the chain can be followed. Call in a REPEATABLE READ transaction
    if others may post meanwhile, so that all files show one moment. The same ledger gives the same
    bytes. Raises ``FileExistsError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    which = "" if cycle_id is None else f" WHERE cycle_id = {cycle_id:d}"
    selects = _TABLES | {
        "journal": _TABLES["journal"].format(which=which),
        "scope": f"SELECT '{'all' if cycle_id is None else cycle_id}' AS cycle_id",
    }
    written = [_write_table(connection, folder, *item) for item in selects.items()]
    checker = folder / "check.py"
    with checker.open("xb") as file:
        file.write(Path(check.__file__).read_bytes())
    return (*written, checker)


def _write_table(connection: sa.Connection, folder: Path, table: str, select: str) -> Path:
    path = folder / f"{table}.csv"
    statement = f"COPY ({select}) TO STDOUT (FORMAT CSV, HEADER, ENCODING 'UTF8')"
    with (
        path.open("xb") as file,
        driver_of(connection).cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for chunk in copy:
            file.write(chunk)
    return path
