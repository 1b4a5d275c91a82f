"""What becomes of a payment, and what a bank's messages are made of."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import random

__all__ = ["Fate", "Order", "Payment", "Told", "decided"]


class Fate(StrEnum):
    """The truth about one payment, once everything was told."""

    PAID = "paid"
    REJECTED = "rejected"  # the money never left
    RETURNED = "returned"  # it left and came back
    DENIED = "denied"  # said to be done, then refused, and the money came back


class Payment(NamedTuple):
    """One payment as the bank reads it: ``reference`` is what it answers with."""

    reference: str
    amount_minor: int
    line: str
    """The payment as it stood in the file, for rails that answer by sending it back."""


class Order(NamedTuple):
    """One payment file as the bank reads it."""

    rail: str
    message_id: str
    group_id: str
    account: str
    currency: str
    head: str
    payments: tuple[Payment, ...]


class Told(NamedTuple):
    """One message: on which day it is given out, and its bytes."""

    day: int
    kind: str
    content: bytes


_SHARES = {Fate.PAID: 62, Fate.REJECTED: 14, Fate.RETURNED: 16, Fate.DENIED: 8}


def decided(order: Order, rng: random.Random) -> dict[str, Fate]:
    """Draw what becomes of each payment of an order."""
    return {
        payment.reference: rng.choices(tuple(_SHARES), weights=tuple(_SHARES.values()))[0]
        for payment in order.payments
    }
