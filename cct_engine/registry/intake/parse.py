"""Cells to values, a column at a time: what they mean, and which of them mean nothing.

Columns that repeat few values (dates, codes, numbers of days) are reduced to those first, so that
reading costs what differs and not what is there.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cct_engine.registry.intake.fields import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable

    from cct_engine.registry.intake.declaration import ColumnForm, FeedDeclaration
    from cct_engine.registry.intake.fields import Field

__all__ = ["Fault", "Parsed", "parse_column"]

# A leading apostrophe is how a spreadsheet hides a formula; it is one all the same.
_FORMULA: Final = r"^'?[=+\-@\t\r]"
_FORMULA_BUT_PHONE: Final = r"^(?:'?[=\-@\t\r]|'?\+(?:[^0-9]|$))"
_WORD: Final = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$"
_PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*$"
_ACCOUNT: Final = r"^[A-Za-z0-9+][A-Za-z0-9 ._@/+-]{0,63}$"
_TEXT_MAX: Final = 200
_EARLIEST: Final = date(1880, 1, 1)
_LATEST: Final = date(2199, 12, 31)
_FRACTION_MAX: Final = 100
"""Hundredths of a percent: a presence of up to 1 % was told as a fraction, most likely."""
_FLAGS: Final = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


class Fault(NamedTuple):
    """A rule broken in a column, and by which rows (True) of the chunk."""

    rule: str
    rows: np.ndarray


class Parsed(NamedTuple):
    """A column of values; where a fault stands the value is null."""

    values: pa.Array
    faults: tuple[Fault, ...]


def parse_column(
    cells: pa.Array, field: Field, form: ColumnForm, declaration: FeedDeclaration
) -> Parsed:
    """Read a column of text as the field's type, written as the form and declaration say."""
    if not field.type.is_repetitive:
        return _parsed(cells, field, form, declaration)
    encoded = cells.dictionary_encode()
    distinct = _parsed(encoded.dictionary, field, form, declaration)
    places = encoded.indices.to_numpy(zero_copy_only=False)
    return Parsed(
        distinct.values.take(encoded.indices),
        tuple(Fault(fault.rule, fault.rows[places]) for fault in distinct.faults),
    )


def _parsed(
    cells: pa.Array, field: Field, form: ColumnForm, declaration: FeedDeclaration
) -> Parsed:
    reading = _Reading(cells)
    if field.type in _TEXTUAL:
        guard = _FORMULA_BUT_PHONE if field.type is FieldType.NUMBER else _FORMULA
        reading.refuse("formula", _matching(cells, guard))
    reading.tidy()
    reading.leave_out(form.missing if form.missing is not None else declaration.missing)
    if form.values is not None:
        reading.rename(form.values)
    required = field.required if form.required is None else form.required
    if required:
        reading.refuse("missing", ~reading.told & ~reading.refused)
    values = _READERS[field.type](reading, field, form, declaration)
    return Parsed(values, tuple(reading.faults))


class _Reading:
    """A column while it is read: its cells, which still count, and what was wrong with the rest."""

    def __init__(self, cells: pa.Array) -> None:
        self.cells = cells
        self.told = np.ones(len(cells), dtype=bool)
        self.refused = np.zeros(len(cells), dtype=bool)
        self.faults: list[Fault] = []

    def refuse(self, rule: str, rows: np.ndarray) -> None:
        """Note a broken rule; the first one of a cell is the one that is told."""
        rows = rows & ~self.refused
        if rows.any():
            self.faults.append(Fault(rule, rows))
            self.refused |= rows
            self.told &= ~rows

    def tidy(self) -> None:
        """Take away blanks around cells."""
        self.cells = pc.utf8_trim_whitespace(self.cells)

    def leave_out(self, missing: list[str]) -> None:
        """Mark what stands where nothing is known."""
        if missing == [""]:
            absent = pc.equal(pc.binary_length(self.cells), 0)
        else:
            absent = pc.is_in(self.cells, value_set=pa.array([*missing, ""], self.cells.type))
        self.told &= ~absent.to_numpy(zero_copy_only=False)

    def rename(self, names: dict[str, str]) -> None:
        """Put our words for the sender's."""
        for theirs, ours in names.items():
            self.cells = pc.if_else(pc.equal(self.cells, theirs), ours, self.cells)

    def require(self, rule: str, pattern: str) -> None:
        """Refuse what does not match a pattern."""
        self.refuse(rule, self.told & ~_matching(self.cells, pattern))

    def kept(self, values: pa.Array | None = None) -> pa.Array:
        """Return the values that count, null for the others."""
        values = self.cells if values is None else values
        return values if self.told.all() else pc.if_else(pa.array(self.told), values, None)

    def numbers(self, cells: pa.Array) -> pa.Array:
        """Cast digits to integers, null for what does not count."""
        return pc.if_else(pa.array(self.told), cells, None).cast(pa.int64())


