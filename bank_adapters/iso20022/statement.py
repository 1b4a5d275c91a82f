"""camt.052, .053 and .054: entries of an account, what they consist of, and balances.

An entry that lists n payments adding up to it becomes n rows of money; one whose payments do not
add up (fees, another currency, a part of them) stays one row, and its payments follow as DETAIL,
which is never money. So the signed amounts of ENTRY, RETURN and CHARGE always give the movement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.arrays import (
    index_array,
    integer_array,
    integers,
    scalar,
    text_array,
    truth_array,
    truths,
)
from bank_adapters.events import NOTHING, Built, Rows, reasons_of
from bank_adapters.iso20022.raw import text_table
from bank_adapters.iso20022.tallying import tally_of
from bank_adapters.model import EventKind
from bank_adapters.reasons import ReasonList
from bank_adapters.refusals import RefusalCode, RefusedFile
from bank_adapters.values import Place, dates, directions, either, flags, minor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bank_adapters.iso20022.raw import Raw, Record

__all__ = ["balances", "entries", "own_account"]

_CHARGES: Final = text_array(["CHRG", "COMM", "FEES"])
_RETURNS: Final = text_array(["RRTN"])
_BOOKED: Final = "BOOK"


class _Layout(NamedTuple):
    """Which unit and which detail each row of events comes from."""

    unit: NDArray[np.int64]
    detail: NDArray[np.int64]  # −1: the entry alone
    is_part: NDArray[np.bool_]  # one of several payments that add up to their entry
    is_told: NDArray[np.bool_]  # a payment that is told, but is not money
    is_one_to_one: bool  # every entry is one row
    is_detail_each: bool  # and has one payment, in the same order

    def of_units(self, column: pa.Array) -> pa.Array:
        """Return what each row's entry says."""
        return column if self.is_one_to_one else column.take(integer_array(self.unit))

    def of_details(self, column: pa.Array) -> pa.Array:
        """Return what each row's payment says."""
        return column if self.is_detail_each else column.take(index_array(self.detail))


def own_account(holder: Record) -> str | None:
    """Return the account a statement is of."""
    return holder.text("account_iban") or holder.text("account_other")


def entries(raw: Raw, place: Place) -> Built:
    """Return the events of entries."""
    unit = raw.unit_texts()
    amounts = minor(unit["amount"], unit["currency"], place, "Amt")
    place.assert_all(pc.is_valid(amounts), RefusalCode.AMOUNT, "Amt")
    ways = directions(unit["direction"], place, "CdtDbtInd", required=True)
    details = _Details(raw, unit, amounts, ways, place)
    layout = details.layout(len(amounts))
    from_unit = {name: layout.of_units(column) for name, column in unit.items()}
    from_detail = {name: layout.of_details(column) for name, column in details.columns.items()}

    rows = Rows(len(layout.unit))
    rows.put("entry_no", integer_array(layout.unit + 1))
    _put_references(rows, from_unit, from_detail, details.batches_of(layout))
    booked_on = dates(unit["booked_date"], unit["booked_time"], place, "BookgDt")
    value_on = dates(unit["value_date"], unit["value_time"], place, "ValDt")
    rows.put("booked_on", layout.of_units(booked_on))
    rows.put("value_on", layout.of_units(value_on))
    accounts = text_array(own_account(holder) for holder in raw.holders)
    rows.put_reference("account", accounts.take(integer_array(raw.holder[layout.unit])))
    rows.put("currency", from_unit["currency"])
    rows.put("amount_minor", layout.of_units(amounts))
    rows.put("direction", layout.of_units(ways))
    if not layout.is_one_to_one:
        _put_own(rows, details, layout, layout.of_units(amounts), layout.of_units(ways))
    rows.put("reversal", layout.of_units(flags(unit["reversal"], place, "RvslInd")))
    status = either(unit["status_code"], unit["status_text"])
    rows.put_code("status", layout.of_units(status), length_max=4)
    codes, own = from_detail["reason_code"], from_detail["reason_own"]
    reasons_of(rows, codes, own, list_name=ReasonList.RETURN.value)
    rows.put("kind", _kinds(from_unit, from_detail, layout))
    rows.put("batch_count", details.batch_counts(layout, len(amounts)))
    booked = pc.equal(pc.fill_null(status, scalar(_BOOKED)), scalar(_BOOKED))
    columns = {"amount": amounts, "currency": unit["currency"], "way": ways, "booked": booked}
    return rows.built(tally_of(raw, columns | {"value": value_on}))


