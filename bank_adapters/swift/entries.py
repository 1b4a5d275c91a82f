"""The entries of an MT940 or MT942 (field 61, and 86 behind it) as events."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.events import NOTHING, Built, Rows
from bank_adapters.model import EventKind
from bank_adapters.refusals import RefusalCode, RefusedFile
from bank_adapters.values import Place, clean, minor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Entries", "Moved", "day_of", "entries"]

# Value date, entry date, mark, third letter of the currency, amount, kind, references, more lines.
_ENTRY: Final = (
    r"^(?P<valued>[0-9]{6})(?P<booked>[0-9]{4}|    )?(?P<mark>R[CD]|E[CD]|[CD])(?P<letter>[A-Z])?"
    r" ?(?P<amount>[0-9][0-9,]*)(?P<kind>[A-Z][A-Z0-9 ]{3})?"
    r"(?P<own>.*?)(?://(?P<bank>.*))?(?:\n(?s:.*))?$"
)
_AMOUNT: Final = r"^[0-9]{1,18},[0-9]{0,3}$"
_NEXT_WORD: Final = (
    "(?:(?:EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|PURP|COAM|OAMT|RREF|MTLG)[+:]|[? ]|$)"
)
_END_TO_END: Final = (rf"EREF\+ ?(?P<found>.+?){_NEXT_WORD}", r"/EREF/(?P<found>[^/]+)/")
_BATCH: Final = (rf"KREF\+ ?(?P<found>.+?){_NEXT_WORD}", r"/PREF/(?P<found>[^/]+)/")
_RETURN_CODE: Final = r"/RTRN/(?P<found>[A-Z0-9]{4})/"
_GERMAN_RETURN: Final = r"^159.*\?34(?P<found>[0-9]{3})"
_GERMAN_LINES: Final = r"\?(?:2[0-9]|6[0-3])"
_CHARGES: Final = ("CHG", "COM")
_NO_REFERENCE: Final = ("NONREF", "EREF", "KREF+", "NOTPROVIDED", "N")
_CENTURY: Final = 80  # '79 is 2079, '80 is 1980
_THIRTIETH: Final = "0230"


class Entries(NamedTuple):
    """Entries of one statement: their fields 61 and 86, and in which lines they stand."""

    heads: Sequence[str]
    texts: Sequence[str | None]
    lines: Sequence[int]
    account: str | None
    currency: str | None
    first_no: int


class Moved(NamedTuple):
    """What entries come to: booked ones by direction, (entries, minor)."""

    credited: tuple[int, int]
    debited: tuple[int, int]


class _AtLine(Place):
    def __init__(self, name: str, lines: Sequence[int]) -> None:
        super().__init__(name, what="line", first=1)
        self._lines = lines

    def refusal(self, code: RefusalCode, row: int, column: str) -> RefusedFile:
        place = f"line {self._lines[row]}, field 61, {column}"
        return RefusedFile(code, name=self._name, place=place)


def entries(of: Entries, name: str) -> tuple[Built, Moved]:
    """Return the events of entries, and what they come to. Raises RefusedFile."""
    count = len(of.heads)
    place = _AtLine(name, of.lines)
    found = pc.extract_regex(pa.array(of.heads, pa.string()), _ENTRY)
    place.assert_all(found.is_valid(), RefusalCode.NOT_WELL_FORMED, "its form")
    column = {field.name: clean(found.field(field.name)) for field in found.type}
    amounts = _amounts(column["amount"], of.currency, place)
    credit, is_reversal, is_expected = _directions(column["mark"])
    rows = Rows(count)
    rows.put("entry_no", pa.array(np.arange(of.first_no, of.first_no + count)))
    rows.put("amount_minor", amounts)
    rows.put("currency", of.currency)
    rows.put("direction", pa.array(np.where(credit, "CRDT", "DBIT").tolist()))
    rows.put("reversal", pa.array(is_reversal))
    rows.put("status", pa.array(np.where(is_expected, "PDNG", "BOOK").tolist()))
    rows.put_reference("account", pa.array([of.account] * count, pa.string()))
    valued, booked = _days(column["valued"], column["booked"], place)
    rows.put("value_on", valued)
    rows.put("booked_on", booked)
    _put_references(rows, column, pa.array(of.texts, pa.string()))
    minors = amounts.to_numpy()
    taken = [
        (int(w.sum()), int(minors[w].sum()))
        for w in (credit & ~is_expected, ~credit & ~is_expected)
    ]
    return rows.built(NOTHING), Moved(*taken)


def _amounts(texts: pa.Array, currency: str | None, place: Place) -> pa.Array:
    """Return minor units. Without its comma an amount could be a hundred times another."""
    place.assert_all(pc.match_substring_regex(texts, _AMOUNT), RefusalCode.AMOUNT, "amount")
    plain = pc.utf8_rtrim(pc.replace_substring(texts, ",", "."), characters=".")
    return minor(plain, pa.array([currency] * len(texts), pa.string()), place, "amount")


def _directions(
    marks: pa.Array,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return what is a credit, a reversal, or only expected. A reversed debit is a credit."""
    texts = np.array(marks.to_pylist(), dtype="U2")
    is_reversal = np.char.startswith(texts, "R")
    credit = np.char.endswith(texts, "C") ^ is_reversal
    return credit, is_reversal, np.char.startswith(texts, "E")


