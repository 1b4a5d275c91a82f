"""What the bank books on the payer's account because of one payment block, day by day.

Day 0 is the day of settlement: one debit for the whole block without what was rejected, and the
returns that come back at once. Returns go on for days. Three mistakes of banks are played too:

* *short*: on day 0 one return is credited one minor unit short. On day 1 the bank takes the wrong
  credit back (a debit marked as reversal that carries the bank reference of the credit) and
  credits the right amount under a new reference.
* *stray*: on day 0 a credit arrives that answers none of our transfers; on day 2 it is taken back
  in the same way.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .books import Item, OrderRecord

__all__ = ["Booking", "Sums", "active_days", "bookings", "sums_of"]

_STRAY_TAKEN_BACK = 2
_SHORT_PUT_RIGHT = 1


class Booking(NamedTuple):
    """One entry of the account. The amount is positive; ``is_credit`` tells the direction."""

    entry_reference: str  # NtryRef: unique on the account
    bank_reference: str  # AcctSvcrRef: a reversal carries that of the entry it takes back
    amount_minor: int
    is_credit: bool
    reversal: bool
    message_id: str  # of the order; empty for a stray credit
    payment_id: str
    batch_count: int = 0  # transfers in a batch-booked debit; 0 = a single transfer
    code: str = ""  # reason of a return
    item: Item | None = None
    end_to_end_id: str = ""
    repeated: bool = False  # an advice writes this entry twice


@dataclass(slots=True)
class Sums:
    """Count and money of entries, by direction."""

    credits: int = 0
    credits_minor: int = 0
    debits: int = 0
    debits_minor: int = 0

    @property
    def net_minor(self) -> int:
        """Credits less debits."""
        return self.credits_minor - self.debits_minor

    def add(self, booking: Booking, times: int = 1) -> None:
        """Count one entry, or an entry that is written several times."""
        if booking.is_credit:
            self.credits += times
            self.credits_minor += times * booking.amount_minor
        else:
            self.debits += times
            self.debits_minor += times * booking.amount_minor


def sums_of(entries: Iterable[Booking], *, with_repeats: bool) -> Sums:
    """Add up entries; an advice that repeats a line counts it as often as it writes it."""
    sums = Sums()
    for booking in entries:
        sums.add(booking, 2 if with_repeats and booking.repeated else 1)
    return sums


def active_days(order: OrderRecord, payment: int) -> list[int]:
    """Return the days after settlement on which the block makes entries, ascending."""
    record = order.payments[payment]
    days = set(record.return_days)
    if record.accepted_count:
        days.add(0)
    if record.short_position:
        days.add(_SHORT_PUT_RIGHT)
    if record.stray_minor:
        days |= {0, _STRAY_TAKEN_BACK}
    return sorted(days)


def bookings(
    order: OrderRecord, payment: int, day: int, items: Iterable[Item]
) -> Iterator[Booking]:
    """Yield the entries of one payment block ``day`` days after its settlement, in a fixed order.

    ``items`` are the failed transfers of the order, read anew for each call.
    """
    record = order.payments[payment]
    if day == 0 and record.accepted_count:
        yield Booking(
            *_references(order, "debit", payment),
            amount_minor=record.accepted_minor,
            is_credit=False,
            reversal=False,
            message_id=order.message_id,
            payment_id=record.payment_id,
            batch_count=record.accepted_count,
        )
    for item in items:
        if item.payment != payment or item.outcome is not Outcome.RETURNED:
            continue
        if item.position == record.short_position:
            yield from _short(order, payment, day, item)
        elif item.days == day:
            yield _returned(order, payment, item, "return", item.amount_minor)
    if record.stray_minor and day in (0, _STRAY_TAKEN_BACK):
        yield from _stray(order, payment, day, record.stray_minor)


def _short(order: OrderRecord, payment: int, day: int, item: Item) -> Iterator[Booking]:
    wrong = _returned(order, payment, item, "short", item.amount_minor - 1)
    if day == 0:
        yield wrong._replace(repeated=False)
    elif day == _SHORT_PUT_RIGHT:
        yield _taken_back(order, wrong, "short-back", item.position)
        right = _returned(order, payment, item, "return", item.amount_minor)
        yield right._replace(repeated=False)


def _stray(order: OrderRecord, payment: int, day: int, amount_minor: int) -> Iterator[Booking]:
    entry_reference, bank_reference = _references(order, "stray", payment)
    credit = Booking(
        entry_reference,
        bank_reference,
        amount_minor=amount_minor,
        is_credit=True,
        reversal=False,
        message_id="",
        payment_id="",
        code="MS03",
        end_to_end_id=f"XX{entry_reference}",
    )
    yield credit if day == 0 else _taken_back(order, credit, "stray-back", payment)


def _returned(
    order: OrderRecord, payment: int, item: Item, kind: str, amount_minor: int
) -> Booking:
    return Booking(
        *_references(order, kind, item.position),
        amount_minor=amount_minor,
        is_credit=True,
        reversal=False,
        message_id=order.message_id,
        payment_id=order.payments[payment].payment_id,
        code=item.code,
        item=item,
        end_to_end_id=item.end_to_end_id,
        repeated=item.repeated,
    )


def _taken_back(order: OrderRecord, wrong: Booking, kind: str, position: int) -> Booking:
    entry_reference, _ = _references(order, kind, position)
    return wrong._replace(
        entry_reference=entry_reference, is_credit=False, reversal=True, repeated=False
    )


def _references(order: OrderRecord, kind: str, position: int) -> tuple[str, str]:
    """Return entry and bank reference: unique, and the same whenever they are made again."""
    text = f"{order.sha256}\x1f{kind}\x1f{position}"
    digest = hashlib.sha256(text.encode()).hexdigest().upper()
    return f"N{digest[:19]}", f"B{digest[20:39]}"