def _put_own(
    rows: Rows, details: _Details, layout: _Layout, amounts: pa.Array, ways: pa.Array
) -> None:
    """Set amount and direction of the rows that have their own: one of several payments."""
    is_own_amount = truth_array(layout.is_part | layout.is_told)
    own = layout.of_details(details.amounts)
    rows.put("amount_minor", pc.if_else(is_own_amount, own, amounts))
    told_way = pc.coalesce(layout.of_details(details.columns["detail_direction"]), ways)
    rows.put("direction", pc.if_else(truth_array(layout.is_told), told_way, ways))


def _put_references(
    rows: Rows,
    unit: dict[str, pa.Array],
    detail: dict[str, pa.Array],
    batch: dict[str, pa.Array],
) -> None:
    rows.put_reference("entry_reference", unit["entry_reference"])
    rows.put_reference(
        "original_message_id", either(detail["message_id"], batch["batch_message_id"])
    )
    group = either(detail["payment_id"], batch["batch_payment_id"])
    rows.put_reference("payment_information_id", group)
    for name in ("end_to_end_id", "instruction_id_text", "uetr"):
        rows.put_reference(name, detail[name])
    rows.put_reference(
        "creditor_account", either(detail["creditor_iban"], detail["creditor_other"])
    )
    booked_as = either(unit["bank_reference"], detail["detail_bank_reference"])
    rows.put_reference("bank_reference", booked_as)


def _kinds(unit: dict[str, pa.Array], detail: dict[str, pa.Array], layout: _Layout) -> pa.Array:
    kind = either(detail["detail_kind"], unit["entry_kind"])
    returned = pc.or_(
        pc.or_(pc.is_valid(detail["reason_code"]), pc.is_valid(detail["reason_own"])),
        pc.is_in(kind, _RETURNS),
    )
    is_charge = pc.fill_null(pc.is_in(kind, _CHARGES), scalar(False))
    booked = pc.if_else(is_charge, scalar(EventKind.CHARGE.value), scalar(EventKind.ENTRY.value))
    money = pc.if_else(returned, scalar(EventKind.RETURN.value), booked)
    if layout.is_one_to_one:
        return money
    return pc.if_else(truth_array(layout.is_told), scalar(EventKind.DETAIL.value), money)


