"""pain.002: the status of a file, of its payment groups, and of single payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.events import Built, Rows, reasons_of
from bank_adapters.iso20022.tallying import tally_of
from bank_adapters.model import EventKind
from bank_adapters.reasons import ReasonList
from bank_adapters.values import Place, clean, coded, minor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bank_adapters.iso20022.raw import Raw, Record

__all__ = ["file_status", "group_status", "items"]

_EXTRA_MAX = 140


def items(raw: Raw, original_message_id: str | None, place: Place) -> Built:
    """Return one event per item."""
    units = {name: clean(raw.units[name]) for name in raw.units.column_names}
    count = raw.units.num_rows
    rows = Rows(count)
    rows.put("kind", EventKind.ITEM_STATUS.value)
    rows.put("entry_no", pa.array(np.arange(1, count + 1)))
    rows.put("original_message_id", original_message_id)
    groups = pa.array([r.text("payment_information_id") for r in raw.holders], pa.string())
    rows.put_reference("payment_information_id", groups.take(pa.array(raw.holder)))
    for name in (
        "end_to_end_id",
        "instruction_id_text",
        "uetr",
        "bank_reference",
        "entry_reference",
    ):
        rows.put_reference(name, units[name])
    rows.put_code("status", units["status"], length_max=35)
    rows.put("amount_minor", minor(units["amount"], units["currency"], place, "InstdAmt"))
    rows.put("currency", units["currency"])
    rows.put_reference("account", pc.coalesce(units["account_iban"], units["account_other"]))
    _put_reasons(rows, raw.table, count)
    return rows.built(tally_of(raw, {"status": coded(units["status"], length_max=35)[0]}))


def _put_reasons(rows: Rows, table: pa.Table, count: int) -> None:
    """Set the first reason of each item; further ones go to ``extra`` as codes."""
    codes, own = clean(table["reason_code"]), clean(table["reason_own"])
    given = pc.indices_nonzero(pc.or_(pc.is_valid(codes), pc.is_valid(own)))
    unit = table["unit"].combine_chunks().take(given).to_numpy()
    codes, own = codes.take(given), own.take(given)
    with_reason, first = np.unique(unit, return_index=True)
    places = np.full(count, -1, np.int64)
    places[with_reason] = first
    at = pa.array(places, mask=places < 0)
    reasons_of(rows, codes.take(at), own.take(at), list_name=ReasonList.STATUS.value)
    if len(first) < len(unit):
        rows.put("extra", _further(unit, first, pc.coalesce(codes, own), count))


def _further(
    unit: np.ndarray[tuple[int], np.dtype[np.int64]],
    first: np.ndarray[tuple[int], np.dtype[np.int64]],
    codes: pa.Array,
    count: int,
) -> pa.Array:
    known, _ = coded(codes, length_max=35)
    more: dict[int, list[str]] = {}
    for row in sorted(set(range(len(unit))) - set(first.tolist())):
        code = known[row].as_py()
        if code is not None:
            more.setdefault(int(unit[row]), []).append(code)
    texts = [
        " ".join(["also", *more[row]])[:_EXTRA_MAX] if row in more else None for row in range(count)
    ]
    return pa.array(texts, pa.string())


def file_status(record: Record) -> dict[str, str | None] | None:
    """Return the event of a whole file, if the message tells one."""
    return _status(record, EventKind.FILE_STATUS, record.text("original_message_id"))


def group_status(record: Record, original_message_id: str | None) -> dict[str, str | None] | None:
    """Return the event of a payment group, if the message tells one."""
    return _status(record, EventKind.GROUP_STATUS, original_message_id)


def _status(
    record: Record, kind: EventKind, original_message_id: str | None
) -> dict[str, str | None] | None:
    status = _code(record.text("status"))
    reasons = _reasons(record.children)
    if status is None and not reasons:
        return None
    return {
        "kind": kind.value,
        "original_message_id": _reference(original_message_id),
        "payment_information_id": _reference(record.text("payment_information_id")),
        "status": status,
        **reasons,
    }


def _reasons(records: Sequence[Record]) -> dict[str, str | None]:
    found: list[tuple[str, str]] = []
    for record in records:
        code, own = _code(record.text("reason_code")), _code(record.text("reason_own"))
        if code or own:
            of_list = ReasonList.STATUS if code else ReasonList.PROPRIETARY
            found.append((of_list.value, code or own or ""))
    if not found:
        return {}
    further = " ".join(["also", *(code for _, code in found[1:])])[:_EXTRA_MAX]
    return {
        "reason_list": found[0][0],
        "reason": found[0][1],
        "extra": further if len(found) > 1 else None,
    }


def _code(text: str | None) -> str | None:
    kept: str | None = coded(pa.array([text], pa.string()), length_max=35)[0][0].as_py()
    return kept


def _reference(text: str | None) -> str | None:
    return text if text and text.isprintable() and len(text) <= 36 else None  # noqa: PLR2004 - as in values.reference
