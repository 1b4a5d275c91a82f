"""Banks with tables of their own: they take lines of an order, and answer with a table and totals.

One has a CSV nobody else has; the other is a participant of SPEI, which knows a payment by its
clave de rastreo.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from .fates import Fate, Order, Payment, Told

if TYPE_CHECKING:
    import random
    from datetime import date
    from pathlib import Path

__all__ = ["CSV", "SPEI", "Table", "answers", "taken"]


class Table(NamedTuple):
    """How a bank's answer looks."""

    columns: tuple[str, ...]
    paid: str
    failed: str
    reasons: tuple[str, ...]
    total: str


CSV = Table(
    ("Type", "Cust Ref", "Amount", "Status", "Reason", "Date"),
    "Paid",
    "Failed",
    ("closed", "frozen", "no such account", "limit"),
    "T",
)
SPEI = Table(
    ("Registro", "Clave Rastreo", "Monto", "Estado", "Causa Devolucion", "Fecha Operacion"),
    "Liquidada",
    "Devuelta",
    ("1", "2", "3", "5", "6", "18"),
    "TOTAL",
)
_TABLES = {"csv": CSV, "spei": SPEI}
_SEPARATOR = "||"
_DAY, _RASTREO, _MONTO = 2, 4, 6
_REFERENCE, _AMOUNT = 2, 6


def taken(path: Path) -> Order:
    """Read an order: with a line of the file and one of totals, or SPEI's lines alone."""
    text = path.read_text("ascii")
    if _SEPARATOR in text:
        lines = [line.split(_SEPARATOR) for line in text.splitlines()]
        orders = [Payment(one[_RASTREO], _minor(one[_MONTO]), one[_MONTO]) for one in lines]
        return Order("spei", path.stem, "", "", "MXN", lines[0][_DAY], tuple(orders))
    head, _, *details, _ = csv.reader(text.splitlines())
    payments = [
        Payment(cells[_REFERENCE], _minor(cells[_AMOUNT]), cells[_AMOUNT]) for cells in details
    ]
    return Order("csv", head[1], "", "", "INR", head[2], tuple(payments))


def answers(order: Order, fates: dict[str, Fate], rng: random.Random, _on: date) -> list[Told]:
    """Answer payment by payment, then in one table; days later what came back."""
    first, later = [], []
    for payment in order.payments:
        fate, reason = fates[payment.reference], rng.choice(_TABLES[order.rail].reasons)
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
    kind, text = _TABLES[order.rail], io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(kind.columns)
    for payment, reason in items:
        status = kind.failed if reason else kind.paid
        table.writerow(["N", payment.reference, payment.line, status, reason, order.head])
    total = sum(payment.amount_minor for payment, _ in items)
    table.writerow([kind.total, len(items), f"{total // 100}.{total % 100:02d}"])
    return text.getvalue().encode("ascii")
