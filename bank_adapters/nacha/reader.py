"""NACHA files: returns and notifications of change; of other entries what they say.

A return or a change is a status of the payment it answers, not a booking: the money itself is on
the statement of the account. The file's counts, hashes and sums must all agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pyarrow as pa

from bank_adapters.events import NOTHING, Rows
from bank_adapters.lines import line_blocks
from bank_adapters.model import EventKind
from bank_adapters.nacha import layout
from bank_adapters.refusals import RefusalCode
from bank_adapters.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bank_adapters.fixed_width import Record
    from bank_adapters.inflow import Inflow
    from bank_adapters.lines import Lines
    from bank_adapters.telling import Contents, Order

__all__ = ["FORMAT", "REASON_LIST", "looks_like", "read"]

FORMAT: Final = "nacha"
REASON_LIST: Final = "NACHA"
_ADVICES: Final = b"ADV"
_INTERNATIONAL: Final = b"IAT"
_HASH_MODULUS: Final = 10**10
_RETURN, _CHANGE = b"99", b"98"
_CREDIT_DIGITS_MAX: Final = ord("4")  # x1–x4 credits, x5–x9 debits
_ADVICE_CODES: Final = ord("8")  # 81, 83, 85, 87 credits; 82, 84, 86, 88 debits


def looks_like(head: bytes) -> bool:
    """Tell a NACHA file by its header: record type 1 and the record size 094 where it stands."""
    start, stop = layout.FILE_HEADER.span("record_size")
    return head[:1] == b"1" and head[start:stop] == b"094"


@dataclass(slots=True)
class _Sums:
    """What a batch, or the file, comes to."""

    records: int = 0
    """Entries and addenda."""
    hash: int = 0
    debit_minor: int = 0
    credit_minor: int = 0

    def __iadd__(self, other: _Sums) -> Self:
        self.records += other.records
        self.hash += other.hash
        self.debit_minor += other.debit_minor
        self.credit_minor += other.credit_minor
        return self


@dataclass(slots=True)
class _Progress:
    """Where in the file the reader is."""

    message_id: str = ""
    batches: int = 0
    entry_class: bytes | None = None
    """Of the batch that is open."""
    is_advices: bool = False
    batch: _Sums = field(default_factory=_Sums)
    file: _Sums = field(default_factory=_Sums)
    lines: int = 0
    is_ended: bool = False
    last_line: int = 0


def read(source: Inflow, order: Order) -> Contents:
    """Read a file to its end. Raises RefusedFile."""
    telling, progress = Telling(order), _Progress()
    for lines in _with_their_addenda(line_blocks(source, width=layout.WIDTH, name=order.name)):
        types = lines.matrix[:, 0]
        is_detail = (types == ord("6")) | (types == ord("7"))
        edges = np.flatnonzero(np.diff(is_detail)) + 1
        progress.lines += len(lines)
        for start, stop in zip([0, *edges], [*edges, len(lines)], strict=True):
            part = lines[int(start) : int(stop)]
            if is_detail[start]:
                _entries(part, progress, telling)
            else:
                for number in range(len(part)):
                    _frame(part[number : number + 1], progress, order)
    if not progress.is_ended:
        place = f"line {progress.last_line + 1}, where the file control should stand"
        order.doubt(order.refusal(RefusalCode.NOT_WELL_FORMED, place))
    return telling.contents(FORMAT, progress.message_id)


def _with_their_addenda(blocks: Iterator[Lines]) -> Iterator[Lines]:
    """Cut blocks so that an entry and its addenda stay together."""
    held: Lines | None = None
    for block in blocks:
        lines = held.then(block) if held is not None else block
        starts = np.flatnonzero(lines.matrix[:, 0] != ord("7"))
        last = int(starts[-1]) if len(starts) else 0
        held = lines[last:]
        if last:
            yield lines[:last]
    if held is not None:
        yield held


def _frame(line: Lines, progress: _Progress, order: Order) -> None:
    """Take a line that is no entry: headers, controls, filling."""
    progress.last_line = int(line.numbers[0])
    kind = chr(line.matrix[0, 0])
    if progress.is_ended:
        if not (line.matrix == ord("9")).all():
            raise line.refusal(RefusalCode.NOT_WELL_FORMED, "behind the file control")
    elif kind == "1" and not progress.message_id:
        progress.message_id = _file_id(line)
    elif kind == "5" and progress.message_id and progress.entry_class is None:
        progress.entry_class = bytes(line.codes(layout.BATCH_HEADER, "entry_class")[0])
        progress.is_advices |= progress.entry_class == _ADVICES
        progress.batches += 1
    elif kind == "8" and progress.entry_class is not None:
        _end_batch(line, progress, order)
    elif kind == "9" and progress.entry_class is None and progress.message_id:
        _end_file(line, progress, order)
    else:
        raise line.refusal(RefusalCode.NOT_WELL_FORMED, "record type")


def _file_id(line: Lines) -> str:
    """Return what tells a file from others: origin, day, time and modifier."""
    parts = ("origin", "created_on", "created_at", "modifier")
    texts = (line.texts(layout.FILE_HEADER, part)[0].as_py() or "" for part in parts)
    return "-".join(text for text in texts if text)


def _end_batch(line: Lines, progress: _Progress, order: Order) -> None:
    record = layout.ADV_BATCH_CONTROL if progress.entry_class == _ADVICES else layout.BATCH_CONTROL
    place = f"line {line.numbers[0]}, control of batch {progress.batches}"
    _assert_sums(line, record, progress.batch, order, place)
    progress.file += progress.batch
    progress.batch = _Sums()
    progress.entry_class = None


def _end_file(line: Lines, progress: _Progress, order: Order) -> None:
    record = layout.ADV_FILE_CONTROL if progress.is_advices else layout.FILE_CONTROL
    place = f"line {line.numbers[0]}, control of the file"
    _assert_sums(line, record, progress.file, order, place)
    batches = line.integers(record, "batch_count", RefusalCode.TOTALS)[0]
    order.assert_equal(progress.batches, int(batches), f"{place}, number of batches")
    progress.is_ended = True


def _assert_sums(line: Lines, record: Record, sums: _Sums, order: Order, place: str) -> None:
    for name, found, what in (
        ("entry_count", sums.records, "number of entries and addenda"),
        ("entry_hash", sums.hash % _HASH_MODULUS, "entry hash"),
        ("debit_minor", sums.debit_minor, "sum of debits"),
        ("credit_minor", sums.credit_minor, "sum of credits"),
    ):
        stated = int(line.integers(record, name, RefusalCode.TOTALS)[0])
        order.assert_equal(found, stated, f"{place}, {what}")


def _entries(lines: Lines, progress: _Progress, telling: Telling) -> None:
    """Take entries of one batch with their addenda."""
    progress.last_line = int(lines.numbers[-1])
    if progress.entry_class is None:
        raise lines.refusal(RefusalCode.NOT_WELL_FORMED, "an entry outside a batch")
    progress.batch.records += len(lines)
    is_entry = lines.matrix[:, 0] == ord("6")
    addenda = lines[~is_entry]
    entry_of_addenda = (np.cumsum(is_entry) - 1)[~is_entry]
    entries = lines[is_entry]
    if not len(entries):
        return
    record = {_ADVICES: layout.ADV_ENTRY, _INTERNATIONAL: layout.IAT_ENTRY}.get(
        progress.entry_class, layout.ENTRY
    )
    is_credit = _credits(entries)
    amounts = entries.integers(record, "amount_minor", RefusalCode.AMOUNT)
    routing = entries.integers(record, "rdfi", RefusalCode.NOT_WELL_FORMED)
    sums = _Sums(
        hash=int(routing.sum()),
        debit_minor=int(amounts[~is_credit].sum()),
        credit_minor=int(amounts[is_credit].sum()),
    )
    progress.batch += sums
    telling.add("USD.DBIT", sums.debit_minor)
    telling.add("USD.CRDT", sums.credit_minor)
    before = telling.entries
    telling.count(len(entries))
    rows = Rows(len(entries))
    rows.put("entry_no", pa.array(np.arange(before + 1, before + len(entries) + 1)))
    rows.put("amount_minor", pa.array(amounts))
    rows.put("currency", "USD")
    rows.put("direction", pa.array(np.where(is_credit, "CRDT", "DBIT").tolist()))
    if record is layout.ENTRY:
        rows.put_reference("instruction_id_text", entries.texts(record, "individual_id"))
        rows.put_reference("creditor_account", entries.texts(record, "account"))
    if record is not layout.ADV_ENTRY:
        rows.put_reference("entry_reference", entries.texts(record, "trace"))
    _answers(rows, len(entries), addenda, entry_of_addenda)
    telling.tell(rows.built(NOTHING))


def _credits(entries: Lines) -> NDArray[np.bool_]:
    """Tell credits from debits by the transaction code."""
    first, second = entries.matrix[:, 1], entries.matrix[:, 2]
    known = (second >= ord("1")) & (second <= ord("9")) & (first >= ord("2"))
    known &= first <= _ADVICE_CODES
    if not known.all():
        raise entries.refusal(
            RefusalCode.DIRECTION, "transaction code", int(np.flatnonzero(~known)[0])
        )
    return np.where(first == _ADVICE_CODES, second % 2 == 1, second <= _CREDIT_DIGITS_MAX)


def _answers(rows: Rows, count: int, addenda: Lines, entry_of_addenda: NDArray[np.int64]) -> None:
    """Tell which entries are returns or changes, why, and which entry of ours they answer."""
    kinds = addenda.codes(layout.ADDENDA_RETURN, "addenda_type")
    is_answer = (kinds == _RETURN) | (kinds == _CHANGE)
    answers = addenda[is_answer]
    places = np.full(count, -1, np.int64)
    places[entry_of_addenda[is_answer]] = np.arange(len(answers))
    at = pa.array(places, mask=places < 0)
    is_change = np.zeros(count, bool)
    is_change[entry_of_addenda[kinds == _CHANGE]] = True
    is_told = places >= 0
    kind = np.where(is_told, EventKind.ITEM_STATUS.value, EventKind.DETAIL.value)
    rows.put("kind", pa.array(kind.tolist()))
    status = np.where(is_change, "ACWC", "RJCT").tolist()
    rows.put("status", pa.array(status, mask=~is_told))
    rows.put("reason_list", pa.array([REASON_LIST] * count, mask=~is_told))
    if len(answers):
        rows.put_code(
            "reason", answers.texts(layout.ADDENDA_RETURN, "reason").take(at), length_max=3
        )
        trace = answers.texts(layout.ADDENDA_RETURN, "original_trace").take(at)
        rows.put_reference("bank_reference", trace)