class _Details:
    """The payments and batch totals that stand inside entries."""

    def __init__(
        self, raw: Raw, entry: dict[str, pa.Array], amounts: pa.Array, ways: pa.Array, place: Place
    ) -> None:
        table = raw.table_texts()
        unit = integers(raw.table["unit"])
        is_batch = np.zeros(len(unit), dtype=bool)
        for name, column in table.items():
            if name.startswith("batch_") and column.null_count < len(column):
                is_batch |= truths(column.is_valid())
        self._units = raw.units.num_rows
        payments, batches = np.flatnonzero(~is_batch), np.flatnonzero(is_batch)
        own = {n: c for n, c in table.items() if n[:6] != "batch_"}
        is_mixed = len(batches) > 0
        self.columns = (
            {n: c.take(integer_array(payments)) for n, c in own.items()} if is_mixed else own
        )
        self.unit = unit[payments]
        self._batch = {
            n: c.take(integer_array(batches)) for n, c in table.items() if n[:6] == "batch_"
        }
        self._batch_unit = unit[batches]
        self._entry_minor = integers(amounts)
        self._entry_ways = ways
        within = _Within(place, self.unit)
        directions(self.columns["detail_direction"], within, "TxDtls/CdtDbtInd", required=False)
        self.amounts = self._minor(entry, amounts, within)

    def _minor(self, entry: dict[str, pa.Array], amounts: pa.Array, place: Place) -> pa.Array:
        """Return the amount of each payment in the entry's currency, null where there is none."""
        columns = self.columns
        of_entry = integer_array(self.unit)
        is_each = np.array_equal(self.unit, np.arange(self._units))
        paid_nothing = all(
            columns[name].null_count == len(of_entry) for name in ("paid_amount", "paid_currency")
        )
        said_again = all(
            entry[name].equals(columns[f"detail_{name}"]) for name in ("amount", "currency")
        )
        if is_each and paid_nothing and said_again:
            return amounts
        entry_currencies = entry["currency"].take(of_entry)
        stated = minor(columns["detail_amount"], columns["detail_currency"], place, "TxDtls/Amt")
        paid = minor(columns["paid_amount"], columns["paid_currency"], place, "TxDtls/TxAmt")
        stated_fits = pc.equal(columns["detail_currency"], entry_currencies)
        paid_fits = pc.equal(columns["paid_currency"], entry_currencies)
        first = pc.if_else(pc.fill_null(stated_fits, scalar(False)), stated, pa.NULL)
        second = pc.if_else(pc.fill_null(paid_fits, scalar(False)), paid, pa.NULL)
        return pc.coalesce(first, second)

    def layout(self, units: int) -> _Layout:
        """Lay out the rows: alone, as parts of their entry, or told behind it."""
        counts = np.bincount(self.unit, minlength=units)
        if counts.max(initial=0) <= 1:
            return self._one_to_one(counts)
        adds_up = self._adds_up(counts)
        several = counts > 1
        repeats = np.where(several, np.where(adds_up, counts, counts + 1), 1)
        unit = np.repeat(np.arange(units), repeats)
        starts = np.cumsum(repeats) - repeats
        within = np.arange(len(unit)) - starts[unit]
        first = np.cumsum(counts) - counts
        is_part = (several & adds_up)[unit]
        is_told = (several & ~adds_up)[unit] & (within > 0)
        detail = first[unit] + within - is_told
        is_alone = (counts[unit] == 0) | ((several & ~adds_up)[unit] & (within == 0))
        chosen = np.where(is_alone, -1, detail)
        return _Layout(unit, chosen, is_part, is_told, is_one_to_one=False, is_detail_each=False)

    def _one_to_one(self, counts: NDArray[np.int64]) -> _Layout:
        unit, never = np.arange(len(counts)), np.zeros(len(counts), np.bool_)
        chosen = np.where(counts == 0, -1, np.cumsum(counts) - 1)
        is_each = bool(counts.all())
        return _Layout(unit, chosen, never, never, is_one_to_one=True, is_detail_each=is_each)

    def _adds_up(self, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
        has_amount = truths(self.amounts.is_valid())
        way, of_entry = (
            self.columns["detail_direction"],
            self._entry_ways.take(integer_array(self.unit)),
        )
        same_way = pc.fill_null(pc.equal(way, of_entry), scalar(True))
        usable = has_amount & truths(same_way)
        amounts = np.where(usable, integers(pc.fill_null(self.amounts, scalar(0))), 0)
        sums = np.zeros(len(counts), np.int64)
        np.add.at(sums, self.unit, amounts)
        usable_counts = np.bincount(self.unit[usable], minlength=len(counts))
        return np.asarray((usable_counts == counts) & (sums == self._entry_minor))

    def _first_batch(self) -> NDArray[np.int64]:
        first = np.full(self._units, -1, np.int64)
        found, places = np.unique(self._batch_unit, return_index=True)
        first[found] = places
        return first

    def batches_of(self, layout: _Layout) -> dict[str, pa.Array]:
        """Return what the bank says about the batch each row belongs to."""
        if not len(self._batch_unit):
            return {n: pa.nulls(len(layout.unit), pa.string()) for n in self._batch}
        at = index_array(self._first_batch()[layout.unit])
        return {name: column.take(at) for name, column in self._batch.items()}

    def batch_counts(self, layout: _Layout, units: int) -> pa.Array:
        """Return how many payments a row stands for: as stated, else as listed, else null."""
        if layout.is_one_to_one and not len(self._batch_unit):
            return pa.nulls(units, pa.int64())
        stated = self._batch["batch_count"].take(index_array(self._first_batch()))
        plain = pc.if_else(pc.match_substring_regex(stated, "^[0-9]{1,15}$"), stated, pa.NULL)
        counts = np.bincount(self.unit, minlength=units)
        listed = integer_array(counts, known=counts >= 2)  # noqa: PLR2004 - a batch has two payments or more
        per_unit = pc.coalesce(plain.cast(pa.int64()), listed).take(integer_array(layout.unit))
        return pc.if_else(truth_array(layout.is_part | layout.is_told), pa.NULL, per_unit)


class _Within(Place):
    """Says in which entry a payment stands."""

    def __init__(self, outer: Place, unit: NDArray[np.int64]) -> None:
        self._outer = outer
        self._unit = unit

    def refusal(self, code: RefusalCode, row: int, column: str) -> RefusedFile:
        return self._outer.refusal(code, int(self._unit[row]), column)


def balances(statements: Sequence[Record], place: Place) -> Built:
    """Return the events of all balances of statements that ended."""
    told = [(s, child) for s in statements for child in s.children if child.name == "balance"]
    names = ("code", "amount", "currency", "direction", "date", "time")
    columns = text_table({name: [child.text(name) for _, child in told] for name in names})
    column = {name: columns[name].combine_chunks() for name in names}
    rows = Rows(len(told))
    rows.put("kind", EventKind.BALANCE.value)
    rows.put_code("status", column["code"], length_max=4)
    rows.put("amount_minor", minor(column["amount"], column["currency"], place, "Bal/Amt"))
    rows.put("currency", column["currency"])
    rows.put("direction", directions(column["direction"], place, "Bal/CdtDbtInd", required=False))
    rows.put("booked_on", dates(column["date"], column["time"], place, "Bal/Dt"))
    rows.put_reference("account", text_array(own_account(s) for s, _ in told))
    return rows.built(NOTHING)
