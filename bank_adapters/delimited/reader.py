"""Delimited answers, read by what an ``Answer`` says of their columns."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from bank_adapters.currency import exponent_of
from bank_adapters.delimited.answer import REFERENCES
from bank_adapters.events import NOTHING, Rows
from bank_adapters.model import EventKind
from bank_adapters.refusals import RefusalCode
from bank_adapters.telling import Telling
from bank_adapters.values import Place, clean, minor

if TYPE_CHECKING:
    from datetime import date

    from typing_extensions import Buffer

    from bank_adapters.delimited.answer import Answer
    from bank_adapters.inflow import Inflow
    from bank_adapters.telling import Contents, Order

__all__ = ["read"]

_BLOCK_BYTES: Final = 1 << 20
_FORMULAS: Final = "^[=+@\t\r-]"  # what a spreadsheet takes for a formula


def read(source: Inflow, order: Order, answer: Answer) -> Contents:
    """Read a file to its end. Raises RefusedFile."""
    telling, odd, reader = Telling(order), list[str](), None
    stream = io.BufferedReader(_Stream(source))
    total = 0
    try:
        reader = pa_csv.open_csv(stream, *_options(answer, odd))
        for batch in reader:
            rows = _without_totals(batch, answer, odd)
            if rows.num_rows:
                total += _tell(rows, answer, telling, order)
    except pa.ArrowInvalid:
        # Arrow's own words hold the line itself.
        place = f"behind line {telling.entries + 1}"
        raise order.refusal(RefusalCode.NOT_WELL_FORMED, place) from None
    finally:
        if reader is not None:
            reader.close()
    _check_end(odd, total, answer, telling, order)
    own_name = f"{answer.code}-{source.sha256[:16] or source.size}"
    return telling.contents(f"delimited.{answer.code}", own_name)


class _Stream(io.RawIOBase):
    """An inflow, as a file for Arrow."""

    def __init__(self, source: Inflow) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        room = memoryview(buffer)
        part = self._source.read(len(room))
        room[: len(part)] = part
        return len(part)


def _options(answer: Answer, odd: list[str]) -> tuple[object, object, object]:
    def kept(row: pa_csv.InvalidRow) -> str:
        odd.append(row.text)
        return "skip"

    names = list(answer.column_names)
    return (
        pa_csv.ReadOptions(
            column_names=names,
            skip_rows=1,
            encoding=answer.encoding,
            block_size=_BLOCK_BYTES,
            use_threads=False,
        ),
        pa_csv.ParseOptions(
            delimiter=answer.delimiter,
            quote_char=answer.quote or False,
            invalid_row_handler=kept,
            ignore_empty_lines=True,
        ),
        pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _without_totals(batch: pa.RecordBatch, answer: Answer, odd: list[str]) -> pa.RecordBatch:
    """Set a line of totals aside that has as many columns as the others."""
    pattern = answer.totals_pattern()
    if pattern is None or not batch.num_rows:
        return batch
    last = answer.delimiter.join(column[-1].as_py() for column in batch.columns)
    if pattern.fullmatch(last) is None:
        return batch
    odd.append(last)
    return batch.slice(0, batch.num_rows - 1)


def _tell(batch: pa.RecordBatch, answer: Answer, telling: Telling, order: Order) -> int:
    """Tell a block of lines; return what their amounts come to."""
    count = batch.num_rows
    place = Place(order.name, what="line", first=telling.entries + 2)
    column = {name: clean(batch.column(named)) for name, named in answer.columns.items()}
    for name in REFERENCES:
        if name in column:
            is_text = pc.invert(pc.match_substring_regex(column[name], _FORMULAS))
            place.assert_all(is_text, RefusalCode.NOT_WELL_FORMED, f"{name}, a formula")
    before = telling.entries
    telling.count(count)
    rows = Rows(count)
    rows.put("kind", EventKind.ITEM_STATUS.value)
    rows.put("entry_no", pa.array(np.arange(before + 1, before + count + 1)))
    for name in REFERENCES:
        if name in column:
            rows.put_reference(name, column[name])
    total = _put_amounts(rows, column, answer, place, telling)
    for name in ("booked_on", "value_on"):
        if name in column:
            rows.put(name, _dates(column[name], answer, place, name))
    words = column["status"].dictionary_encode()
    meant = [answer.statuses.get(word, "PDNG") for word in words.dictionary.to_pylist()]
    status = pc.fill_null(pa.array(meant, pa.string()).take(words.indices), "PDNG")
    rows.put("status", status)
    for said in pc.value_counts(status).to_pylist():
        telling.add(said["values"], said["counts"])
    if "reason" in column:
        rows.put_code("reason", column["reason"], length_max=35)
        none = pa.scalar(None, pa.string())
        rows.put("reason_list", pc.if_else(column["reason"].is_valid(), answer.code, none))
    telling.tell(rows.built(NOTHING))
    return total


def _put_amounts(
    rows: Rows, column: dict[str, pa.Array], answer: Answer, place: Place, telling: Telling
) -> int:
    if "amount" not in column:
        return 0
    plain = pc.replace_substring(column["amount"], answer.decimal_mark, ".")
    if answer.decimal_mark == ",":
        is_plain = pc.invert(pc.match_substring(column["amount"], "."))
        place.assert_all(is_plain, RefusalCode.AMOUNT, "amount")
    fixed = pa.array([answer.currency] * len(plain), pa.string())
    currency = column.get("currency", fixed)
    currency = pc.if_else(plain.is_valid(), currency, None)
    amounts = minor(plain, currency, place, "amount")
    rows.put("amount_minor", amounts)
    rows.put("currency", currency)
    rows.put("direction", "DBIT")
    for name in pc.unique(currency.drop_null()).to_pylist():
        of_currency = pc.fill_null(pc.equal(currency, name), False)
        telling.add(f"{name}.DBIT", pc.sum(amounts.filter(of_currency)).as_py() or 0)
    return int(pc.sum(amounts).as_py() or 0)


def _dates(texts: pa.Array, answer: Answer, place: Place, name: str) -> pa.Array:
    """Read the few different dates once each."""
    codes = texts.dictionary_encode()
    days = [_day(text, answer.date_format) for text in codes.dictionary.to_pylist()]
    known = pa.array([day is not None for day in days], pa.bool_()).take(codes.indices)
    place.assert_all(known, RefusalCode.DATE, name)
    return pa.array(days, pa.date32()).take(codes.indices)


def _day(text: str, date_format: str) -> date | None:
    try:
        return datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


def _check_end(
    odd: list[str], total_minor: int, answer: Answer, telling: Telling, order: Order
) -> None:
    """Check the line of totals; a line of another number of columns is nothing else."""
    pattern = answer.totals_pattern()
    if pattern is None:
        if odd:
            raise order.refusal(RefusalCode.NOT_WELL_FORMED, "a line of another number of columns")
        return
    found = pattern.fullmatch(odd[0].rstrip("\r\n")) if len(odd) == 1 else None
    if found is None:
        order.doubt(order.refusal(RefusalCode.NOT_WELL_FORMED, "the last line, its totals"))
        return
    told = found.groupdict()
    if "count" in told:
        order.assert_equal(telling.entries, int(told["count"]), "the last line, number of lines")
    if "total_minor" in told:
        order.assert_equal(total_minor, int(told["total_minor"]), "the last line, sum")
    if "total" in told:
        exponent = exponent_of(answer.currency or "") or 2
        whole, _, part = told["total"].replace(",", ".").partition(".")
        stated = int(whole + part[:exponent].ljust(exponent, "0"))
        order.assert_equal(total_minor, stated, "the last line, sum")
