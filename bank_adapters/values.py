"""Texts of a message into typed columns, refusing what is no amount, date, flag or direction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.arrays import integer_array, integers, repeated, scalar, text_array, truths
from bank_adapters.currency import read_exponent_of
from bank_adapters.refusals import RefusalCode, RefusedFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Place",
    "clean",
    "coded",
    "compact_dates",
    "dates",
    "directions",
    "either",
    "flags",
    "may_be_space",
    "minor",
    "reference",
]

# What xs:decimal allows and a bank writes: no sign, no exponent, no NaN, digits before the point.
_DECIMAL: Final = r"^[0-9]{1,18}(\.[0-9]{1,18})?$"
_DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DIRECTIONS: Final = ("CRDT", "DBIT")
_REFERENCE_MAX: Final = 36  # Max35Text, and a UETR
_NO_REFERENCE: Final = "NOTPROVIDED"
_DIGITS_MAX: Final = 18  # ISO 20022: totalDigits of every amount
_SPACE: Final = ord(" ")
_ASCII_MAX: Final = 0x7F  # above it a space may be of another kind


class Place:
    """Says where a refused value stands: in which file, and at which unit."""

    def __init__(self, name: str, *, what: str, first: int) -> None:
        self._name = name
        self._what = what
        self._first = first

    def refusal(self, code: RefusalCode, row: int, column: str) -> RefusedFile:
        """Return the refusal of a value in a row counted from 0."""
        return RefusedFile(
            code, name=self._name, place=f"{self._what} {self._first + row}, {column}"
        )

    def assert_all(self, fits: pa.Array, code: RefusalCode, column: str) -> None:
        """Raise for the first row that does not fit; null fits."""
        wrong = pc.indices_nonzero(pc.invert(pc.fill_null(fits, scalar(True))))
        if len(wrong):
            raise self.refusal(code, wrong[0].as_py(), column)


def clean(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return texts without space around them; null where nothing is left."""
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if flat.null_count == len(flat) or not _has_odd_edges(flat):
        return flat
    trimmed = pc.utf8_trim_whitespace(flat)
    return pc.if_else(pc.equal(pc.binary_length(trimmed), scalar(0)), pa.NULL, trimmed)


def _has_odd_edges(texts: pa.Array) -> bool:
    """Tell whether a text is empty, or begins or ends in space: a look at the bytes, once."""
    offsets, letters = _offsets(texts), np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    starts, ends = offsets[:-1], offsets[1:]
    if texts.null_count:
        is_text = truths(texts.is_valid())
        starts, ends = starts[is_text], ends[is_text]
    if (starts == ends).any():
        return True
    return any(may_be_space(letters[places]) for places in (starts, ends - 1))


def _offsets(texts: pa.Array) -> NDArray[np.int32]:
    return np.frombuffer(texts.buffers()[1], np.int32)[texts.offset :][: len(texts) + 1]


def may_be_space(letters: NDArray[np.uint8]) -> bool:
    """Tell whether one of these letters may be a space, or a part of one."""
    lowest, highest = letters.min(initial=_ASCII_MAX), letters.max(initial=_ASCII_MAX)
    return bool(lowest <= _SPACE or highest > _ASCII_MAX)


def minor(texts: pa.Array, currencies: pa.Array, place: Place, column: str) -> pa.Array:
    """Return amounts in minor units of their currencies, exactly. Both null: null.

    Decimals beyond the currency's own must be zeros (a bank may write 6.0000), and an amount has
    at most 18 digits.
    """
    if texts.null_count == len(texts) and currencies.null_count == len(texts):
        return pa.nulls(len(texts), pa.int64())
    usual = _usual_minor(texts, currencies)
    if usual is not None:
        return usual
    place.assert_all(pc.match_substring_regex(texts, _DECIMAL), RefusalCode.AMOUNT, column)
    has_amount, has_currency = pc.is_valid(texts), pc.is_valid(currencies)
    place.assert_all(pc.or_(pc.invert(has_amount), has_currency), RefusalCode.CURRENCY, column)
    place.assert_all(pc.or_(has_amount, pc.invert(has_currency)), RefusalCode.AMOUNT, column)
    amounts = np.zeros(len(texts), np.int64)
    for currency in pc.unique(currencies).to_pylist():
        if currency is None:
            continue
        of_currency = pc.fill_null(pc.equal(currencies, scalar(currency)), scalar(False))
        rows = pc.indices_nonzero(of_currency)
        exponent = read_exponent_of(currency)
        if exponent is None:
            raise place.refusal(RefusalCode.CURRENCY, rows[0].as_py(), column)
        amounts[integers(rows)] = _scaled(texts.take(rows), exponent, rows, place, column)
    return integer_array(amounts, known=truths(has_amount))


def _usual_minor(texts: pa.Array, currencies: pa.Array) -> pa.Array | None:
    """Return minor units where all amounts are in one currency, with just its decimals."""
    if texts.null_count or currencies.null_count or not len(texts):
        return None
    names = pc.unique(currencies)
    exponent = read_exponent_of(names[0].as_py())
    if len(names) > 1 or exponent is None:
        return None
    if not pc.all(pc.match_substring_regex(texts, _usual(exponent))).as_py():
        return None
    return integer_array(_unscaled(texts, exponent))