def _days(valued: pa.Array, booked: pa.Array, place: Place) -> tuple[pa.Array, pa.Array]:
    """Return value dates and booking dates; the few different ones are read once."""
    both = pc.binary_join_element_wise(valued, pc.fill_null(booked, ""), "/").dictionary_encode()
    pairs = [_pair(text) for text in both.dictionary.to_pylist()]
    place.assert_all(
        pa.array([pair is not None for pair in pairs]).take(both.indices), RefusalCode.DATE, "date"
    )
    known = [pair or (None, None) for pair in pairs]
    columns = (pa.array([pair[i] for pair in known], pa.date32()) for i in (0, 1))
    first, second = (column.take(both.indices) for column in columns)
    return first, second


def _pair(text: str) -> tuple[date, date] | None:
    valued, _, booked = text.partition("/")
    value_on = day_of(valued)
    if value_on is None or not booked:
        return None if value_on is None else (value_on, value_on)
    near = (day_of(f"{(value_on.year + years) % 100:02d}{booked}") for years in (-1, 0, 1))
    days = [day for day in near if day is not None]
    if not days:
        return None
    return value_on, min(days, key=lambda day: abs((day - value_on).days))


def day_of(text: str) -> date | None:
    """Read yymmdd. 30 February, which banks that count months of 30 days write, is its last day."""
    year = int(text[:2]) + (1900 if int(text[:2]) >= _CENTURY else 2000)
    if text[2:] == _THIRTIETH:
        return date.fromordinal(date(year, 3, 1).toordinal() - 1)
    try:
        return date(year, int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _put_references(rows: Rows, column: dict[str, pa.Array], texts: pa.Array) -> None:
    own = column["own"]
    own = pc.if_else(pc.is_in(own, pa.array(_NO_REFERENCE)), None, own)
    bank = column["bank"]
    text = pc.replace_substring(texts, "\n", "")
    bare = pc.replace_substring_regex(text, _GERMAN_LINES, "")
    rows.put_reference("end_to_end_id", _first(bare, _END_TO_END))
    rows.put_reference("payment_information_id", pc.coalesce(_first(bare, _BATCH), own))
    rows.put_reference("instruction_id_text", own)
    none = pc.is_in(bank, pa.array(_NO_REFERENCE))
    rows.put_reference("bank_reference", pc.if_else(none, None, bank))
    iso, german = _first(text, (_RETURN_CODE,)), _first(text, (_GERMAN_RETURN,))
    kind = pc.utf8_slice_codeunits(column["kind"], 1, 4)
    is_return = pc.or_(pc.or_(iso.is_valid(), german.is_valid()), pc.equal(kind, "RTI"))
    is_charge = pc.is_in(kind, pa.array(_CHARGES))
    money = pc.if_else(is_charge, EventKind.CHARGE.value, EventKind.ENTRY.value)
    rows.put("kind", pc.if_else(pc.fill_null(is_return, False), EventKind.RETURN.value, money))
    none_text = pa.scalar(None, pa.string())
    own_list = pc.if_else(german.is_valid(), "PROPRIETARY", none_text)
    rows.put("reason_list", pc.if_else(iso.is_valid(), "RETURN", own_list))
    rows.put("reason", pc.coalesce(iso, german))


def _first(texts: pa.Array, patterns: tuple[str, ...]) -> pa.Array:
    found = [clean(pc.struct_field(pc.extract_regex(texts, p), "found")) for p in patterns]
    return pc.coalesce(*found)
