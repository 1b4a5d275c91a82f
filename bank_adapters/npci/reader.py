"""NPCI's answers: NACH (306 characters) and APBS (177), one header and a line for each payment.

A line says by its flag what became of the payment: 1 credited, 0 not, with a reason. Anything else
leaves it open: NPCI knows no deemed success. Files without flags are orders and only counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.events import NOTHING, Rows
from bank_adapters.lines import first_line_width, line_blocks
from bank_adapters.model import EventKind
from bank_adapters.npci import layout
from bank_adapters.refusals import RefusalCode
from bank_adapters.telling import Telling

if TYPE_CHECKING:
    from bank_adapters.fixed_width import Record
    from bank_adapters.inflow import Inflow
    from bank_adapters.lines import Lines
    from bank_adapters.telling import Contents, Order

__all__ = ["REASON_LIST", "looks_like", "read"]

REASON_LIST: Final = "NPCI"
_SUCCESS, _FAILURE = b"1", b"0"
_CREDITED: Final = "00"
_WIDTHS: Final = (layout.APBS_WIDTH, layout.APBS_ANSWER_WIDTH, layout.ACH_WIDTH)


class _Shape(NamedTuple):
    """One of the files of NPCI."""

    format: str
    header: Record
    detail: Record
    header_code: bytes
    detail_codes: tuple[bytes, ...]
    reference: str
    account: str | None
    """The account that was credited, where payments are made to accounts."""
    message_fields: tuple[str, ...]


_ACH: Final = _Shape(
    "npci.ach",
    layout.ACH_HEADER,
    layout.ACH_DETAIL,
    b"12",
    (b"23",),
    "transaction_reference",
    "beneficiary_account",
    ("user_number", "user_reference", "settlement_on"),
)
_ACH_INWARD: Final = _ACH._replace(format="npci.ach.inward", detail=layout.ACH_INWARD_DETAIL)
_APBS: Final = _Shape(
    "npci.apbs",
    layout.APBS_HEADER,
    layout.APBS_DETAIL,
    b"33",
    tuple(code.encode() for code in layout.APBS_DETAIL_CODES),
    "credit_reference",
    None,
    ("user_number", "user_reference", "settlement_on"),
)
_APBS_ANSWER: Final = _APBS._replace(
    header=layout.APBS_ANSWER_HEADER, detail=layout.APBS_ANSWER_DETAIL
)


def looks_like(head: bytes) -> bool:
    """Tell NPCI's files by the code of their header, its total, and the length of their lines."""
    return _shape_of(head) is not None


def _shape_of(head: bytes) -> _Shape | None:
    first, _, rest = head.partition(b"\n")
    width = max(len(first.rstrip(b"\r")), len(rest.partition(b"\n")[0].rstrip(b"\r")))
    if width not in _WIDTHS:  # blanks behind the last field may be missing, or be too many
        width = max(len(first.rstrip(b"\r ")), first_line_width(rest))
    for shape in (_ACH, _APBS, _APBS_ANSWER):
        start, stop = shape.header.span("settlement_on")
        is_shape = first.startswith(shape.header_code) and first[start:stop].isdigit()
        if is_shape and shape.detail.width - 60 < width <= shape.detail.width:
            if shape is _ACH and _is_inward(rest):
                return _ACH_INWARD
            if shape is _APBS and width > layout.APBS_WIDTH:
                continue
            return shape
    return None


def _is_inward(detail: bytes) -> bool:
    """Inward lines have blanks where outward ones have the flag, and the verdict at their end."""
    start, stop = layout.ACH_INWARD_DETAIL.span("filler_7")
    flag, _ = layout.ACH_INWARD_DETAIL.span("flag")
    return not detail[start:stop].strip() and detail[flag : flag + 1].isdigit()


def read(source: Inflow, order: Order) -> Contents:
    """Read a file to its end. Raises RefusedFile."""
    shape = _shape_of(source.peek(1_024))
    if shape is None:
        raise order.refusal(RefusalCode.FORMAT, "line 1")
    telling = Telling(order)
    header: Lines | None = None
    total = 0
    width = shape.detail.width
    for lines in line_blocks(source, width=width, name=order.name, has_trailer=False):
        details = lines
        if header is None:
            header, details = lines[:1], lines[1:]
        if len(details):
            total += _details(details, shape, telling)
    if header is None:
        raise order.refusal(RefusalCode.NOT_WELL_FORMED, "line 1")
    for name, found, what in (
        ("item_count", telling.entries, "number of items"),
        ("total_minor", total, "sum of the items"),
    ):
        stated = int(header.integers(shape.header, name, RefusalCode.TOTALS)[0])
        order.assert_equal(found, stated, f"line 1, header, {what}")
    texts = (header.texts(shape.header, field)[0].as_py() or "" for field in shape.message_fields)
    message_id = "-".join(text for text in texts if text)
    return telling.contents(shape.format, message_id)


def _details(lines: Lines, shape: _Shape, telling: Telling) -> int:
    """Take items; return what they come to, in paise."""
    known = np.isin(lines.codes(shape.detail, "transaction_code"), shape.detail_codes)
    if not known.all():
        wrong = int((~known).argmax())
        raise lines.refusal(RefusalCode.NOT_WELL_FORMED, "transaction code", wrong)
    amounts = lines.integers(shape.detail, "amount_minor", RefusalCode.AMOUNT)
    before = telling.entries
    telling.count(len(lines))
    total = int(amounts.sum())
    telling.add("INR.DBIT", total)
    rows = Rows(len(lines))
    rows.put("entry_no", pa.array(np.arange(before + 1, before + len(lines) + 1)))
    rows.put_reference("instruction_id_text", lines.texts(shape.detail, shape.reference))
    if shape.account is not None:
        rows.put_reference("creditor_account", lines.texts(shape.detail, shape.account))
    rows.put("amount_minor", pa.array(amounts))
    rows.put("currency", "INR")
    rows.put("direction", "DBIT")
    _put_verdict(rows, lines, shape)
    telling.tell(rows.built(NOTHING))
    return total


def _put_verdict(rows: Rows, lines: Lines, shape: _Shape) -> None:
    """Set kind, status and reason by the flag."""
    flags = lines.codes(shape.detail, "flag")
    is_order = not np.char.str_len(flags).any()
    if is_order:
        rows.put("kind", EventKind.DETAIL.value)
        return
    rows.put("kind", EventKind.ITEM_STATUS.value)
    status = np.where(flags == _SUCCESS, "ACCC", np.where(flags == _FAILURE, "RJCT", "PDNG"))
    reasons = lines.texts(shape.detail, "reason")
    told = pc.if_else(pc.equal(reasons, _CREDITED), None, reasons)
    # A flag of success beside a reason for failure contradicts itself: it stays open.
    is_doubtful = (status == "ACCC") & told.is_valid().to_numpy(zero_copy_only=False)
    rows.put("status", pa.array(np.where(is_doubtful, "PDNG", status).tolist()))
    rows.put_code("reason", told, length_max=2)
    none = pa.scalar(None, pa.string())
    rows.put("reason_list", pc.if_else(pc.is_valid(told), REASON_LIST, none))