def _scaled(
    texts: pa.Array, exponent: int, rows: pa.Array, place: Place, column: str
) -> NDArray[np.int64]:
    if pc.all(pc.match_substring_regex(texts, _usual(exponent))).as_py():
        return _unscaled(texts, exponent)
    bare = pc.replace_substring_regex(texts, rf"(\.[0-9]{{0,{exponent}}})0+$", r"\1")
    fits = pc.match_substring_regex(bare, rf"^[0-9]{{1,18}}(\.[0-9]{{0,{exponent}}})?$")
    whole = pc.replace_substring_regex(bare, r"^0+|\..*$", "")
    digits = pc.add(pc.utf8_length(whole), scalar(exponent))
    fits = pc.and_(fits, pc.less_equal(digits, scalar(_DIGITS_MAX)))
    wrong = pc.indices_nonzero(pc.invert(fits))
    if len(wrong):
        raise place.refusal(RefusalCode.AMOUNT, rows[wrong[0].as_py()].as_py(), column)
    return _unscaled(bare, exponent)


def _usual(exponent: int) -> str:
    """Return the pattern of amounts with just the decimals of their currency: nearly all are so."""
    decimals = rf"\.[0-9]{{{exponent}}}" if exponent else ""
    return rf"^[0-9]{{1,{_DIGITS_MAX - exponent}}}{decimals}$"


def _unscaled(texts: pa.Array, exponent: int) -> NDArray[np.int64]:
    decimals = pc.cast(texts, pa.decimal128(38, exponent))
    # A decimal128 is its unscaled integer in 16 bytes; 18 digits lie within the lower eight.
    words = np.frombuffer(decimals.buffers()[1], dtype=np.int64)
    return words[2 * decimals.offset :: 2][: len(decimals)]


def dates(days: pa.Array, times: pa.Array, place: Place, column: str) -> pa.Array:
    """Return dates from either a date or a date with a time, as the bank's own calendar has it."""
    texts = either(days, times).dictionary_encode()  # a file tells of few days
    fits = pc.match_substring_regex(texts.dictionary, _DATE)
    if not pc.all(fits, min_count=0).as_py():
        place.assert_all(fits.take(texts.indices), RefusalCode.DATE, column)
    try:
        found = pc.cast(pc.utf8_slice_codeunits(texts.dictionary, 0, 10), pa.date32())
    except pa.ArrowInvalid:
        raise place.refusal(RefusalCode.DATE, 0, column) from None
    return found.take(texts.indices)


def either(first: pa.Array, second: pa.Array) -> pa.Array:
    """Return the first of two texts that is given, with no work where one column says it all."""
    if first.null_count == 0 or second.null_count == len(second):
        return first
    return second if first.null_count == len(first) else pc.coalesce(first, second)


def compact_dates(texts: pa.Array, place: Place, column: str) -> pa.Array:
    """Return dates from ddmmyyyy; zeros are none."""
    given = pc.if_else(pc.match_substring_regex(texts, "^0+$"), pa.NULL, texts)
    place.assert_all(pc.match_substring_regex(given, "^[0-9]{8}$"), RefusalCode.DATE, column)
    cut = (pc.utf8_slice_codeunits(given, *span) for span in ((4, 8), (2, 4), (0, 2)))
    days = pc.binary_join_element_wise(*cut, scalar("-"))
    return dates(days, pa.nulls(len(texts), pa.string()), place, column)


def directions(texts: pa.Array, place: Place, column: str, *, required: bool) -> pa.Array:
    """Return CRDT or DBIT."""
    if set(pc.unique(texts).to_pylist()) <= ({*_DIRECTIONS} if required else {*_DIRECTIONS, None}):
        return texts
    known = pc.is_in(texts, text_array(_DIRECTIONS))
    allowed = known if required else pc.or_(known, pc.is_null(texts))
    place.assert_all(allowed, RefusalCode.DIRECTION, column)
    return texts


def flags(texts: pa.Array, place: Place, column: str) -> pa.Array:
    """Return booleans; absent is false."""
    if texts.null_count == len(texts):
        return repeated(False, len(texts))
    known = pc.is_in(texts, text_array(["true", "false", "1", "0"]))
    place.assert_all(pc.or_(known, pc.is_null(texts)), RefusalCode.FLAG, column)
    return pc.is_in(texts, text_array(["true", "1"]))


def reference(texts: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    """Return references of up to 36 printable characters, and where something else stood if so."""
    if texts.null_count == len(texts):
        return texts, None
    sizes = np.diff(_offsets(texts))
    is_plain = _is_printable_ascii(texts) and sizes.max() <= _REFERENCE_MAX
    if is_plain and not (sizes == len(_NO_REFERENCE)).any():
        return texts, None
    is_none = pc.equal(texts, scalar(_NO_REFERENCE))
    if is_plain:
        return pc.if_else(is_none, pa.NULL, texts), None
    fits = pc.less_equal(pc.utf8_length(texts), scalar(_REFERENCE_MAX))
    fits = pc.and_(fits, pc.match_substring_regex(texts, r"^[^\pC]+$"))
    broken = pc.fill_null(pc.invert(fits), scalar(False))
    return pc.if_else(pc.or_(broken, pc.fill_null(is_none, scalar(False))), pa.NULL, texts), broken


def _is_printable_ascii(texts: pa.Array) -> bool:
    """Look at the bytes of a whole column at once; nearly every column is plain."""
    offsets = _offsets(texts)
    letters = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    return bool(len(letters) == 0 or (letters.min() >= ord(" ") and letters.max() <= ord("~")))


def coded(texts: pa.Array, *, length_max: int) -> tuple[pa.Array, pa.Array | None]:
    """Return codes (letters, digits, . _ / -), and where something else stood, if it did."""
    if texts.null_count == len(texts):
        return texts, None
    codes = texts.dictionary_encode()
    pattern = rf"^[A-Za-z0-9._/-]{{1,{length_max}}}$"
    fits = pc.match_substring_regex(codes.dictionary, pattern)
    if pc.all(fits).as_py():
        return texts, None
    broken = pc.fill_null(pc.invert(fits.take(codes.indices)), scalar(False))
    return pc.if_else(broken, pa.NULL, texts), broken
