"""The texts of a delimited file's columns, and its own facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.currency import major_text

if TYPE_CHECKING:
    from bank_adapters.delimited.terms import Column, DelimitedTerms
    from bank_adapters.model import Expected, FileContext

__all__ = ["cells", "facts", "spei_institution"]

_SPEI_BANKS_BELOW = "6"  # banks are 40 and their three digits, other participants 90


def facts(context: FileContext, expected: Expected, terms: DelimitedTerms) -> dict[str, Any]:
    """Return the facts of a file by name, ready to stand in its lines and its name."""
    total = major_text(expected.total_minor, context.profile.exponent)
    return {
        "message_id": context.message_id,
        "sequence": context.sequence,
        "execution_on": f"{context.execution_on:{terms.date_format}}",
        "created_on": f"{context.created_at:{terms.date_format}}",
        "count": expected.count,
        "total": total.replace(".", terms.decimal_mark),
        "total_minor": expected.total_minor,
    }


def cells(
    column: Column, chunk: pa.RecordBatch, first_row: int, of_file: dict[str, Any], exponent: int
) -> pa.Array:
    """Return the texts of one column, not quoted yet; the amount with a point."""
    if column.constant is not None:
        return pa.repeat(column.constant, chunk.num_rows)
    source = column.source or ""
    if source in of_file:
        return pa.repeat(str(of_file[source]), chunk.num_rows)
    if source == "row":
        return pa.array(np.arange(first_row + 1, first_row + chunk.num_rows + 1)).cast(pa.string())
    if source == "spei_institution":
        return spei_institution(chunk.column("account"))
    if source == "amount":
        return _major(chunk.column("amount_minor"), exponent)
    texts = pc.fill_null(chunk.column(source).cast(pa.string()), column.when_empty)
    return pc.ascii_upper(texts) if column.upper else texts


def spei_institution(clabes: pa.Array) -> pa.Array:
    """Return the five digits by which SPEI knows the institution of a CLABE.

    Banco de México: 40 and the first three digits for banks, 90 and them for other participants.
    """
    bank = pc.utf8_slice_codeunits(clabes, 0, 3)
    prefix = pc.if_else(pc.less(bank, _SPEI_BANKS_BELOW), "40", "90")
    return pc.binary_join_element_wise(prefix, bank, "")


def _major(amounts: pa.Array, exponent: int) -> pa.Array:
    digits = amounts.cast(pa.string())
    if exponent == 0:
        return digits
    digits = pc.utf8_lpad(digits, exponent + 1, "0")
    whole = pc.utf8_slice_codeunits(digits, 0, -exponent)
    return pc.binary_join_element_wise(whole, pc.utf8_slice_codeunits(digits, -exponent), ".")
