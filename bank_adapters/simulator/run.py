"""A run of the simulated bank: it takes new orders, then answers every day that has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .books import Books
from .closings import Closings
from .day import Bank
from .delivery import Deliveries
from .receiving import receive, sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from .mix import FailureMix

__all__ = ["simulate"]


def _pass(_place: str) -> None:
    """Pass a named place without doing anything."""


def simulate(
    outbox: Path,
    answers: Path,
    *,
    seed: int,
    mix: FailureMix,
    on: date,
    opening_minor: int = 0,
    hit: Callable[[str], None] = _pass,
) -> list[Path]:
    """Let the bank take new orders from ``outbox`` and answer all days up to ``on``, inclusive.

    Returns the answers that are new or belong to the day ``on``, in the order of delivery, as far
    as they still lie in ``answers`` (a payer who collects files may have moved them).

    The bank debits on the day asked for by the order (``ReqdExctnDt``) or the day it takes the
    order, whichever is later: ``on`` has to reach that day for anything to settle. An order that
    comes after the day's statement of its account is taken on the next day.

    ``opening_minor`` is the balance of an account before its first entry; 0 plays an account
    without funds of its own (zero-balance account), whose statements show a debit balance.
    The books lie in ``answers/.bank``; they remember decisions, so a later call with another
    seed or mix changes nothing about orders already taken. ``hit`` is called at named places
    where tests kill the bank. Raises ``UnreadableOrderError``.
    """
    books_folder = answers / ".bank"
    books = Books(books_folder)
    closings = Closings(books_folder / "closings", opening_minor=opening_minor)
    orders = books.orders()
    known = {order.sha256 for order in orders}
    closed = closings.last_days()
    for path in sorted(outbox.glob("*.xml")):
        sha256 = sha256_of(path)
        if sha256 not in known:
            known.add(sha256)
            orders.append(receive(path, books, orders, seed=seed, mix=mix, on=on, closed=closed))
            hit("simulate.after_order")
    bank = Bank(books, orders, closings)
    deliveries = Deliveries(answers, books_folder / "delivered", hit)
    paths: list[Path] = []
    for day in bank.days(on):
        for answer in bank.answers(day):
            is_new = not deliveries.is_delivered(answer.name)
            if is_new:
                deliveries.deliver(answer.name, answer.pieces(), cut=answer.cut)
            path = deliveries.path(answer.name)
            if (is_new or day == on) and path.exists():
                paths.append(path)
    return paths
