"""Reading what a bank sent, whatever it is: packed or not, its format found out, strictly."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NamedTuple, cast

import pyarrow as pa

from bank_adapters.arrays import spare_memory
from bank_adapters.detection import HEAD_BYTES, reader_of
from bank_adapters.inflow import Inflow
from bank_adapters.limits import EVERY_DIALECT, ReadLimits
from bank_adapters.model import EVENT_SCHEMA, BankMessage
from bank_adapters.refusals import RefusalCode, RefusedFile
from bank_adapters.registry import plugged
from bank_adapters.telling import Order, refuse
from bank_adapters.wrapping import is_packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bank_adapters.delimited.answer import Answer
    from bank_adapters.telling import Contents

__all__ = ["Inspection", "inspect", "read"]

_NO_LIMITS: Final = ReadLimits()
_LOOKING: Final = ReadLimits(dialects=EVERY_DIALECT)


class Inspection(NamedTuple):
    """A file looked at, and every reason why the inbox would not take it."""

    message: BankMessage
    doubts: tuple[RefusedFile, ...]


def read(
    source: Path | IO[bytes],
    *,
    name: str,
    limits: ReadLimits = _NO_LIMITS,
    deliver: Callable[[pa.RecordBatch], None] | None = None,
    answers: Sequence[Answer] = (),
) -> BankMessage:
    """Read a file of a bank to its end and check it against its own totals.

    The format is found out: ISO 20022 (camt.029, .052, .053, .054, pacs.002, .004, pain.002 into
    events; other messages only counted), MT940 and MT942, NPCI's answers, CNAB 240, NACHA, and
    what adapters of other people read; plain, or alone in a gzip or zip. ``name`` is what messages
    call the file; ``answers`` describe the delimited files of banks that have their own.

    With ``deliver``, events go there batch by batch and ``BankMessage.events`` stays empty, so
    that memory does not grow with the file. They are provisional until this returns: if the file
    turns out to be cut, RefusedFile comes after some were delivered, and the caller must drop
    them (deliver into a transaction).

    Raises RefusedFile with a code, a place and what to ask the bank; never with content.
    """
    sink: list[pa.RecordBatch] = []
    order = Order(name, limits, deliver or sink.append, refuse)
    return _read(source, order, sink, answers)


def inspect(
    source: Path | IO[bytes],
    *,
    name: str,
    limits: ReadLimits = _LOOKING,
    answers: Sequence[Answer] = (),
) -> Inspection:
    """Read a file to look at it: dialects are allowed, and contradictions of totals are listed.

    Nothing of a file with doubts may be booked. Raises RefusedFile where it cannot be read at all.
    """
    doubts: list[RefusedFile] = []
    sink: list[pa.RecordBatch] = []
    message = _read(source, Order(name, limits, sink.append, doubts.append), sink, answers)
    return Inspection(message, tuple(doubts))


def _read(
    source: Path | IO[bytes],
    order: Order,
    sink: Sequence[pa.RecordBatch],
    answers: Sequence[Answer],
) -> BankMessage:
    if isinstance(source, Path):
        with source.open("rb") as file:
            return _read(file, order, sink, answers)
    spare_memory()
    name, limits = order.name, order.limits
    outer = Inflow(source, name=name, bytes_max=limits.bytes_max)
    inner = outer
    if is_packed(outer.peek(HEAD_BYTES)):
        plain = unpacked(outer, name=name, ratio_max=limits.ratio_max)
        inner = Inflow(plain, name=name, bytes_max=limits.bytes_max, is_hashed=False)
    contents = _contents(inner, order, answers)
    if isinstance(contents, BankMessage):
        return replace(contents, sha256=outer.sha256, bytes=outer.size)
    return BankMessage(
        format=contents.format,
        message_id=contents.message_id,
        original_message_id=contents.original_message_id,
        entries=contents.entries,
        totals=contents.totals,
        events=pa.Table.from_batches(sink, schema=EVENT_SCHEMA),
        refusals=contents.left_out,
        sha256=outer.sha256,
        bytes=outer.size,
        dialects=contents.dialects,
    )


def _contents(source: Inflow, order: Order, answers: Sequence[Answer]) -> Contents | BankMessage:
    head = source.peek(HEAD_BYTES)
    if not head.strip():
        raise order.refusal(RefusalCode.NOT_WELL_FORMED, "the file is empty")
    reader = reader_of(head.removeprefix(BOM_UTF8))
    if head.startswith(BOM_UTF8):
        source.read(len(BOM_UTF8))
    if reader is not None:
        return reader.read(source, order)
    for answer in answers:
        if answer.is_head(head):
            from bank_adapters.delimited import reader as delimited  # noqa: PLC0415 - seldom needed

            return delimited.read(source, order, answer)
    for adapter in plugged():
        if adapter.reads(head):
            stream = cast("IO[bytes]", source)  # it reads, which is all that is asked of it
            return adapter.read(stream, name=order.name, limits=order.limits, deliver=order.deliver)
    raise order.refusal(RefusalCode.FORMAT, "the first bytes")
