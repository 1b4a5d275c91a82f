"""Which answers a bank gives on a day, in the order it gives them."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from .bookings import active_days, bookings, sums_of
from .messages import Sheet, advice, identifier, statement, status_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from .bookings import Booking
    from .books import Books, OrderRecord
    from .closings import Closings

__all__ = ["Answer", "Bank"]


class Answer(NamedTuple):
    """One file the bank delivers; ``pieces`` writes it anew each time it is called."""

    name: str
    pieces: Callable[[], Iterator[str]]
    cut: bool = False


class Bank:
    """A bank on its orders: pure in the books, the closings and the day."""

    def __init__(self, books: Books, orders: list[OrderRecord], closings: Closings) -> None:
        self._books = books
        self._orders = orders
        self._closings = closings

    def days(self, until: date) -> list[date]:
        """Return every day up to ``until``, inclusive, on which something is answered."""
        days: set[date] = set()
        for order in self._orders:
            days.add(order.received_on)
            for payment in range(len(order.payments)):
                for on in self._booking_days(order, payment):
                    days.add(on)
                    if order.cut:
                        days.add(on + timedelta(days=1))
        return sorted(day for day in days if day <= until)

    def answers(self, on: date) -> Iterator[Answer]:
        """Yield the answers of one day: status reports, advices, then the closing statements."""
        for order in self._orders:
            if order.received_on == on:
                yield self._status_report(order)
        blocks = [(order, n) for order in self._orders for n in range(len(order.payments))]
        for order, payment in blocks:
            yield from self._debit_advices(order, payment, on)
        for order, payment in blocks:
            yield from self._return_advices(order, payment, on)
        sheets: dict[tuple[str, str], Sheet] = {}
        for order, payment in blocks:
            if on in self._booking_days(order, payment):
                record = order.payments[payment]
                key = (record.account.number, record.currency)
                sheets.setdefault(key, Sheet(record.account, record.currency, on))
        for _, sheet in sorted(sheets.items()):
            yield self._statement(sheet)

    def _booking_days(self, order: OrderRecord, payment: int) -> list[date]:
        settled_on = order.payments[payment].settled_on
        return [settled_on + timedelta(days=day) for day in active_days(order, payment)]

    def _entries(self, order: OrderRecord, payment: int, on: date) -> Iterator[Booking]:
        day = (on - order.payments[payment].settled_on).days
        if day in active_days(order, payment):
            yield from bookings(order, payment, day, self._books.items(order))

    def _status_report(self, order: OrderRecord) -> Answer:
        def pieces() -> Iterator[str]:
            yield from status_report(order, self._books.items(order))

        return Answer(_name(order.received_on, "10-pain.002", order, 0), pieces)

    def _debit_advices(self, order: OrderRecord, payment: int, on: date) -> Iterator[Answer]:
        if any(entry.batch_count for entry in self._entries(order, payment, on)):
            name = _name(on, "20-camt.054-debit", order, payment)
            pieces = self._advice(order, payment, on, batch=True)
            if order.twice and payment == 0:
                yield Answer(name.replace(".xml", "-again.xml"), pieces)
            yield Answer(name, pieces)

    def _return_advices(self, order: OrderRecord, payment: int, on: date) -> Iterator[Answer]:
        name = _name(on, "30-camt.054-returns", order, payment)
        may_be_cut = order.cut and payment == 0
        yesterday = on - timedelta(days=1)
        if may_be_cut and self._is_cut(order, yesterday):
            whole = self._advice(order, payment, yesterday, batch=False)
            yield Answer(name.replace(".xml", "-whole.xml"), whole)
        if any(not entry.batch_count for entry in self._entries(order, payment, on)):
            pieces = self._advice(order, payment, on, batch=False)
            yield Answer(name, pieces, cut=may_be_cut and self._is_cut(order, on))

    def _is_cut(self, order: OrderRecord, on: date) -> bool:
        """Tell whether this order's advice of returns of that day is the one delivered cut."""
        days = [
            day
            for day in self._booking_days(order, 0)
            if any(not entry.batch_count for entry in self._entries(order, 0, day))
        ]
        return on in days[:1]

    def _advice(
        self, order: OrderRecord, payment: int, on: date, *, batch: bool
    ) -> Callable[[], Iterator[str]]:
        record = order.payments[payment]
        sheet = Sheet(record.account, record.currency, on)
        kind, clock = ("DBT", "12:00") if batch else ("RET", "18:00")
        identity = identifier(kind, order.sha256, str(payment), on.isoformat())

        def entries() -> Iterator[Booking]:
            for entry in self._entries(order, payment, on):
                if bool(entry.batch_count) is batch:
                    yield entry

        def pieces() -> Iterator[str]:
            sums = sums_of(entries(), with_repeats=True)
            yield from advice(sheet, identity, clock, sums, entries())

        return pieces

    def _statement(self, sheet: Sheet) -> Answer:
        def entries() -> Iterator[Booking]:
            for order in self._orders:
                for payment, record in enumerate(order.payments):
                    if (record.account.number, record.currency) == (
                        sheet.account.number,
                        sheet.currency,
                    ):
                        yield from self._entries(order, payment, sheet.on)

        def pieces() -> Iterator[str]:
            sums = sums_of(entries(), with_repeats=False)
            closing = self._closings.close(sheet, sums.net_minor)
            yield from statement(sheet, closing.sequence, closing.opening_minor, sums, entries())

        key = hashlib.sha256(f"{sheet.account.number}\x1f{sheet.currency}".encode()).hexdigest()
        return Answer(f"{sheet.on:%Y%m%d}-90-camt.053-{key[:12]}.xml", pieces)


def _name(on: date, kind: str, order: OrderRecord, payment: int) -> str:
    """Return a file name that sorts in the order of delivery and tells nothing about anybody."""
    return f"{on:%Y%m%d}-{kind}-{order.sha256[:12]}-{payment + 1}.xml"
