"""Delimited payment files by profile; SPEI order lines are one of them."""

from __future__ import annotations

import csv
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.delimited.terms import agreed, terms_of
from bank_adapters.delimited.values import cells, facts
from bank_adapters.facets import violations
from bank_adapters.fixed_lines import bytes_of
from bank_adapters.format_adapter import FormatAdapter
from bank_adapters.model import Expected, Violation
from bank_adapters.writing import Found, SchemaBroken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from bank_adapters.delimited.terms import DelimitedTerms
    from bank_adapters.model import FileContext
    from bank_adapters.profiles.model import BankProfile

__all__ = ["ADAPTER"]

_LONGEST: Final = 10**18


class _Rendering:
    def __init__(self, context: FileContext, expected: Expected) -> None:
        self._terms = terms_of(context.profile)
        self._exponent = context.profile.exponent
        self._facts = facts(context, expected, self._terms)

    def head(self) -> bytes:
        terms = self._terms
        lines = [terms.first_line.format(**self._facts)] if terms.first_line else []
        if terms.column_names:
            lines.append(terms.delimiter.join(column.name for column in terms.columns))
        return "".join(line + terms.line_ending for line in lines).encode("ascii")

    def body(self, chunk: pa.RecordBatch, first_row: int) -> memoryview:
        return bytes_of(_lines(chunk, first_row, self._terms, self._facts, self._exponent))

    def tail(self) -> bytes:
        terms = self._terms
        text = terms.last_line.format(**self._facts) + terms.line_ending if terms.last_line else ""
        return text.encode("ascii")


def _lines(
    chunk: pa.RecordBatch,
    first_row: int,
    terms: DelimitedTerms,
    of_file: dict[str, object],
    exponent: int,
) -> pa.Array:
    columns = []
    for column in terms.columns:
        texts = cells(column, chunk, first_row, of_file, exponent)
        if column.source == "amount" and terms.decimal_mark != ".":
            texts = pc.replace_substring(texts, ".", terms.decimal_mark)
        columns.append(_quoted(texts, terms))
    joined = pc.binary_join_element_wise(*columns, terms.delimiter)
    return pc.binary_join_element_wise(joined, terms.line_ending, "")


def _quoted(texts: pa.Array, terms: DelimitedTerms) -> pa.Array:
    if not terms.quote:
        return texts
    special = pc.match_substring_regex(texts, f"[{re.escape(terms.delimiter)}{terms.quote}\r\n]")
    doubled = pc.replace_substring(texts, terms.quote, terms.quote * 2)
    wrapped = pc.binary_join_element_wise(terms.quote, doubled, terms.quote, "")
    return pc.if_else(special, wrapped, texts)


def _findings(chunk: pa.RecordBatch, profile: BankProfile, first_row: int) -> list[Violation]:
    terms = terms_of(profile)
    found = violations(chunk, profile, first_row=first_row)
    asked = {column.source for column in terms.columns}
    if "short_reference" in asked:
        for row in pc.indices_nonzero(chunk.column("short_reference").is_null()).to_pylist():
            rule = "has a value: the bank knows the payment by it"
            found.append(Violation(first_row + row, "short_reference", rule, "give it one"))
    for column in terms.columns:
        if column.source is None or column.source not in chunk.schema.names:
            continue
        texts = chunk.column(column.source).cast(pa.string())
        if column.length_max:
            wrong = pc.greater(pc.utf8_length(texts), column.length_max)
            rule = f"has at most {column.length_max} characters in this bank's file"
            found += _where(wrong, column.source, rule, first_row)
        if not terms.quote:
            wrong = pc.match_substring(texts, terms.delimiter)
            rule = "does not hold the mark that parts this bank's columns"
            found += _where(wrong, column.source, rule, first_row)
    return sorted(found)


def _where(wrong: pa.Array, column: str, rule: str, first_row: int) -> list[Violation]:
    rows = pc.indices_nonzero(pc.fill_null(wrong, False)).to_pylist()
    fix = "write it otherwise, or agree another file with the bank"
    return [Violation(first_row + row, column, rule, fix) for row in rows]


def _sizes(batch: pa.RecordBatch, profile: BankProfile, first_row: int) -> NDArray[np.int64]:
    terms = terms_of(profile)
    # The file's facts are not known while planning: the longest they can be.
    longest = {
        "message_id": "X" * 33,
        "sequence": "9" * 6,
        "execution_on": "9" * 10,
        "created_on": "9" * 10,
        "count": _LONGEST,
        "total": _LONGEST,
        "total_minor": _LONGEST,
    }
    lines = _lines(batch, first_row + 10**9, terms, longest, profile.exponent)
    return np.asarray(pc.binary_length(lines).to_numpy(zero_copy_only=False), np.int64)


def _named(context: FileContext) -> str:
    terms = terms_of(context.profile)
    of_file = facts(context, context.expected or Expected(0, 0), terms)
    return terms.file_name.format(**of_file).replace("/", "")


def _recount(path: Path, _format_name: str, profile: BankProfile | None) -> Found | None:
    """Read the lines again as a spreadsheet would; only the profile says which is the amount."""
    if profile is None:
        return None
    terms = terms_of(profile)
    frame = bool(terms.first_line) + terms.column_names
    count, total = 0, Decimal(0)
    with path.open(newline="", encoding="ascii") as file:
        for number, cells_of in enumerate(_rows(file, terms)):
            if number < frame or (len(cells_of) != len(terms.columns) and terms.last_line):
                continue
            if len(cells_of) != len(terms.columns):
                raise SchemaBroken(f"line {number + 1} of the file has another number of columns.")
            count += 1
            total += _amount(cells_of[terms.amount_place], number, terms)
    is_minor = terms.columns[terms.amount_place].source == "amount_minor"
    scaled = total if is_minor else total.scaleb(profile.exponent)
    return Found(count, int(scaled), stated_count=None, stated_total_minor=None)


def _rows(file: Iterable[str], terms: DelimitedTerms) -> Iterator[list[str]]:
    if len(terms.delimiter) == 1:
        mark = terms.delimiter
        yield from (
            csv.reader(file, delimiter=mark, strict=True)
            if terms.quote
            else csv.reader(file, delimiter=mark, quoting=csv.QUOTE_NONE, strict=True)
        )
    else:
        for text in file:
            yield text.removesuffix(terms.line_ending).split(terms.delimiter)


def _amount(text: str, number: int, terms: DelimitedTerms) -> Decimal:
    try:
        return Decimal(text.replace(terms.decimal_mark, "."))
    except InvalidOperation:
        raise SchemaBroken(f"line {number + 1} of the file has no amount in its place.") from None


ADAPTER: Final = FormatAdapter(
    formats=("delimited", "spei.order"),
    agreed=agreed,
    named=_named,
    findings=_findings,
    sizes=_sizes,
    begin=_Rendering,
    recount=_recount,
    reader="bank_adapters.delimited.reader",
)
