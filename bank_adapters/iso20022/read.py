"""Reading what a bank sent: strict, streaming, and fast where the file is plain.

Bytes pass once, in blocks. Expat reads the frame of the message exactly. Where units stand one
behind the other, the run is cut out at closing tags: expat checks it without handlers while a
second thread reads it in bulk with xml2arrow, and the number of units must agree. Anything
unusual (comments, CDATA, prefixes, namespaces inside) is read by the exact extractor alone, and
so is a run that the bulk extractor does not take. Both give the same events.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import pyarrow as pa

from bank_adapters.iso20022.assembly import Assembly
from bank_adapters.iso20022.collector import ReadLimits
from bank_adapters.iso20022.conductor import Conductor
from bank_adapters.model import EVENT_SCHEMA, BankMessage
from bank_adapters.refusals import RefusalCode, RefusedFile

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read"]

_BLOCK_BYTES: Final = 2 << 20
_NO_LIMITS: Final = ReadLimits()


def read(
    source: Path | IO[bytes],
    *,
    name: str,
    limits: ReadLimits = _NO_LIMITS,
    deliver: Callable[[pa.RecordBatch], None] | None = None,
) -> BankMessage:
    """Read a message of a bank to its end and check it against its own totals.

    Reads pain.002.001.03–.14 and camt.052/.053/.054.001.02–.12 into events; of pain.001,
    pacs.002 and pacs.008 only counts and totals. ``name`` is what messages call the file.

    With ``deliver``, events go there batch by batch and ``BankMessage.events`` stays empty, so
    that memory does not grow with the file. They are provisional until this returns: if the file
    turns out to be cut, RefusedFile comes after some were delivered, and the caller must drop
    them (deliver into a transaction).

    Raises RefusedFile with a code, a place and what to ask the bank; never with content.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            return read(file, name=name, limits=limits, deliver=deliver)
    batches: list[pa.RecordBatch] = []
    assembly = Assembly(name, deliver or batches.append)
    digest = sha256()
    size = 0
    with Conductor(name, limits, assembly) as conductor:
        while block := _block(source):
            size += len(block)
            if size > limits.bytes_max:
                place = f"byte {limits.bytes_max}"
                raise RefusedFile(RefusalCode.TOO_LARGE, name=name, place=place)
            digest.update(block)
            conductor.take(block)
        conductor.finish()
        return BankMessage(
            format=conductor.format,
            message_id=assembly.message_id,
            original_message_id=assembly.original_message_id,
            entries=assembly.units,
            totals=assembly.totals(),
            events=pa.Table.from_batches(batches, schema=EVENT_SCHEMA),
            refusals=tuple(assembly.left_out),
            sha256=digest.hexdigest(),
            bytes=size,
            dialects=conductor.dialects,
        )


def _block(source: IO[bytes]) -> bytes:
    """Return the next whole block, however little the source gives at a time."""
    parts: list[bytes] = []
    wanted = _BLOCK_BYTES
    while wanted > 0 and (part := source.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
