"""CNAB 240: what a bank answers to payments (segment A), and how many records other files have.

Files of collections (boletos: segments P to U and others) are counted and checked, but tell nothing
of our payments. An estorno is a status, not a booking: the money is on the statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from bank_adapters.cnab240 import layout
from bank_adapters.cnab240.occurrences import put_occurrences
from bank_adapters.events import NOTHING, Rows
from bank_adapters.lines import first_line_width, line_blocks
from bank_adapters.model import EventKind
from bank_adapters.refusals import RefusalCode
from bank_adapters.telling import Telling
from bank_adapters.values import compact_dates

if TYPE_CHECKING:
    from bank_adapters.inflow import Inflow
    from bank_adapters.lines import Lines
    from bank_adapters.telling import Contents, Order

__all__ = ["FORMAT", "looks_like", "read"]

FORMAT: Final = "cnab240"
_TYPE: Final = 7
_ANSWER: Final = "2"


def looks_like(head: bytes) -> bool:
    """Tell CNAB 240 by its file header: lot 0000, record type 0, and a digit as direction."""
    bank, lot_and_type, direction = head[:3], head[3:8], head[142:143]
    return (
        bank.isdigit()
        and lot_and_type == b"00000"
        and direction.isdigit()
        and (
            first_line_width(head) <= layout.WIDTH + 2  # two letters of UTF-8 in a name
        )
    )


@dataclass(slots=True)
class _Progress:
    """Where in the file the reader is."""

    message_id: str = ""
    is_answer: bool = False
    lots: int = 0
    lines: int = 0
    is_in_lot: bool = False
    lot_lines: int = 0
    """Without its header and trailer."""
    lot_minor: int = 0
    has_payments: bool = False
    is_ended: bool = False


def read(source: Inflow, order: Order) -> Contents:
    """Read a file to its end. Raises RefusedFile."""
    telling, progress = Telling(order), _Progress()
    for lines in line_blocks(source, width=layout.WIDTH, name=order.name):
        is_detail = lines.matrix[:, _TYPE] == ord("3")
        edges = np.flatnonzero(np.diff(is_detail)) + 1
        for start, stop in zip([0, *edges], [*edges, len(lines)], strict=True):
            part = lines[int(start) : int(stop)]
            progress.lines += len(part)
            if is_detail[start]:
                _details(part, progress, telling)
            else:
                for number in range(len(part)):
                    _frame(part[number : number + 1], progress, order)
    if not progress.is_ended:
        place = f"line {progress.lines + 1}, where the file trailer should stand"
        order.doubt(order.refusal(RefusalCode.NOT_WELL_FORMED, place))
    return telling.contents(FORMAT, progress.message_id)


def _frame(line: Lines, progress: _Progress, order: Order) -> None:
    """Take a line that is no detail: headers and trailers."""
    kind = chr(line.matrix[0, _TYPE])
    if progress.is_ended:
        raise line.refusal(RefusalCode.NOT_WELL_FORMED, "behind the file trailer")
    if kind == "0" and not progress.message_id:
        _start_file(line, progress)
    elif kind == "1" and progress.message_id and not progress.is_in_lot:
        progress.is_in_lot, progress.lots = True, progress.lots + 1
        progress.lot_lines, progress.lot_minor, progress.has_payments = 0, 0, False
    elif kind in "24" and progress.is_in_lot:
        progress.lot_lines += 1  # openings and closings of a lot, in services of other kinds
    elif kind == "5" and progress.is_in_lot:
        _end_lot(line, progress, order)
    elif kind == "9" and progress.message_id and not progress.is_in_lot:
        _end_file(line, progress, order)
    else:
        raise line.refusal(RefusalCode.NOT_WELL_FORMED, "record type")


def _start_file(line: Lines, progress: _Progress) -> None:
    record = layout.FILE_HEADER
    parts = ("bank", "agreement", "created_on", "sequence")
    texts = (line.texts(record, part)[0].as_py() or "" for part in parts)
    progress.message_id = "-".join(text for text in texts if text)
    progress.is_answer = line.texts(record, "direction")[0].as_py() == _ANSWER


def _end_lot(line: Lines, progress: _Progress, order: Order) -> None:
    """Check a lot's trailer; some banks count its details alone, without header and trailer."""
    record, place = layout.LOT_TRAILER, f"line {line.numbers[0]}, trailer of lot {progress.lots}"
    stated = int(line.integers(record, "record_count", RefusalCode.TOTALS)[0])
    if stated not in (progress.lot_lines, progress.lot_lines + 2):
        order.assert_equal(progress.lot_lines + 2, stated, f"{place}, number of records")
    if progress.has_payments:
        total = int(line.integers(record, "total_minor", RefusalCode.TOTALS)[0])
        order.assert_equal(progress.lot_minor, total, f"{place}, sum of the payments")
    progress.is_in_lot = False


def _end_file(line: Lines, progress: _Progress, order: Order) -> None:
    record, place = layout.FILE_TRAILER, f"line {line.numbers[0]}, trailer of the file"
    lots = int(line.integers(record, "lot_count", RefusalCode.TOTALS)[0])
    records = int(line.integers(record, "record_count", RefusalCode.TOTALS)[0])
    order.assert_equal(progress.lots, lots, f"{place}, number of lots")
    order.assert_equal(progress.lines, records, f"{place}, number of records")
    progress.is_ended = True


def _details(lines: Lines, progress: _Progress, telling: Telling) -> None:
    """Take detail records of one lot."""
    if not progress.is_in_lot:
        raise lines.refusal(RefusalCode.NOT_WELL_FORMED, "a detail outside a lot")
    before = telling.entries
    telling.count(len(lines))
    progress.lot_lines += len(lines)
    is_payment = lines.codes(layout.SEGMENT_A, "segment") == b"A"
    if is_payment.any():
        numbers = before + 1 + np.flatnonzero(is_payment)
        progress.has_payments = True
        _payments(lines[is_payment], numbers, progress, telling)


def _payments(
    lines: Lines,
    numbers: np.ndarray[tuple[int], np.dtype[np.int64]],
    progress: _Progress,
    telling: Telling,
) -> None:
    record = layout.SEGMENT_A
    ordered = lines.integers(record, "amount_minor", RefusalCode.AMOUNT)
    paid = lines.integers(record, "paid_minor", RefusalCode.AMOUNT)
    total = int(ordered.sum())
    progress.lot_minor += total
    telling.add("BRL.DBIT", total)
    rows = Rows(len(lines))
    rows.put("entry_no", pa.array(numbers))
    rows.put_reference("instruction_id_text", lines.texts(record, "our_number"))
    rows.put_reference("bank_reference", lines.texts(record, "bank_number"))
    rows.put("amount_minor", pa.array(np.where(paid > 0, paid, ordered)))
    rows.put("currency", "BRL")
    rows.put("direction", "DBIT")
    rows.put("value_on", compact_dates(lines.texts(record, "paid_on"), lines.place, "date paid"))
    if not progress.is_answer:
        rows.put("kind", EventKind.DETAIL.value)
    else:
        rows.put("kind", EventKind.ITEM_STATUS.value)
        put_occurrences(rows, lines)
    telling.tell(rows.built(NOTHING))
