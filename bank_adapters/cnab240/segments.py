"""Segments A and B of one payment, as columns: to an account, or to a Pix key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.cnab240 import layout
from bank_adapters.cnab240.terms import PIX_FORM, TED_FORMS
from bank_adapters.fixed_lines import lines

if TYPE_CHECKING:
    from datetime import date

    from bank_adapters.cnab240.terms import CnabTerms

__all__ = ["LOT", "PIX_KEYS", "segments"]

LOT: Final = 1
_ACCOUNT: Final = (
    r"^(?P<agency>[0-9]{4})-?(?P<agency_digit>[0-9X]?)/(?P<account>[0-9]{3,12})-?"
    r"(?P<account_digit>[0-9X])$"
)
_TED: Final = "018"
_TED_BY_ISPB: Final = "988"  # with the bank's ISPB in segment B instead of its number
_PIX: Final = "009"
PIX_KEYS: Final = (
    ("01", r"^\+"),
    ("02", "@"),
    ("03", r"^([0-9]{11}|[0-9]{14})$"),
    ("04", r"^[0-9a-f]{8}-"),
)


def segments(chunk: pa.RecordBatch, first_row: int, terms: CnabTerms, on: date) -> pa.Array:
    """Return the two lines of each payment as one text, in the order given."""
    is_pix = terms.form == PIX_FORM
    place = first_row + np.arange(chunk.num_rows)
    common: dict[str, Any] = {"bank": terms.bank, "lot": LOT, "record_type": 3}
    first = common | {"sequence": pa.array(2 * place + 1), "segment": "A"} | _payment(chunk, on)
    second = common | {"sequence": pa.array(2 * place + 2), "segment": "B"}
    agent = pc.fill_null(chunk.column("agent"), "")
    if is_pix:
        first["clearing"] = _PIX
        key = _pix_key(chunk.column("account"))
        return _joined(lines(layout.SEGMENT_A, first), lines(layout.SEGMENT_B_PIX, second | key))
    numbers = _bank_numbers(agent, terms)
    first |= _account(chunk.column("account")) | {"payee_bank": numbers}
    if terms.form in TED_FORMS:
        by_number = pc.not_equal(numbers, "000")
        first["clearing"] = pc.if_else(by_number, _TED, _TED_BY_ISPB)
    return _joined(
        lines(layout.SEGMENT_A, first), lines(layout.SEGMENT_B, second | {"ispb": agent})
    )


def _payment(chunk: pa.RecordBatch, on: date) -> dict[str, Any]:
    return {
        "payee_name": pc.ascii_upper(chunk.column("creditor_name")),
        "our_number": chunk.column("short_reference"),
        "payment_on": f"{on:%d%m%Y}",
        "currency": "BRL",
        "amount_minor": chunk.column("amount_minor"),
        "information": pc.ascii_upper(chunk.column("remittance")),
    }


def _account(accounts: pa.Array) -> dict[str, pa.Array]:
    parts = pc.extract_regex(accounts, _ACCOUNT)
    names = ("agency", "agency_digit", "account", "account_digit")
    return {f"payee_{name}": pc.struct_field(parts, name) for name in names}


def _bank_numbers(agent: pa.Array, terms: CnabTerms) -> pa.Array:
    known = list(terms.bank_numbers)
    numbers = pa.array([terms.bank_numbers[ispb] for ispb in known], pa.string())
    place = pc.index_in(agent, pa.array(known, pa.string()))
    return pc.fill_null(numbers.take(place), "000") if known else pa.repeat("000", len(agent))


def _pix_key(keys: pa.Array) -> dict[str, pa.Array]:
    kinds = pa.repeat("", len(keys))
    for kind, pattern in PIX_KEYS:
        kinds = pc.if_else(pc.match_substring_regex(keys, pattern), kind, kinds)
    is_tax = pc.equal(kinds, "03")
    is_person = pc.equal(pc.utf8_length(keys), 11)
    return {
        "key_type": kinds,
        "inscription_type": pc.if_else(is_tax, pc.if_else(is_person, "1", "2"), "0"),
        "inscription": pc.if_else(is_tax, keys, "0"),
        "pix_key": keys,
    }


def _joined(first: pa.Array, second: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(first, second, "")
