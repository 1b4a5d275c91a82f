"""Whether a message agrees with the totals it states itself.

What is cut out between two entries leaves a well-formed file; only its totals tell.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from bank_adapters.currency import read_exponent_of
from bank_adapters.refusals import RefusalCode, RefusedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from bank_adapters.events import Tally
    from bank_adapters.iso20022.raw import Record

__all__ = ["Key", "Running", "Runnings", "assert_report", "assert_stated", "assert_statement"]

_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = "CLBD"
_SIGN: Final = {"CRDT": 1, "DBIT": -1}


class Key(NamedTuple):
    """What entries are added up by."""

    currency: str
    way: str
    is_booked: bool
    value_on: date | None


class Running:
    """What was read of one enclosing element, or of the whole message."""

    def __init__(self) -> None:
        self.units = 0
        self.money: dict[Key, tuple[int, int]] = {}
        self.statuses: Counter[str] = Counter()

    def add_money(self, key: Key, count: int, amount_minor: int) -> None:
        """Take entries of one kind."""
        before = self.money.get(key, (0, 0))
        self.money[key] = (before[0] + count, before[1] + amount_minor)


class Runnings:
    """The running sums of every element that is open, and of the message."""

    def __init__(self) -> None:
        self.overall = Running()
        self._open: dict[int, Running] = {}

    def add(self, tally: Tally) -> None:
        """Take what a block of units adds up to."""
        for number, count in tally.units.items():
            for running in self._both(number):
                running.units += count
        for (number, status), count in tally.statuses.items():
            for running in self._both(number):
                running.statuses[status] += count
        for (number, *key), (count, total) in tally.money.items():
            for running in self._both(number):
                running.add_money(Key._make(key), count, total)

    def _both(self, number: int) -> tuple[Running, Running]:
        return self.overall, self._open.setdefault(number, Running())

    def ended(self, number: int) -> Running:
        """Return the sums of an element that ended."""
        return self._open.pop(number, Running())


def assert_statement(record: Record, running: Running, name: str) -> None:
    """Check a statement's summary and balances. Raises RefusedFile (TOTALS)."""
    columns = {column: text.strip() for column, text in record.columns.items()}
    place = f"statement {record.number}"
    for prefix, ways in (
        ("entries", ("CRDT", "DBIT")),
        ("credits", ("CRDT",)),
        ("debits", ("DBIT",)),
    ):
        every = _count_and_sum(running, ways, booked_only=False)
        booked = _count_and_sum(running, ways, booked_only=True)
        _assert_either(columns, prefix, (every, booked), name=name, place=place)
    if columns.get("page", "1") == "1" and columns.get("is_last_page", "true") in ("true", "1"):
        _assert_balances(record, running, name)


def _assert_either(
    columns: Mapping[str, str],
    prefix: str,
    found: Iterable[tuple[int, Decimal]],
    *,
    name: str,
    place: str,
) -> None:
    """Check count and sum, which banks state either of all entries or of the booked ones."""
    count, total = columns.get(f"{prefix}_count"), columns.get(f"{prefix}_sum")
    if any(
        (not count or _integer(count) == n) and (not total or _decimal(total) == amount)
        for n, amount in found
    ):
        return
    raise RefusedFile(RefusalCode.TOTALS, name=name, place=f"{place}, summary of {prefix}")


def _count_and_sum(
    running: Running, ways: tuple[str, ...], *, booked_only: bool
) -> tuple[int, Decimal]:
    chosen = {
        key: value
        for key, value in running.money.items()
        if key.way in ways and (key.is_booked or not booked_only)
    }
    total = sum((_major(amount, key.currency) for key, (_, amount) in chosen.items()), Decimal(0))
    return sum(count for count, _ in chosen.values()), total


def _assert_balances(record: Record, running: Running, name: str) -> None:
    """Check opening + booked entries = closing, where both are stated in one currency.

    Most banks close by booking date; some (in Switzerland) by value date, and leave out what is
    booked today with the value of tomorrow.
    """
    balances = [child for child in record.children if child.name == "balance"]
    opening = next((b for c in _OPENING for b in balances if b.text("code") == c), None)
    closing = next((b for b in balances if b.text("code") == _CLOSING), None)
    if opening is None or closing is None:
        return
    booked = {key: total for key, (_, total) in running.money.items() if key.is_booked}
    currencies = {key.currency for key in booked} | {b.text("currency") for b in (opening, closing)}
    if len(currencies) != 1:
        return
    closes_on = (closing.text("date") or closing.text("time") or "")[:10]
    valued = {k: total for k, total in booked.items() if str(k.value_on or "") <= closes_on}
    if _signed(closing) - _signed(opening) not in (_moved(booked), _moved(valued)):
        place = f"statement {record.number}, opening to closing balance"
        raise RefusedFile(RefusalCode.TOTALS, name=name, place=place)


def _moved(booked: Mapping[Key, int]) -> Decimal:
    signed = (_SIGN[key.way] * _major(total, key.currency) for key, total in booked.items())
    return sum(signed, Decimal(0))


def assert_stated(record: Record, running: Running, name: str, place: str) -> None:
    """Check number of transactions and control sum where a header states them."""
    columns = {column: text.strip() for column, text in record.columns.items()}
    _, total = _count_and_sum(running, ("CRDT", "DBIT"), booked_only=False)
    count_fits = not columns.get("count") or _integer(columns["count"]) == running.units
    sums = [columns[name] for name in ("sum", "settled_sum") if columns.get(name)]
    if not count_fits or any(_decimal(stated) != total for stated in sums):
        raise RefusedFile(RefusalCode.TOTALS, name=name, place=place)


def assert_report(record: Record, statuses: Mapping[str, int], name: str, place: str) -> None:
    """Check the numbers per status of a pain.002.

    A bank may leave out items that are well; so no status may be listed more often than stated,
    and rejections, once listed at all, must be listed all.
    """
    for child in record.children:
        if child.name != "tally":
            continue
        status = child.columns.get("status", "").strip()
        stated = _integer(child.columns.get("count", "").strip())
        listed = statuses.get(status, 0)
        if stated is None or listed > stated or (status == "RJCT" and 0 < listed < stated):
            where = f"{place}, number of transactions per status"
            raise RefusedFile(RefusalCode.TOTALS, name=name, place=where)


def _major(amount_minor: int, currency: str) -> Decimal:
    return Decimal(amount_minor).scaleb(-(read_exponent_of(currency) or 0))


def _signed(balance: Record) -> Decimal:
    """Return a balance with its sign; NaN, which equals nothing, where it is not readable."""
    amount = _decimal(balance.text("amount") or "")
    sign = _SIGN.get(balance.text("direction") or "")
    return Decimal("NaN") if amount is None or sign is None else sign * amount


def _integer(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _decimal(text: str) -> Decimal | None:
    whole, _, part = text.removeprefix("-").partition(".")
    plain = (whole + part).isascii() and (whole + part).isdigit()
    return Decimal(text) if plain else None
