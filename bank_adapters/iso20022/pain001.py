"""Writing pain.001 (.03 and .09): columns in, one sealed file out, in constant memory.

Rows stream in chunks; facets, count, sum and SHA-256 are taken in the same pass. Before the file
gets its name, a second reader goes through it with the XSD and counts and adds up again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters import writing
from bank_adapters.arrays import integer_array, integers, scalar
from bank_adapters.currency import exponent_of
from bank_adapters.facets import RefusedInstructions, violations
from bank_adapters.fixed_lines import bytes_of
from bank_adapters.format_adapter import FormatAdapter
from bank_adapters.iso20022.schema import recount
from bank_adapters.iso20022.template import escaped, frame, shapes_of, template
from bank_adapters.model import Violation

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from numpy.typing import NDArray

    from bank_adapters.iso20022.template import Shape
    from bank_adapters.model import Expected, FileContext
    from bank_adapters.profiles.model import BankProfile

__all__ = ["ADAPTER", "rendered"]

_ESCAPED_BYTES: Final = 4  # '&' becomes '&amp;': at most four more
_WITHOUT_PROXY: Final = "pain.001.001.03"  # this version has no UETR, and no place for a Pix key


def _agreed(profile: BankProfile) -> None:
    if profile.terms:
        raise ValueError(f"{profile.code}: terms: a pain.001 has none; remove them.")
    if profile.format == _WITHOUT_PROXY and "PIX" in profile.account_kinds:
        raise ValueError(
            f"{profile.code}: account_kinds: pain.001.001.03 has no place for a Pix key; agree "
            "pain.001.001.09 with the bank."
        )


class _Rendering:
    def __init__(self, context: FileContext, expected: Expected) -> None:
        self._profile = context.profile
        self._head, self._tail = frame(context, expected)

    def head(self) -> bytes:
        return self._head

    def body(self, chunk: pa.RecordBatch, first_row: int) -> memoryview:  # noqa: ARG002 - other formats number their lines
        return bytes_of(rendered(_as_taken(chunk, self._profile), self._profile))

    def tail(self) -> bytes:
        return self._tail


def _as_taken(chunk: pa.RecordBatch, profile: BankProfile) -> pa.RecordBatch:
    """Leave out what this bank or this version has no place for."""
    names = {*profile.leaves_out, *(["uetr"] if profile.format == _WITHOUT_PROXY else [])}
    if "agent" in names:
        names.add("agent_scheme")
    for name in names:
        place = chunk.schema.get_field_index(name)
        empty = pa.nulls(chunk.num_rows, pa.string())
        chunk = chunk.set_column(place, chunk.schema.field(place), empty)
    return chunk


def _findings(chunk: pa.RecordBatch, profile: BankProfile, first_row: int) -> list[Violation]:
    return violations(chunk, profile, first_row=first_row)


def _recount(path: Path, format_name: str, _profile: BankProfile | None) -> writing.Found:
    seen = recount(path, format_name)
    exponents = {exponent_of(currency) for currency in seen.currencies}
    exponent = exponents.pop() if len(exponents) == 1 else None
    stated = seen.stated_total
    return writing.Found(
        count=seen.count,
        total_minor=_minor(seen.total, exponent),
        stated_count=int(seen.stated_count) if seen.stated_count.isdigit() else -1,
        stated_total_minor=-1 if stated is None else _minor(stated, exponent),
        message_id=seen.message_id,
        currencies=seen.currencies or frozenset({""}),
    )


def _minor(total: Decimal, exponent: int | None) -> int:
    """Return a sum in minor units, or -1 (never a sum of payments) where it is none."""
    scaled = total.scaleb(exponent or 0)
    return int(scaled) if exponent is not None and scaled == scaled.to_integral_value() else -1


def rendered(chunk: pa.RecordBatch, profile: BankProfile) -> pa.Array:
    """Return the payments of a chunk, each as the text of one CdtTrfTxInf, in the given order."""
    parts: list[pa.Array] = []
    places: list[NDArray[np.int64]] = []
    for shape, rows in shapes_of(chunk):
        of_shape = chunk if rows is None else chunk.take(integer_array(rows))
        cut = template(shape, profile)
        columns = {"amount": _amount_texts(of_shape.column("amount_minor"), profile.exponent)}
        for name in cut.columns:
            if name != "amount":
                columns[name] = escaped(of_shape.column(name))
        text = cut.render(columns)
        if rows is None:
            return text
        parts.append(text)
        places.append(rows)
    order = np.argsort(np.concatenate(places), kind="stable")
    return pa.concat_arrays(parts).take(integer_array(order))


def _amount_texts(amounts: pa.Array, exponent: int) -> pa.Array:
    digits = amounts.cast(pa.string())
    if exponent == 0:
        return digits
    digits = pc.utf8_lpad(digits, exponent + 1, "0")
    whole = pc.utf8_slice_codeunits(digits, 0, -exponent)
    part = pc.utf8_slice_codeunits(digits, -exponent)
    return pc.binary_join_element_wise(whole, part, scalar("."))


def _row_bytes(columns: pa.RecordBatch, profile: BankProfile, first_row: int) -> NDArray[np.int64]:
    """Return the bytes of each payment: exact, but for the rare letters that XML escapes."""
    sizes = np.zeros(columns.num_rows, np.int64)
    for shape, some in shapes_of(columns):
        rows = np.arange(columns.num_rows) if some is None else some
        _assert_rail(shape, profile, first_row + int(rows[0]))
        cut = template(shape, profile)
        of_shape = columns.take(integer_array(rows))
        digits = integers(pc.utf8_length(of_shape.column("amount_minor").cast(pa.string())))
        total = cut.fixed_bytes + np.maximum(digits, profile.exponent + 1) + 1
        for name in cut.columns:
            if name != "amount":
                total = total + _text_bytes(of_shape.column(name))
        sizes[rows] = total
    return sizes


def _assert_rail(shape: Shape, profile: BankProfile, row: int) -> None:
    has_agent = "agent" in shape.filled
    scheme = shape.agent_scheme
    if shape.account_kind not in profile.account_kinds:
        column, allowed = "account_kind", ", ".join(profile.account_kinds)
    elif has_agent != (scheme is not None) or (scheme and scheme not in profile.agent_schemes):
        column, allowed = "agent_scheme", f"given with an agent: {', '.join(profile.agent_schemes)}"
    else:
        return
    fix = "pay it through another bank profile"
    raise RefusedInstructions((Violation(row, column, f"is one of {allowed}", fix),))


def _text_bytes(column: pa.Array) -> NDArray[np.int64]:
    escapes = pc.multiply(pc.count_substring_regex(column, "[&<>]"), scalar(_ESCAPED_BYTES))
    total = pc.add(pc.binary_length(column), escapes)
    return integers(pc.fill_null(total, scalar(0)))


def _sizes(batch: pa.RecordBatch, profile: BankProfile, first_row: int) -> NDArray[np.int64]:
    return _row_bytes(_as_taken(batch, profile), profile, first_row)


ADAPTER: Final = FormatAdapter(
    formats=("pain.001.001.03", "pain.001.001.09"),
    agreed=_agreed,
    named=lambda context: f"{context.message_id}.xml",
    findings=_findings,
    sizes=_sizes,
    begin=_Rendering,
    recount=_recount,
    reader="bank_adapters.iso20022.reader",
)
