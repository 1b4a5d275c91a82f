"""Files to the bank: everything that makes one is stored before it is written.

allocated → sealed here, sealed → sent in ``delivery``. Message ids, creation times and control sums
are rows before there is a file, so a killed release writes the same bytes again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bank_adapters import BankProfile, Expected, FileContext, SealedFile, message_id
from reconciliation import locks, manifest, schema
from reconciliation.errors import FileConflict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

__all__ = [
    "AllocatedFile",
    "FileOrder",
    "allocate",
    "move_instructions",
    "next_id",
    "refer_shortly",
    "register",
]

_FILE = schema.file


@dataclass(frozen=True, slots=True)
class FileOrder:
    """What a set of files pays, and through which bank.

    ``batch_key`` names it: allocating the same key again gives the same files. ``programme_id`` and
    ``fund_id`` say whose money the debited account holds; ``cycle_id`` is the cycle that releases.
    """

    batch_key: str
    bank: BankProfile
    programme_id: int
    fund_id: int
    cycle_id: int
    execution_on: date


@dataclass(frozen=True, slots=True)
class AllocatedFile:
    """A file whose identity is stored. ``number`` counts from 1 within its order."""

    file_id: int
    number: int
    sequence: int
    message_id: str
    payment_information_id: str
    created_at: datetime
    execution_on: date
    count: int
    total_minor: int
    state: str

    def context(self, bank: BankProfile) -> FileContext:
        """Return what the writer needs: the same for every rendering of this file."""
        return FileContext(
            message_id=self.message_id,
            created_at=self.created_at,
            execution_on=self.execution_on,
            profile=bank,
            sequence=self.sequence,
            expected=Expected(count=self.count, total_minor=self.total_minor),
        )


def allocate(
    connection: sa.Connection, order: FileOrder, slices: Sequence[Expected], *, at: datetime
) -> tuple[AllocatedFile, ...]:
    """Store message ids and creation time of the files of an order, before any is written.

    ``slices``: count and sum of each file, as ``plan_files`` cut them (``slice.expected``).

    A repeat returns what was stored, so that a killed release renders the same bytes. Raises
    ``FileConflict`` if the order was allocated with other slices.
    """
    locks.files(connection)
    found = _allocated(connection, order.batch_key)
    if found:
        if [(file.count, file.total_minor) for file in found] != [
            (part.count, part.total_minor) for part in slices
        ]:
            raise FileConflict(
                f"Order {order.batch_key!r} was allocated before as {len(found)} files with other "
                f"counts or sums than the {len(slices)} asked for now. Its message ids are taken: "
                "pay what it was allocated for, or use a new order."
            )
        return found
    file_id = next_id(connection, _FILE.c.file_id)
    sequence = _next_sequence(connection, order)
    same = _same_for_all(order, _store_profile(connection, order, at), at)
    rows = [
        {
            **same,
            **_references(order, sequence + number),
            "file_id": file_id + number,
            "number": number + 1,
            "instruction_count": part.count,
            "total_minor": part.total_minor,
        }
        for number, part in enumerate(slices)
    ]
    if rows:
        connection.execute(sa.insert(_FILE), rows)
    return _allocated(connection, order.batch_key)


def _same_for_all(order: FileOrder, digest: str, at: datetime) -> dict[str, object]:
    return {
        "batch_key": order.batch_key,
        "profile_code": order.bank.code,
        "profile_digest": digest,
        "programme_id": order.programme_id,
        "fund_id": order.fund_id,
        "cycle_id": order.cycle_id,
        "created_at": at,
        "execution_on": order.execution_on,
        "debtor_account": order.bank.debtor.account,
        "currency": order.bank.currency,
        "state": "allocated",
    }


def _references(order: FileOrder, sequence: int) -> dict[str, object]:
    """One payment group a file, so that PmtInfId names the file as well (as the writer sets it)."""
    reference = message_id(order.bank.code, execution_on=order.execution_on, sequence=sequence)
    return {
        "message_id": reference,
        "payment_information_id": f"{reference}-1",
        "sequence": sequence,
    }


def _allocated(connection: sa.Connection, batch_key: str) -> tuple[AllocatedFile, ...]:
    rows: sa.CursorResult[Any] = connection.execute(
        sa.select(
            _FILE.c.file_id,
            _FILE.c.number,
            _FILE.c.sequence,
            _FILE.c.message_id,
            _FILE.c.payment_information_id,
            _FILE.c.created_at,
            _FILE.c.execution_on,
            _FILE.c.instruction_count,
            _FILE.c.total_minor,
            _FILE.c.state,
        )
        .where(_FILE.c.batch_key == batch_key)
        .order_by(_FILE.c.number)
    )
    return tuple(AllocatedFile(*tuple(row)) for row in rows)


def _store_profile(connection: sa.Connection, order: FileOrder, at: datetime) -> str:
    """Keep the profile as it is now; one row per version and fund."""
    body = order.bank.model_dump_json()
    digest = hashlib.sha256(f"{order.programme_id}|{order.fund_id}|{body}".encode()).hexdigest()
    known = connection.scalar(
        sa.select(sa.literal(1)).where(
            schema.profile.c.code == order.bank.code, schema.profile.c.digest == digest
        )
    )
    if known is None:
        connection.execute(
            sa.insert(schema.profile).values(
                code=order.bank.code,
                digest=digest,
                body=body,
                debtor_account=order.bank.debtor.account,
                currency=order.bank.currency,
                programme_id=order.programme_id,
                fund_id=order.fund_id,
                loaded_at=at,
            )
        )
    return digest


def next_id(connection: sa.Connection, column: sa.ColumnClause[Any]) -> int:
    """Return the number after the last; the caller holds the turn (``locks``)."""
    return int(connection.scalar(sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1)) or 1)


def _next_sequence(connection: sa.Connection, order: FileOrder) -> int:
    """Number the files of a bank and day. Banks whose codes share a stem share the numbers."""
    stem = message_id(order.bank.code, execution_on=order.execution_on, sequence=1)[:-4]
    last = sa.select(sa.func.coalesce(sa.func.max(_FILE.c.sequence), 0)).where(
        _FILE.c.execution_on == order.execution_on, _FILE.c.message_id.startswith(stem)
    )
    return int(connection.scalar(last) or 0) + 1


def refer_shortly(connection: sa.Connection, file_id: int) -> int:
    """Give the instructions of a file their short references; return how many got one now.

    For rails whose fields are too short for an InstrId. A reference is the instruction's number,
    once for ever; a repeat gives none anew.
    """
    instruction, short = schema.instruction, schema.short_reference
    digits = sa.func.lpad(sa.cast(instruction.c.instruction_id, sa.Text), 13, "0")
    chosen = sa.select(
        digits,
        instruction.c.instruction_id,
        instruction.c.value_on,
        instruction.c.instruction_text,
        instruction.c.file_id,
    ).where(
        instruction.c.file_id == file_id,
        ~sa.exists().where(short.c.instruction_id == instruction.c.instruction_id),
    )
    names = ["reference", "instruction_id", "value_on", "instruction_text", "file_id"]
    return connection.execute(sa.insert(short).from_select(names, chosen)).rowcount


def register(connection: sa.Connection, sealed: SealedFile, *, at: datetime) -> int:
    """Take a written file as sealed, join it to the manifest chain; return its file_id.

    Its instructions become ``sealed``. The file must say what was allocated, and its instructions
    and their parts must come to the same sum (Σ parts = amount). A repeat with the same bytes does
    nothing. Raises ``FileConflict`` otherwise.
    """
    locks.files(connection)
    stored = connection.execute(
        sa.select(_FILE).where(_FILE.c.message_id == sealed.message_id).with_for_update()
    ).first()
    if stored is None:
        raise FileConflict(
            f"File {sealed.name} says message id {sealed.message_id}, which was never allocated. "
            "Ids are stored before a file is written; allocate first."
        )
    if stored.state != "allocated":
        if stored.sha256 == sealed.sha256:
            return int(stored.file_id)
        raise FileConflict(
            f"Message {sealed.message_id} is sealed as {stored.sha256}; {sealed.name} has "
            f"{sealed.sha256}. Two files under one id would be paid twice: keep the first."
        )
    _refuse_other_totals(connection, stored, sealed)
    connection.execute(
        sa.update(_FILE)
        .values(
            state="sealed",
            name=sealed.name,
            sha256=sealed.sha256,
            byte_count=sealed.bytes,
            schema_name=sealed.schema,
            sealed_at=at,
        )
        .where(_FILE.c.file_id == stored.file_id, _FILE.c.state == "allocated")
    )
    _store_parts(connection, stored.file_id)
    move_instructions(connection, stored, was="drafted", to="sealed")
    manifest.append(connection, stored.file_id, sealed)
    return int(stored.file_id)


def _refuse_other_totals(
    connection: sa.Connection, stored: sa.Row[Any], sealed: SealedFile
) -> None:
    instruction, part = schema.instruction, schema.instruction_part
    mine = (
        sa.select(instruction.c.instruction_id, instruction.c.amount_minor)
        .where(
            instruction.c.file_id == stored.file_id,
            instruction.c.value_on == stored.execution_on,
            instruction.c.state == "drafted",
            instruction.c.currency == stored.currency,
        )
        .cte("mine")
    )
    paid = (
        sa.select(sa.func.coalesce(sa.func.sum(part.c.amount_minor), 0))
        .where(part.c.instruction_id == mine.c.instruction_id)
        .scalar_subquery()
    )
    count, total, parts = connection.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(mine.c.amount_minor), 0),
            sa.func.coalesce(sa.func.sum(paid), 0),
        ).select_from(mine)
    ).one()
    told = {
        "allocated": (stored.instruction_count, stored.total_minor, stored.currency.strip()),
        "written": (sealed.count, sealed.total_minor, sealed.currency),
        "instructed": (count, int(total), sealed.currency),
        "for entitlement lines": (count, int(parts), sealed.currency),
    }
    if len(set(told.values())) > 1:
        said = "; ".join(f"{who}: {n} of {total}" for who, (n, total, _) in told.items())
        raise FileConflict(
            f"File {sealed.name} does not agree with what it pays ({said}). A file and the books "
            "must say the same before it is sealed: draft and write it again."
        )


def _store_parts(connection: sa.Connection, file_id: int) -> None:
    instruction, part = schema.instruction, schema.instruction_part
    shares = (
        sa.select(
            sa.literal(file_id, sa.BigInteger),
            part.c.cycle_id,
            part.c.fund_id,
            sa.func.count(sa.distinct(part.c.instruction_id)),
            sa.cast(sa.func.sum(part.c.amount_minor), sa.BigInteger),
        )
        .select_from(instruction.join(part, part.c.instruction_id == instruction.c.instruction_id))
        .where(instruction.c.file_id == file_id)
        .group_by(part.c.cycle_id, part.c.fund_id)
    )
    names = ["file_id", "cycle_id", "fund_id", "instruction_count", "amount_minor"]
    connection.execute(sa.insert(schema.file_part).from_select(names, shares))


def move_instructions(connection: sa.Connection, stored: sa.Row[Any], *, was: str, to: str) -> None:
    """Move the instructions of a file from one state to the next."""
    instruction = schema.instruction
    connection.execute(
        sa.update(instruction)
        .values(state=to, version=instruction.c.version + 1)
        .where(
            instruction.c.file_id == stored.file_id,
            instruction.c.value_on == stored.execution_on,
            instruction.c.state == was,
        )
    )