def _matching(cells: pa.Array, pattern: str) -> np.ndarray:
    found: np.ndarray = pc.match_substring_regex(cells, pattern).to_numpy(zero_copy_only=False)
    return found


def _read_word(
    reading: _Reading, field: Field, form: ColumnForm, _declaration: FeedDeclaration
) -> pa.Array:
    _check_digits(reading, form)
    rule = "not_a_reference" if field.type is FieldType.REFERENCE else "not_a_code"
    reading.require(rule, _WORD)
    return reading.kept()


def _read_text(
    reading: _Reading, _field: Field, _form: ColumnForm, _declaration: FeedDeclaration
) -> pa.Array:
    too_long = pc.greater(pc.utf8_length(reading.cells), _TEXT_MAX)
    reading.refuse("too_long", reading.told & too_long.to_numpy(zero_copy_only=False))
    reading.require("control_character", _PRINTABLE)
    return reading.kept()


def _read_number(
    reading: _Reading, _field: Field, form: ColumnForm, _declaration: FeedDeclaration
) -> pa.Array:
    _check_digits(reading, form)
    reading.require("not_an_account", _ACCOUNT)
    return reading.kept()


def _check_digits(reading: _Reading, form: ColumnForm) -> None:
    if form.digits is None:
        return
    if form.restore_zeros:
        digits_only = _matching(reading.cells, r"^[0-9]+$")
        padded = pc.utf8_lpad(reading.cells, form.digits, "0")
        reading.cells = pc.if_else(pa.array(digits_only), padded, reading.cells)
    else:
        shorter = _matching(reading.cells, f"^[0-9]{{1,{form.digits - 1}}}$")
        reading.refuse("zeros_lost", reading.told & shorter)
    reading.require("wrong_length", f"^[0-9]{{{form.digits}}}$")


def _read_integer(
    reading: _Reading, field: Field, form: ColumnForm, _declaration: FeedDeclaration
) -> pa.Array:
    reading.require("not_a_number", r"^-?[0-9]{1,9}$")
    _check_range(reading, reading.numbers(reading.cells), field, form)
    return reading.numbers(reading.cells)


def _check_range(reading: _Reading, numbers: pa.Array, field: Field, form: ColumnForm) -> None:
    least = form.least if form.least is not None else field.least
    most = form.most if form.most is not None else field.most
    values = pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False)
    if least is not None:
        reading.refuse("too_small", reading.told & (values < least))
    if most is not None:
        reading.refuse("too_large", reading.told & (values > most))


def _read_money(
    reading: _Reading, field: Field, form: ColumnForm, declaration: FeedDeclaration
) -> pa.Array:
    values = _scaled(
        reading, "not_an_amount", form.decimal or declaration.decimal, declaration.minor_digits
    )
    _check_range(reading, values, field, form)
    return reading.numbers(values)


def _read_percent(
    reading: _Reading, _field: Field, form: ColumnForm, declaration: FeedDeclaration
) -> pa.Array:
    """Read a percentage as hundredths of a percent: 85 (whole) or 0.85 (fraction) is 8,500."""
    decimal = form.decimal or declaration.decimal
    places = 2 if form.percent == "whole" else 4
    values = _scaled(reading, "not_a_percentage", decimal, places)
    hundredths = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
    if form.percent == "whole":
        reading.refuse(
            "percent_as_fraction",
            reading.told & (hundredths > 0) & (hundredths <= _FRACTION_MAX),
        )
    reading.refuse("too_large", reading.told & (hundredths > 10_000))  # noqa: PLR2004 - 100 %
    return reading.numbers(values)


