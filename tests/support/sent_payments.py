"""Payments that go to a bank: a cycle of one fund, opened, drafted, sealed and sent.

Payments are numbered 1, 2, 3… in the order they are given; payment n goes to household n. Amounts
are minor units.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

import ledger
import reconciliation
from bank_adapters import (
    BankProfile,
    Expected,
    SealedFile,
    end_to_end_id,
    instruction_text,
    load_profile,
    uetr_from,
)
from ledger import Batch, Event, Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciliation import AllocatedFile

__all__ = ["AT", "VALUE_ON", "SentPayments", "bank_of", "open_partitions"]

VALUE_ON = date(2026, 9, 17)
AT = datetime(2026, 9, 18, 6, 0, tzinfo=UTC)


def bank_of(account: str = "999900010001", currency: str = "INR") -> BankProfile:
    """Return an agreed bank whose debited account is ``account``."""
    shipped = load_profile("neft_bank_inr").model_dump()
    shipped["debtor"]["account"] = account
    shipped["currency"] = currency
    return BankProfile.model_validate(shipped)


def open_partitions(connection: sa.Connection, cycle_id: int) -> None:
    """Open the tables that hold a cycle, its month and what the bank says in it, if need be."""
    connection.execute(
        sa.text(
            "SELECT cycle.open_partitions(:cycle), ledger.open_partition(:cycle), "
            "cycle.open_month(:on), recon.open_month(:on)"
        ),
        {"cycle": cycle_id, "on": VALUE_ON},
    )


@dataclass
class SentPayments:
    """One cycle, and its payments as they were sent to its bank."""

    connection: sa.Connection
    cycle_id: int = 1
    fund_id: int = 1
    programme_id: int = 1
    bank: BankProfile = field(default_factory=bank_of)
    files: list[AllocatedFile] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)
    minutes: int = 0

    @property
    def code(self) -> str:
        return f"programme_{self.programme_id}-2026-09"

    def open(self, amounts: Sequence[int], *, owed_more: Sequence[int] = ()) -> None:
        """Approve entitlements, one line per household; ``owed_more`` are lines nothing pays."""
        connection = self.connection
        ledger.open_period(
            connection, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31), by=1, at=AT
        )
        open_partitions(connection, self.cycle_id)
        self.amounts = list(amounts)
        owed = [*amounts, *owed_more]
        connection.execute(
            sa.text(
                """INSERT INTO cycle.entitlement_line (cycle_id, household_id, line_seq, source,
                    component,
                   for_period, enrolment_id, fund_id, money_state, amount_minor)
                   VALUES (:cycle, :household, 1, 'due', 'basic', '2026-09-01', :household, :fund,
                   'payable', :amount)"""
            ),
            [
                {"cycle": self.cycle_id, "household": n, "fund": self.fund_id, "amount": amount}
                for n, amount in enumerate(owed, start=1)
            ],
        )
        connection.execute(
            sa.text(
                """INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period,
                    month_count,
                   currency, state, opened_at, opened_by, as_of_valid, as_of_known, list_digest,
                   prepared_by, submitted_at, approved_by, approved_at, released_by, released_at)
                   VALUES (:cycle, :code, :programme, :fund, '2026-09-01', 1, :currency,
                       'released', :at, 3,
                   '2026-08-31', :at, 'a list', 3, :at, 4, :at, 5, :at)"""
            ),
            {
                "cycle": self.cycle_id,
                "code": self.code,
                "programme": self.programme_id,
                "fund": self.fund_id,
                "currency": self.bank.currency,
                "at": AT,
            },
        )
        self.post(Event.ENTITLE, range(1, len(owed) + 1), owed, seq=1)

    def post(
        self, event: Event, households: Sequence[int], amounts: Sequence[int], *, seq: int
    ) -> None:
        batch = Batch(
            event=event,
            programme_id=self.programme_id,
            fund_id=self.fund_id,
            cycle_id=self.cycle_id,
            value_on=VALUE_ON,
            currency=self.bank.currency,
            key=f"test/{self.cycle_id}/{event.name}/{seq}/{min(households)}",
            prepared_by=3,
            approved_by=4,
            recorded_at=AT,
            conduit=self.bank.code,
        )
        lines = Lines.of(
            subject=list(households),
            seq=[seq] * len(households),
            amount_minor=list(amounts),
            reference=[self.instruction_id(h, seq) for h in households],
        )
        ledger.post(self.connection, batch, lines)

    def instruction_id(self, payment: int, attempt: int = 1) -> int:
        return self.cycle_id * 1_000_000 + attempt * 10_000 + payment

    def reference(self, payment: int) -> str:
        """Return the EndToEndId of a payment, the same for all attempts."""
        return end_to_end_id(self.code, payment, f"lines of {payment}")

    def put_in(self, file_id: int) -> None:
        """Draft what is in no file yet as payments of this one."""
        self.connection.execute(
            sa.text(
                "UPDATE cycle.instruction SET file_id = :file_id WHERE state = 'drafted' "
                "AND file_id IS NULL AND transfer_group = :code"
            ),
            {"file_id": file_id, "code": self.code},
        )

    def send(
        self,
        payments: Sequence[int],
        *,
        attempt: int = 1,
        action: Event = Event.INSTRUCT,
        account_id: int = 1,
    ) -> AllocatedFile:
        """Draft, seal and send one file, as the release of a cycle does."""
        connection = self.connection
        self.draft(payments, attempt=attempt, account_id=account_id)
        total = sum(self.amounts[n - 1] for n in payments)
        order = reconciliation.FileOrder(
            batch_key=f"{self.code}/{len(self.files) + 1}",
            bank=self.bank,
            programme_id=self.programme_id,
            fund_id=self.fund_id,
            cycle_id=self.cycle_id,
            execution_on=VALUE_ON,
        )
        (file,) = reconciliation.allocate(
            connection, order, [Expected(len(payments), total)], at=AT
        )
        self.put_in(file.file_id)
        sealed = self.sealed(file)
        reconciliation.register(connection, sealed, at=AT)
        self.post(action, payments, [self.amounts[n - 1] for n in payments], seq=attempt)
        reconciliation.begin_delivery(connection, file.message_id, sha256=sealed.sha256)
        reconciliation.end_delivery(
            connection, file.message_id, outcome="sent", channel="folder", at=AT, officer_id=5
        )
        self.files.append(file)
        return file

    def sealed(self, file: AllocatedFile) -> SealedFile:
        """Return a sealed file whose content does not matter here."""
        content = f"{file.message_id} {file.count} {file.total_minor}".encode()
        return SealedFile(
            name=f"{file.message_id}.xml",
            path=Path("never read"),
            count=file.count,
            total_minor=file.total_minor,
            currency=self.bank.currency,
            sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content),
            message_id=file.message_id,
            schema="pain.001.001.09",
        )

    def draft(self, payments: Sequence[int], *, attempt: int = 1, account_id: int = 1) -> None:
        rows = [
            {
                "id": self.instruction_id(n, attempt),
                "on": VALUE_ON,
                "group": self.code,
                "payee": n,
                "attempt": attempt,
                "debtor": self.bank.debtor.account,
                "rail": self.bank.code,
                "amount": self.amounts[n - 1],
                "currency": self.bank.currency,
                "account": account_id,
                "token": f"token {n}",
                "reference": self.reference(n),
                "text": instruction_text(self.reference(n), attempt),
                "uetr": uetr_from(instruction_text(self.reference(n), attempt)),
                "cycle": self.cycle_id,
                "fund": self.fund_id,
                "at": AT,
            }
            for n in payments
        ]
        self.connection.execute(
            sa.text(
                """INSERT INTO cycle.instruction (instruction_id, value_on, transfer_group,
                    payee_id,
                   attempt, ordinal, debtor_account, rail, amount_minor, currency, account_id,
                   account_token, end_to_end_id, instruction_text, uetr, drafted_at)
                   VALUES (:id, :on, :group, :payee, :attempt, :attempt, :debtor, :rail, :amount,
                   :currency, :account, :token, :reference, :text, :uetr, :at)"""
            ),
            rows,
        )
        self.connection.execute(
            sa.text(
                """INSERT INTO cycle.instruction_part (cycle_id, household_id, line_seq,
                    instruction_id,
                   fund_id, amount_minor) VALUES (:cycle, :payee, 1, :id, :fund, :amount)"""
            ),
            rows,
        )
