"""A small programme whose payments go to a bank, what the bank says, and what comes of it.

A world has one cycle of one fund.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from saying_bank import SayingBank
from sent_payments import AT

import ledger
import reconciliation

if TYPE_CHECKING:
    from bank_adapters import BankMessage
    from reconciliation import InboxFile, Outcome

__all__ = ["World"]

ACCOUNTS = (1010, 1030, 1090, 2100, 2120, 2900, 5150)


@dataclass
class World(SayingBank):
    """One cycle, its payments, its bank, and the books that hear of it."""

    def receive(self, said: BankMessage) -> InboxFile:
        self.minutes += 1
        return reconciliation.accept(
            self.connection, said, name=f"{said.message_id}.xml", at=self.now
        )

    def hear(self, *messages: BankMessage) -> Outcome:
        """Receive messages one after the other and apply each."""
        outcome = reconciliation.Outcome()
        for said in messages:
            self.receive(said)
            outcome += reconciliation.reconcile(self.connection, at=self.now)
        return outcome

    @property
    def now(self) -> datetime:
        return AT + timedelta(minutes=self.minutes)

    # What came of it.

    def states(self, attempt: int = 1) -> list[str]:
        rows = self.connection.execute(
            sa.text(
                "SELECT state FROM cycle.instruction WHERE transfer_group = :code "
                "AND attempt = :attempt ORDER BY payee_id"
            ),
            {"code": self.code, "attempt": attempt},
        )
        return list(rows.scalars())

    def reasons(self) -> list[str]:
        rows = self.connection.execute(
            sa.text(
                "SELECT reason FROM cycle.instruction WHERE transfer_group = :code "
                "ORDER BY payee_id, attempt"
            ),
            {"code": self.code},
        )
        return list(rows.scalars())

    def balances(self) -> dict[int, int]:
        """Return the balances that are not zero; debit is positive."""
        held = {a: ledger.balance(self.connection, a, fund_id=self.fund_id) for a in ACCOUNTS}
        return {account: amount for account, amount in held.items() if amount}

    def open_items(self) -> list[str]:
        """Return the open items as 'reason +amount' (credit) or 'reason -amount' (debit)."""
        items = reconciliation.open_items(self.connection, on=self.now.date())
        return sorted(
            f"{i.reason} {'+' if i.direction == 'CRDT' else '-'}{i.amount_minor}"
            for i in items
            if i.fund_id in {self.fund_id, 0}
        )

    def proof(self) -> reconciliation.Proof:
        return reconciliation.proof(self.connection, self.cycle_id)

    def head(self) -> str | None:
        return ledger.head(self.connection)