def _scaled(reading: _Reading, rule: str, decimal: str, places: int) -> pa.Array:
    """Write decimals as integers of their smallest unit: text to text to integer, no float."""
    mark = re.escape(decimal)
    pattern = rf"^[0-9]{{1,13}}(?:{mark}[0-9]{{1,{places}}})?$" if places else r"^[0-9]{1,13}$"
    reading.require(rule, pattern)
    cells = reading.cells
    if places:
        has_mark = pc.match_substring(cells, decimal)
        cells = pc.if_else(has_mark, cells, pc.binary_join_element_wise(cells, "", decimal))
        for length in range(places):
            short = pc.match_substring_regex(cells, f"{mark}[0-9]{{{length}}}$")
            zeros = "0" * (places - length)
            cells = pc.if_else(short, pc.binary_join_element_wise(cells, zeros, ""), cells)
        cells = pc.replace_substring(cells, decimal, "")
    return reading.numbers(cells)


def _read_date(
    reading: _Reading, field: Field, form: ColumnForm, declaration: FeedDeclaration
) -> pa.Array:
    """Read dates; only the different ones, so a loop over them does not grow with the file."""
    written = form.date or (
        declaration.month if field.type is FieldType.MONTH else declaration.date
    )
    reading.require("not_a_date", _date_pattern(written))
    days: list[date | None] = [
        _day(written, cell) if told else None
        for cell, told in zip(reading.cells.to_pylist(), reading.told, strict=True)
    ]
    reading.refuse("not_a_date", reading.told & np.array([day is None for day in days], dtype=bool))
    meant = np.array([day is not None and _EARLIEST <= day <= _LATEST for day in days], dtype=bool)
    reading.refuse("impossible_date", reading.told & ~meant)
    return reading.kept(pa.array(days, pa.date32()))


def _date_pattern(written: str) -> str:
    pattern = re.escape(written)
    for part, digits in (
        ("%Y", r"[0-9]{4}"),
        ("%y", r"[0-9]{2}"),
        ("%m", r"[0-9]{1,2}"),
        ("%d", r"[0-9]{1,2}"),
    ):
        pattern = pattern.replace(re.escape(part), digits)
    return f"^{pattern}$"


@lru_cache(maxsize=1 << 17)
def _day(written: str, cell: str) -> date | None:
    """Read one date. Kept: a life's dates are few, and every chunk asks for them again."""
    try:
        return datetime.strptime(cell, written).date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return None


def _read_flag(
    reading: _Reading, _field: Field, _form: ColumnForm, _declaration: FeedDeclaration
) -> pa.Array:
    lowered = pc.utf8_lower(reading.cells)
    known = pc.is_in(lowered, value_set=pa.array(list(_FLAGS), lowered.type))
    reading.refuse("not_yes_or_no", reading.told & ~known.to_numpy(zero_copy_only=False))
    yes = pa.array([word for word, meaning in _FLAGS.items() if meaning], lowered.type)
    return reading.kept(pc.is_in(lowered, value_set=yes))


def _read_choice(
    reading: _Reading, field: Field, _form: ColumnForm, _declaration: FeedDeclaration
) -> pa.Array:
    known = pc.is_in(reading.cells, value_set=pa.array(field.choices, reading.cells.type))
    reading.refuse("not_in_list", reading.told & ~known.to_numpy(zero_copy_only=False))
    return reading.kept()


_TEXTUAL: Final = frozenset(
    {FieldType.REFERENCE, FieldType.CODE, FieldType.TEXT, FieldType.NUMBER, FieldType.CHOICE}
)
_READERS: Final[dict[FieldType, Callable[..., pa.Array]]] = {
    FieldType.REFERENCE: _read_word,
    FieldType.CODE: _read_word,
    FieldType.TEXT: _read_text,
    FieldType.NUMBER: _read_number,
    FieldType.INTEGER: _read_integer,
    FieldType.MONEY: _read_money,
    FieldType.PERCENT: _read_percent,
    FieldType.DATE: _read_date,
    FieldType.MONTH: _read_date,
    FieldType.FLAG: _read_flag,
    FieldType.CHOICE: _read_choice,
}
