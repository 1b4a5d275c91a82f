"""The bank takes an order: it checks the order's own totals and decides each transfer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from .books import Item, OrderRecord, PaymentRecord
from .orders import Header, Payment, Transfer, UnreadableOrderError, minor_units, read_order
from .verdict import Outcome, attempt_of, draws, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .books import Books
    from .mix import FailureMix

__all__ = ["receive", "sha256_of"]


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def receive(
    path: Path,
    books: Books,
    known: list[OrderRecord],
    *,
    seed: int,
    mix: FailureMix,
    on: date,
    closed: Mapping[tuple[str, str], date],
) -> OrderRecord:
    """Take one order that is not known yet and enter it in the books.

    ``closed`` gives the day of the last statement per account and currency: an order that comes
    after the day's statement is taken on the day after it, as after a bank's cut-off.
    Raises ``UnreadableOrderError``; an order that can be read but is wrong is refused by an answer.
    """
    number = len(known) + 1
    reading = _Reading(seed=seed, mix=mix)
    books.write_items(number, reading.failures(path))
    header = reading.header
    received_on = on
    for block in reading.blocks:
        last = closed.get((block.payment.account.number, block.currency))
        if last is not None and last >= received_on:
            received_on = date.fromordinal(last.toordinal() + 1)
    accounts = {block.payment.account.number for block in reading.blocks}
    nth = 1 + sum(1 for order in known if _debits(order, accounts))
    refused = _refusal(reading, known)
    taken = not refused
    order = OrderRecord(
        number=number,
        file=path.name,
        sha256=sha256_of(path),
        format=header.format,
        message_id=header.message_id,
        created=header.created,
        received_on=received_on,
        count=header.transfer_count,
        control_sum=header.control_sum,
        refused=refused,
        cut=taken and _happens(nth, mix.cut_each, first=1),
        twice=taken and _happens(nth, mix.twice_each, first=2),
        payments=tuple(reading.records(nth, received_on)) if taken else (),
    )
    books.take(order)
    return order


def _debits(order: OrderRecord, accounts: set[str]) -> bool:
    return any(payment.account.number in accounts for payment in order.payments)


def _happens(nth: int, each: int, *, first: int) -> bool:
    return each > 0 and nth >= first and (nth - first) % each == 0


@dataclass(slots=True)
class _Block:
    """What is summed up over one payment block while its transfers pass."""

    payment: Payment
    currency: str = ""
    count: int = 0
    total_minor: int = 0
    rejected_count: int = 0
    rejected_minor: int = 0
    return_days: set[int] = field(default_factory=set)
    short: tuple[int, int] = (0, 0)  # smallest draw and position among same-day returns


@dataclass(slots=True)
class _Reading:
    """One pass over an order: failures stream out, sums stay."""

    seed: int
    mix: FailureMix
    header: Header = field(init=False)
    blocks: list[_Block] = field(default_factory=list)
    count: int = 0
    total_minor: int = 0
    mixed_currencies: bool = False

    def failures(self, path: Path) -> Iterator[Item]:
        for part in read_order(path):
            if isinstance(part, Header):
                self.header = part
            elif isinstance(part, Payment):
                if not part.batch_booking:
                    raise UnreadableOrderError(
                        f"{path.name}: payment block {len(self.blocks) + 1} asks for single "
                        "booking (BtchBookg false). The simulated bank books one debit per "
                        "block: switch batch booking on in the bank profile."
                    )
                self.blocks.append(_Block(part))
            else:
                item = self._decide(part)
                if item is not None:
                    yield item

    def _decide(self, transfer: Transfer) -> Item | None:
        block = self.blocks[-1]
        self.count += 1
        self.total_minor += transfer.amount_minor
        block.count += 1
        block.total_minor += transfer.amount_minor
        self.mixed_currencies |= bool(block.currency) and transfer.currency != block.currency
        block.currency = transfer.currency
        attempt = attempt_of(transfer.end_to_end_id, transfer.instruction_id)
        verdict = verdict_of(self.seed, transfer.end_to_end_id, attempt, self.mix)
        if verdict.outcome is Outcome.CREDITED:
            return None
        twice, short, _, _ = draws(self.seed, "line", transfer.end_to_end_id, str(attempt))
        if verdict.outcome is Outcome.REJECTED:
            block.rejected_count += 1
            block.rejected_minor += transfer.amount_minor
        else:
            block.return_days.add(verdict.days)
            if verdict.days == 0 and transfer.amount_minor > 1:
                block.short = (
                    min(block.short, (short, self.count))
                    if block.short[1]
                    else (
                        short,
                        self.count,
                    )
                )
        failures = max(self.mix.failures_per_100k, 1)
        return Item(
            position=self.count,
            payment=len(self.blocks) - 1,
            outcome=verdict.outcome,
            code=verdict.code,
            days=verdict.days,
            amount_minor=transfer.amount_minor,
            repeated=twice % failures < self.mix.repeats_per_100k,
            end_to_end_id=transfer.end_to_end_id,
            instruction_id=transfer.instruction_id,
            uetr=transfer.uetr,
            creditor_name=transfer.creditor_name,
            creditor_account=transfer.creditor_account,
        )

    def records(self, nth: int, received_on: date) -> Iterator[PaymentRecord]:
        for index, block in enumerate(self.blocks):
            first = index == 0
            stray, _, _, _ = draws(self.seed, "stray", self.header.message_id)
            happens = first and _happens(nth, self.mix.stray_each, first=2)
            short = first and _happens(nth, self.mix.wrong_amount_each, first=1)
            yield PaymentRecord(
                payment_id=block.payment.payment_id,
                account=block.payment.account,
                currency=block.currency,
                settled_on=max(received_on, date.fromisoformat(block.payment.execution_on)),
                count=block.count,
                total_minor=block.total_minor,
                rejected_count=block.rejected_count,
                rejected_minor=block.rejected_minor,
                return_days=tuple(sorted(block.return_days)),
                short_position=block.short[1] if short else 0,
                stray_minor=1_000 + stray % 50_000 if happens else 0,
            )


def _refusal(reading: _Reading, known: list[OrderRecord]) -> str:
    """Return the status code with which the whole order is refused, or an empty text."""
    header = reading.header
    if any(order.message_id == header.message_id for order in known):
        return "DU01"  # a message identification that is not unique
    if header.transfer_count != reading.count:
        return "AM19"  # number of transactions of the group
    if reading.mixed_currencies:
        return "AM03"  # a block is debited to one account in one currency
    currencies = {block.currency for block in reading.blocks}
    if header.control_sum and len(currencies) == 1:
        stated = minor_units(header.control_sum, currencies.pop())
        if stated != reading.total_minor:
            return "AM10"  # sum of amounts is not the control sum
    return ""
