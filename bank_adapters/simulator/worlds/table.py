"""A bank with a CSV of its own: it takes lines of an order, and answers with a table and totals."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from .fates import Fate, Order, Payment, Told

if TYPE_CHECKING:
    import random
    from datetime import date
    from pathlib import Path

__all__ = ["COLUMNS", "answers", "taken"]

COLUMNS = ("Type", "Cust Ref", "Amount", "Status", "Reason", "Date")
_REFERENCE, _AMOUNT = 2, 6
_REASONS = ("closed", "frozen", "no such account", "limit")


def taken(path: Path) -> Order:
    """Read an order: a line of the file, a line for each payment, a line of totals."""
    head, _, *details, _ = csv.reader(path.read_text("ascii").splitlines())
    payments = [
        Payment(cells[_REFERENCE], _minor(cells[_AMOUNT]), cells[_AMOUNT]) for cells in details
    ]
    return Order("csv", head[1], "", "", "INR", head[2], tuple(payments))


def answers(order: Order, fates: dict[str, Fate], rng: random.Random, _on: date) -> list[Told]:
    """Answer payment by payment, then in one table; days later what came back."""
    first, later = [], []
    for payment in order.payments:
        fate, reason = fates[payment.reference], rng.choice(_REASONS)
        first.append((payment, reason if fate is Fate.REJECTED else ""))
        if fate in {Fate.RETURNED, Fate.DENIED}:
            later.append((payment, reason))
    told = [Told(rng.randint(0, 2), "RES", _written(order, [one])) for one in first]
    told += [Told(rng.randint(3, 6), "RTN", _written(order, [one])) for one in later]
    told.append(Told(2, "RES-ALL", _written(order, first)))
    return told


def _minor(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def _written(order: Order, items: list[tuple[Payment, str]]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for payment, reason in items:
        status = "Failed" if reason else "Paid"
        table.writerow(["N", payment.reference, payment.line, status, reason, order.head])
    total = sum(payment.amount_minor for payment, _ in items)
    table.writerow(["T", len(items), f"{total // 100}.{total % 100:02d}"])
    return text.getvalue().encode("ascii")
