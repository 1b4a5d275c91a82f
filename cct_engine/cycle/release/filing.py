"""Filing: which payments go into which file, and the files themselves.

Message ids and creation times are stored before anything is written, so that a killed release
writes the same bytes again. Planning reads no name and no account: it counts with the longest a
bank takes. Names and numbers are read file by file, for writing only, and that is an act.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from bank_adapters import plan_files, write_file
from cct_engine import failpoints, registry
from cct_engine.cycle.bank import bank_columns
from cct_engine.cycle.release.columns import copy_out
from cct_engine.cycle.release.drafting import Place
from reconciliation import FileOrder, allocate, register

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from bank_adapters import BankProfile, SealedFile
    from cct_engine.cycle.release.drafting import DayDrafted
    from cct_engine.database import Database
    from reconciliation import AllocatedFile

__all__ = ["Writing", "allocate_files", "write_and_register"]

_CHUNK: Final = 100_000
_LONGEST_ACCOUNT: Final = "X" * 34
_PLANNED: Final = pa.schema(
    [
        ("amount_minor", pa.int64()),
        ("end_to_end_id", pa.string()),
        ("instruction_text", pa.string()),
        ("uetr", pa.string()),
        ("kind", pa.string()),
        ("agent", pa.string()),
        ("short_reference", pa.string()),
    ]
)
_WRITTEN: Final = pa.schema(
    [
        ("account_id", pa.int64()),
        ("kind", pa.string()),
        ("agent", pa.string()),
        ("amount_minor", pa.int64()),
        ("end_to_end_id", pa.string()),
        ("instruction_text", pa.string()),
        ("uetr", pa.string()),
        ("short_reference", pa.string()),
    ]
)


class Writing(NamedTuple):
    """What writing a file needs besides its payments."""

    bank: BankProfile
    folder: Path
    remittance: str
    officer_id: int
    at: datetime


def allocate_files(
    connection: sa.Connection,
    order: FileOrder,
    drafted: DayDrafted,
    *,
    remittance: str,
    at: datetime,
) -> tuple[tuple[AllocatedFile, ...], tuple[Place, ...]]:
    """Cut the payments of a day into files by the bank's limits; return them and who is in which.

    Reads the temporary tables of the draft, so it belongs into the draft's transaction.
    """
    slices = plan_files(_planned(connection, order.bank, drafted, remittance), order.bank)
    files = allocate(connection, order, [part.expected for part in slices], at=at)
    places = tuple(
        Place(file.file_id, drafted.first_id + part.start, drafted.first_id + part.stop - 1)
        for file, part in zip(files, slices, strict=True)
    )
    return files, places


def _planned(
    connection: sa.Connection, bank: BankProfile, drafted: DayDrafted, remittance: str
) -> Iterator[pa.RecordBatch]:
    last = drafted.first_id + drafted.instruction_count - 1
    for start in range(drafted.first_id, last + 1, _CHUNK):
        rows = copy_out(
            connection,
            "SELECT d.amount_minor, r.end_to_end_id, r.instruction_text, r.uetr, d.kind, d.agent,"
            " lpad(instruction_id::text, 13, '0') "
            "FROM draft d JOIN draft_reference r USING (instruction_id) WHERE instruction_id "
            f"BETWEEN {start} AND {min(start + _CHUNK - 1, last)} ORDER BY instruction_id",
            _PLANNED,
        )
        longest = {
            "kind": rows["kind"],
            "number": pa.repeat(_LONGEST_ACCOUNT, rows.num_rows),
            "holder_name": pa.repeat("X" * bank.name_length_max, rows.num_rows),
            "agent": rows["agent"],
        }
        yield from _as_given(rows, pa.table(longest), bank, remittance).to_batches()


def write_and_register(database: Database, file: AllocatedFile, writing: Writing) -> SealedFile:
    """Write one allocated file, seal it and join it to the manifest; a repeat finds it sealed.

    Names and numbers are read in a transaction of their own, so that the act of reading them stands
    even when writing fails, and nobody waits for the disk.
    """
    with database.transaction() as connection:
        rows = copy_out(
            connection,
            f"""
            SELECT i.account_id, a.kind, a.agent, i.amount_minor, i.end_to_end_id,
                   i.instruction_text, i.uetr, k.reference
            FROM cycle.instruction i
            LEFT JOIN bank.short_reference k ON k.instruction_id = i.instruction_id
            CROSS JOIN LATERAL (SELECT kind, agent FROM registry.account
                                WHERE account_id = i.account_id ORDER BY known_from DESC LIMIT 1) a
            WHERE i.file_id = {int(file.file_id)} AND i.value_on = '{file.execution_on:%Y-%m-%d}'
            ORDER BY i.instruction_id
            """,
            _WRITTEN,
        )
        clear = _clear_accounts(connection, file, writing)
    place = pc.index_in(rows["account_id"].combine_chunks(), clear["account_id"].combine_chunks())
    found = clear.take(place)
    accounts = {
        "kind": rows["kind"],
        "number": found["number"],
        "holder_name": found["holder_name"],
        "agent": rows["agent"],
    }
    given = _as_given(rows, pa.table(accounts), writing.bank, writing.remittance)
    sealed = write_file(given, file.context(writing.bank), writing.folder, hit=failpoints.hit)
    with database.transaction() as connection:
        register(connection, sealed, at=writing.at)
        failpoints.hit("release.file.before_commit")
    failpoints.hit("release.file.after_commit")
    return sealed


def _clear_accounts(connection: sa.Connection, file: AllocatedFile, writing: Writing) -> pa.Table:
    paid = sa.table(
        "instruction",
        *(sa.column(name) for name in ("account_id", "file_id", "value_on")),
        schema="cycle",
    )
    accounts = sa.select(paid.c.account_id).where(
        paid.c.file_id == file.file_id, paid.c.value_on == file.execution_on
    )
    return pa.Table.from_batches(
        registry.clear_accounts(
            connection,
            accounts,
            at=writing.at,
            officer_id=writing.officer_id,
            purpose_code="payment",
        )
    )


def _as_given(rows: pa.Table, clear: pa.Table, bank: BankProfile, remittance: str) -> pa.Table:
    return bank_columns(
        clear,
        end_to_end_id=rows["end_to_end_id"],
        instruction_text=rows["instruction_text"],
        uetr=rows["uetr"],
        amount_minor=rows["amount_minor"],
        short_reference=rows["short_reference"],
        remittance=remittance,
        bank=bank,
    )
