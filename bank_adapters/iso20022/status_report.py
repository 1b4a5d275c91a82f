"""The status of a file, of its payment groups, and of single payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.arrays import index_array, integer_array, integers, repeated, text_array
from bank_adapters.events import Built, Rows, reasons_of
from bank_adapters.iso20022.tallying import tally_of
from bank_adapters.model import EventKind
from bank_adapters.reasons import ReasonList
from bank_adapters.values import Place, coded, dates, minor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bank_adapters.iso20022.raw import Raw, Record

__all__ = ["file_status", "group_status", "items"]

_EXTRA_MAX = 140
_REFERENCES = (
    "end_to_end_id",
    "instruction_id_text",
    "uetr",
    "bank_reference",
    "entry_reference",
)


_RETURNS = "pacs.004"


def items(raw: Raw, family: str, original_message_id: str | None, place: Place) -> Built:
    """Return one event per item. What a pacs.004 returns is refused, for the reason it gives."""
    units = raw.unit_texts()
    count = raw.units.num_rows
    rows = Rows(count)
    rows.put("kind", EventKind.ITEM_STATUS.value)
    rows.put("entry_no", integer_array(np.arange(1, count + 1)))
    _put_message_id(rows, raw, units, original_message_id)
    groups = text_array(r.text("payment_information_id") for r in raw.holders)
    rows.put_reference("payment_information_id", groups.take(integer_array(raw.holder)))
    for name in _REFERENCES:
        if name in units:
            rows.put_reference(name, units[name])
    status = units["status"] if "status" in units else repeated("RJCT", count)
    rows.put_code("status", status, length_max=35)
    amount, currency = _amounts(units, place)
    rows.put("amount_minor", amount)
    rows.put("currency", currency)
    if "account_iban" in units:
        rows.put_reference("account", pc.coalesce(units["account_iban"], units["account_other"]))
        creditor = pc.coalesce(units["creditor_iban"], units["creditor_other"])
        rows.put_reference("creditor_account", creditor)
    columns = {"status": coded(status, length_max=35)[0]}
    if family == _RETURNS:
        rows.put("direction", "CRDT")
        value_on = dates(units["value_date"], units["value_date"], place, "IntrBkSttlmDt")
        rows.put("value_on", value_on)
        always = repeated(True, count)
        columns |= {"amount": amount, "currency": currency, "booked": always, "value": value_on}
        columns |= {"way": repeated("CRDT", count)}
    list_name = ReasonList.RETURN if family == _RETURNS else ReasonList.STATUS
    _put_reasons(rows, raw, count, list_name.value)
    return rows.built(tally_of(raw, columns))


def _put_message_id(
    rows: Rows, raw: Raw, units: dict[str, pa.Array], original_message_id: str | None
) -> None:
    """Set which of our messages is answered: as the item says, else its group, else the report."""
    told = [r.text("group_message_id") or original_message_id for r in raw.holders]
    of_group = text_array(told).take(integer_array(raw.holder))
    own = units.get("item_message_id", pa.nulls(len(of_group), pa.string()))
    rows.put_reference("original_message_id", pc.coalesce(own, of_group))


def _amounts(units: dict[str, pa.Array], place: Place) -> tuple[pa.Array, pa.Array]:
    amount, currency = units["amount"], units["currency"]
    if "settled_amount" in units:
        is_given = amount.is_valid()
        amount = pc.if_else(is_given, amount, units["settled_amount"])
        currency = pc.if_else(is_given, currency, units["settled_currency"])
    return minor(amount, currency, place, "amount"), currency


def _put_reasons(rows: Rows, raw: Raw, count: int, list_name: str) -> None:
    """Set the first reason of each item; further ones go to ``extra`` as codes."""
    table = raw.table_texts()
    codes, own = table["reason_code"], table["reason_own"]
    given = pc.indices_nonzero(pc.or_(pc.is_valid(codes), pc.is_valid(own)))
    unit = integers(raw.table["unit"].combine_chunks().take(given))
    codes, own = codes.take(given), own.take(given)
    with_reason, first = np.unique(unit, return_index=True)
    found = np.full(count, -1, np.int64)
    found[with_reason] = first
    at = index_array(found)
    reasons_of(rows, codes.take(at), own.take(at), list_name=list_name)
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
    return text_array(
        " ".join(["also", *more[row]])[:_EXTRA_MAX] if row in more else None for row in range(count)
    )


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
    kept: str | None = coded(text_array([text]), length_max=35)[0][0].as_py()
    return kept


def _reference(text: str | None) -> str | None:
    return text if text and text.isprintable() and len(text) <= 36 else None  # noqa: PLR2004 - as in values.reference
