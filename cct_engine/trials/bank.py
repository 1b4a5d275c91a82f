"""What a bank says in a trial: messages as its readers give them, about payments really sent."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa

import ledger
import reconciliation
from bank_adapters import EVENT_SCHEMA, BankMessage
from cct_engine.cycle.answers import account_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from cct_engine.trials.office import Trial

__all__ = [
    "Payment",
    "advised",
    "credited_back",
    "hear",
    "message",
    "paid_out",
    "payments",
    "rejected",
]

# NPCI return codes of the cases, in the words of ISO 20022 (ExternalReturnReason1Code).
_ISO: Final = {"53": "AC06", "01": "AC04", "60": "MD07"}


class Payment(NamedTuple):
    """One instruction as it was sent."""

    instruction_id: int
    household_id: int
    attempt: int
    state: str
    amount_minor: int
    currency: str
    account_id: int
    end_to_end_id: str
    instruction_text: str
    value_on: date
    message_id: str
    payment_information_id: str
    debtor_account: str
    instruction_count: int
    total_minor: int


def payments(trial: Trial) -> list[Payment]:
    """Return everything that was sent, by household and attempt."""
    rows = trial.rows(
        "SELECT DISTINCT i.instruction_id, p.household_id, i.attempt, i.state, i.amount_minor,"
        " i.currency, i.account_id, i.end_to_end_id, i.instruction_text, i.value_on, f.message_id,"
        " f.payment_information_id, f.debtor_account, f.instruction_count, f.total_minor"
        " FROM cycle.instruction i JOIN cycle.instruction_part p USING (instruction_id)"
        " JOIN bank.file f USING (file_id) ORDER BY p.household_id, i.attempt"
    )
    return [Payment(*row) for row in rows]


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


def hear(trial: Trial, name: str, fmt: str, *events: dict[str, Any]) -> int:
    """Let the bank say something; return how many lines it added to the ledger."""
    original = events[0].get("original_message_id")
    said = message(events, fmt=fmt, name=name, original=original)
    trial.messages += 1
    at = trial.plan.on_day("2026-09", 10).now() + timedelta(minutes=trial.messages)
    tokens = account_tokens(trial.office.settings.token_key.get_secret_value().encode())
    before = _line_count(trial)
    with trial.office.database.transaction() as connection:
        reconciliation.accept(connection, said, name=f"{name}.xml", at=at, tokens=tokens)
        reconciliation.reconcile(connection, at=at)
    return _line_count(trial) - before


def _line_count(trial: Trial) -> int:
    """Return the lines of the ledger about the families of a trial."""
    numbers = range(1, len(trial.families) + 1)
    with trial.office.database.transaction() as connection:
        return sum(len(ledger.statement(connection, number)) for number in numbers)


def paid_out(payment: Payment) -> dict[str, Any]:
    """A debit of our account for the whole file a payment went with."""
    return _entry(
        payment,
        "DBIT",
        payment.total_minor,
        bank_reference=f"D-{payment.message_id}",
        original_message_id=payment.message_id,
        payment_information_id=payment.payment_information_id,
        batch_count=payment.instruction_count,
    )


def credited_back(payment: Payment, code: str) -> dict[str, Any]:
    """A return of one payment, with the code of the rail."""
    return _entry(
        payment,
        "CRDT",
        payment.amount_minor,
        kind="RETURN",
        reason_list="RETURN",
        reason=_ISO[code],
        bank_reference=f"R-{payment.instruction_id}",
        end_to_end_id=payment.end_to_end_id,
        instruction_id_text=payment.instruction_text,
    )


def advised(payment: Payment, *, credited: str | None = None) -> dict[str, Any]:
    """A debit of our account for one payment alone; ``credited`` is the account it went to."""
    return _entry(
        payment,
        "DBIT",
        payment.amount_minor,
        bank_reference=f"D-{payment.instruction_id}",
        creditor_account=credited,
        end_to_end_id=payment.end_to_end_id,
        instruction_id_text=payment.instruction_text,
    )


def rejected(payment: Payment) -> dict[str, Any]:
    """A refusal of one payment before it was paid."""
    return {
        "kind": "ITEM_STATUS",
        "original_message_id": payment.message_id,
        "payment_information_id": payment.payment_information_id,
        "end_to_end_id": payment.end_to_end_id,
        "instruction_id_text": payment.instruction_text,
        "status": "RJCT",
        "reason_list": "STATUS",
        "reason": "AC01",
    }


def _entry(payment: Payment, direction: str, amount: int, **more: Any) -> dict[str, Any]:
    return {
        "kind": "ENTRY",
        "status": "BOOK",
        "direction": direction,
        "amount_minor": amount,
        "currency": payment.currency,
        "account": payment.debtor_account,
        "reversal": False,
        "booked_on": payment.value_on,
        "value_on": payment.value_on,
        **more,
    }
