"""Books of one programme and one fund that tests post into, and two cycles posted there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import ledger
from ledger import Batch, Event, Lines, Seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from cct_engine.database import Database

__all__ = ["AT", "Books", "live_two_cycles", "open_year"]

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARCH = date(2026, 3, 10)
MAKER, CHECKER = 7, 8


@dataclass
class Books:
    """Posts as an officer would say it: ``books.post(ENTITLE, {household: amount})``."""

    transaction: Callable[[], AbstractContextManager[sa.Connection]]
    keys: Iterator[int] = field(default_factory=lambda: count(1))

    def batch(self, event: Event, **changes: Any) -> Batch:
        header: dict[str, Any] = {
            "event": event,
            "programme_id": 1,
            "fund_id": 1,
            "cycle_id": 1,
            "value_on": MARCH,
            "currency": "INR",
            "key": changes.pop("key", None) or f"test/{next(self.keys)}",
            "prepared_by": MAKER,
            "approved_by": CHECKER,
            "recorded_at": AT,
        }
        return Batch(**(header | changes))

    def lines(
        self, lines: dict[int, int] | Sequence[tuple[int, int, int]], reference: int = 0
    ) -> Lines:
        """Lines from {subject: amount}, or from (subject, seq, amount) triples."""
        if isinstance(lines, dict):
            lines = [(subject, 1, amount) for subject, amount in lines.items()]
        return Lines.of(
            subject=[subject for subject, _, _ in lines],
            seq=[seq for _, seq, _ in lines],
            amount_minor=[amount for _, _, amount in lines],
            reference=[reference] * len(lines),
        )

    def post(
        self,
        event: Event,
        lines: dict[int, int] | Sequence[tuple[int, int, int]],
        **changes: Any,
    ) -> Seal:
        with self.transaction() as connection:
            return ledger.post(connection, self.batch(event, **changes), self.lines(lines))

    def owed(self, subject: int, *, fund_id: int = 1) -> int:
        """What the fund owes a household on the current entitlement, as a positive amount."""
        return -self.balance(2100, subject=subject, fund_id=fund_id)

    def balance(self, account: int, *, subject: int | None = None, fund_id: int = 1) -> int:
        with self.transaction() as connection:
            return ledger.balance(connection, account, fund_id=fund_id, subject=subject)

    def findings(self, **known: Any) -> tuple[ledger.Finding, ...]:
        with self.transaction() as connection:
            return ledger.verify(connection, **known)

    def count(self, table: str) -> int:
        with self.transaction() as connection:
            rows: int = connection.execute(
                sa.text(f"SELECT count(*) FROM ledger.{table}")
            ).scalar_one()
            return rows


def open_year(connection: sa.Connection) -> None:
    """Open the year 2026."""
    ledger.open_period(
        connection, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31), by=MAKER, at=AT
    )


def live_two_cycles(database: Database) -> None:
    """Post two cycles of two households, a closed year before them, and two anchors after."""
    books = Books(database.transaction)
    books.post(Event.ENTITLE, {11: 500, 12: 700})
    books.post(Event.INSTRUCT, {11: 500, 12: 600})
    with database.transaction() as connection:
        ledger.open_period(
            connection, opens_on=date(2025, 1, 1), closes_on=date(2025, 12, 31), by=MAKER, at=AT
        )
        ledger.close_period(connection, 2, by=MAKER, at=AT)
    books.post(Event.SETTLE, {11: 500})
    books.post(Event.ENTITLE, {11: 500, 12: 700}, cycle_id=2)
    books.post(Event.ENTITLE, {78: 100}, cycle_id=2, fund_id=2)
    with database.transaction() as connection:
        for day in (1, 2):
            on = date(2026, 4, day)
            ledger.anchor_head(connection, on=on, signature=f"s{day}", published_to="gazette")
