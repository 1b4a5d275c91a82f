"""What a bank says of the payments it was sent: statuses, debits, credits, statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sent_payments import VALUE_ON, SentPayments

from bank_adapters import instruction_text
from cct_engine.trials.bank import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bank_adapters import BankMessage

__all__ = ["SayingBank"]


@dataclass
class SayingBank(SentPayments):
    """A cycle whose bank says what a test tells it to."""

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
