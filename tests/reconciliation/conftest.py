"""A small programme whose payments go to a bank, and a bank that says what a test tells it to.

A world has one cycle of one fund. Payments are numbered 1, 2, 3… in the order they are given;
payment n goes to household n. Amounts are minor units.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

import ledger
import reconciliation
from bank_adapters import (
    EVENT_SCHEMA,
    BankMessage,
    BankProfile,
    Expected,
    SealedFile,
    end_to_end_id,
    instruction_text,
    load_profile,
    uetr_from,
)
from cct_engine.database import Database, embedded
from ledger import Batch, Event, Lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciliation import AllocatedFile, InboxFile, Outcome

VALUE_ON = date(2026, 9, 17)
AT = datetime(2026, 9, 18, 6, 0, tzinfo=UTC)
ACCOUNTS = (1010, 1030, 1090, 2100, 2120, 2900, 5150)


def bank_of(account: str = "999900010001", currency: str = "INR") -> BankProfile:
    """Return an agreed bank whose debited account is ``account``."""
    shipped = load_profile("neft_bank_inr").model_dump()
    shipped["debtor"]["account"] = account
    shipped["currency"] = currency
    return BankProfile.model_validate(shipped)


def message(
    rows: Sequence[Mapping[str, Any]], *, fmt: str, name: str, original: str | None = None
) -> BankMessage:
    """Make a message as the readers give it; its SHA-256 is of its content and name."""
    numbered = [{"position": n, **row} for n, row in enumerate(rows, start=1)]
    content = json.dumps([fmt, name, numbered], default=str).encode()
    return BankMessage(
        format=fmt,
        message_id=name,
        original_message_id=original,
        entries=len(rows),
        totals={},
        events=pa.Table.from_pylist(
            [{f.name: row.get(f.name) for f in EVENT_SCHEMA} for row in numbered], EVENT_SCHEMA
        ),
        refusals=(),
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
    )


@dataclass
class World:
    """One cycle, its payments, and its bank."""

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
        connection.execute(
            sa.text("SELECT cycle.open_partitions(:cycle), cycle.open_month(:on)"),
            {"cycle": self.cycle_id, "on": VALUE_ON},
        )
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

    # What the bank says.

    def status(
        self,
        file: int = 1,
        *,
        whole: str | None = None,
        items: Mapping[int, str] | None = None,
        name: str = "status",
        attempt: int = 1,
    ) -> BankMessage:
        """A pain.002 about the n-th file: ``whole`` is its status, ``items`` say 'RJCT AC01'."""
        sent = self.files[file - 1]
        rows: list[dict[str, Any]] = []
        if whole:
            code, _, reason = whole.partition(" ")
            rows.append({"kind": "FILE_STATUS", "status": code, "reason": reason or None})
        for payment, said in (items or {}).items():
            code, _, reason = said.partition(" ")
            rows.append(
                {
                    "kind": "ITEM_STATUS",
                    "payment_information_id": sent.payment_information_id,
                    "end_to_end_id": self.reference(payment),
                    "instruction_id_text": instruction_text(self.reference(payment), attempt),
                    "status": code,
                    "reason": reason or None,
                }
            )
        for row in rows:
            row["original_message_id"] = sent.message_id
            row["reason_list"] = "STATUS" if row["reason"] else None
        return message(rows, fmt="pain.002.001.10", name=name, original=sent.message_id)

    def debit(
        self, amount: int, *, file: int = 1, reference: str | None = "D1", **changes: Any
    ) -> dict[str, Any]:
        """A batch debit of the n-th file."""
        sent = self.files[file - 1]
        return self._entry(
            "DBIT",
            amount,
            reference,
            **{
                "original_message_id": sent.message_id,
                "payment_information_id": sent.payment_information_id,
                "batch_count": sent.count,
                **changes,
            },
        )

    def credit(
        self,
        payment: int,
        *,
        amount: int | None = None,
        reason: str | None = "AC04",
        reference: str | None = "",
        attempt: int = 1,
        **changes: Any,
    ) -> dict[str, Any]:
        """A credit that gives a payment back."""
        return self._entry(
            "CRDT",
            self.amounts[payment - 1] if amount is None else amount,
            f"R{payment}-{attempt}" if reference == "" else reference,
            **{
                "kind": "RETURN" if reason else "ENTRY",
                "reason_list": "RETURN" if reason else None,
                "reason": reason,
                "end_to_end_id": self.reference(payment),
                "instruction_id_text": instruction_text(self.reference(payment), attempt),
                **changes,
            },
        )

    def stray(
        self, amount: int, *, reference: str | None = "S1", direction: str = "CRDT", **changes: Any
    ) -> dict[str, Any]:
        """An entry that names nothing of ours."""
        return self._entry(direction, amount, reference, **changes)

    def _entry(
        self, usual_direction: str, amount: int, reference: str | None, **changes: Any
    ) -> dict[str, Any]:
        return {
            "kind": "ENTRY",
            "status": "BOOK",
            "direction": usual_direction,
            "amount_minor": amount,
            "currency": self.bank.currency,
            "account": self.bank.debtor.account,
            "reversal": False,
            "booked_on": VALUE_ON,
            "value_on": VALUE_ON,
            "bank_reference": reference,
            **changes,
        }

    def advice(self, *entries: dict[str, Any], name: str = "advice") -> BankMessage:
        """A camt.054."""
        return message(entries, fmt="camt.054.001.08", name=f"{self.cycle_id} {name}")

    def statement(self, *entries: dict[str, Any], name: str = "statement") -> BankMessage:
        """A camt.053."""
        return message(entries, fmt="camt.053.001.08", name=f"{self.cycle_id} {name}")

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


@pytest.fixture(scope="module")
def shared_database(server: embedded.Server, template_database: str) -> Iterator[Database]:
    """One migrated database for a module: each of its tests gives its transaction up."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template_database)
    with Database(server.url(name, role="cct_app")) as database:
        yield database
    server.drop_database(name)


@pytest.fixture
def connection(shared_database: Database) -> Iterator[sa.Connection]:
    """One transaction of the engine's role, given up at the end."""
    with shared_database.engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def new_world() -> type[World]:
    """The class of worlds, for tests that make their own."""
    return World


@pytest.fixture
def world(connection: sa.Connection) -> World:
    """A cycle of three payments of 600, in one sent file."""
    world = World(connection)
    world.open([600, 600, 600])
    world.send([1, 2, 3])
    return world
