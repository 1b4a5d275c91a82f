"""The bank's own books: which orders it took on which day, and what it decided.

They lie in a folder beside the answers. An order is taken once, by its SHA-256. Its decisions are
written first (``<number>.items.csv``, only the transfers that fail, so the books stay small), then
its record (``<number>.json``), whose appearance is the act of taking it: a bank killed in between
takes the order again and decides the same.
"""

from __future__ import annotations

import csv
import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from .orders import Account
from .verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Books", "Item", "OrderRecord", "PaymentRecord", "replace_whole"]


class Item(NamedTuple):
    """One transfer that failed."""

    position: int  # of the transfer in its order, from 1
    payment: int  # index of its payment block
    outcome: Outcome
    code: str
    days: int
    amount_minor: int
    repeated: bool  # the bank writes its answer line twice
    end_to_end_id: str
    instruction_id: str
    uetr: str
    creditor_name: str
    creditor_account: Account


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """One payment block as the bank books it; dates are ISO texts in the file."""

    payment_id: str
    account: Account
    currency: str
    settled_on: date
    count: int
    total_minor: int
    rejected_count: int
    rejected_minor: int
    return_days: tuple[int, ...]  # days after settlement on which returns come
    short_position: int  # the transfer whose return is credited one unit short; 0 = none
    stray_minor: int  # a credit that belongs to nobody; 0 = none

    @property
    def accepted_count(self) -> int:
        """Transfers that are settled."""
        return self.count - self.rejected_count

    @property
    def accepted_minor(self) -> int:
        """What is debited, in minor units."""
        return self.total_minor - self.rejected_minor


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One order the bank has taken."""

    number: int
    file: str
    sha256: str
    format: str
    message_id: str
    created: str
    received_on: date
    count: int
    control_sum: str
    refused: str  # status code with which the whole order is refused; empty = taken
    cut: bool
    twice: bool
    payments: tuple[PaymentRecord, ...]


class Books:
    """The folder of the bank's books."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def orders(self) -> list[OrderRecord]:
        """Return all orders taken, in the order of taking."""
        return [_order(path) for path in sorted(self._folder.glob("[0-9]*.json"))]

    def items(self, order: OrderRecord) -> Iterator[Item]:
        """Read the failed transfers of an order, in its order."""
        with self._items_path(order.number).open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream):
                yield _item(row)

    def write_items(self, number: int, items: Iterable[Item]) -> None:
        """Write the failed transfers of an order that is being taken."""
        path = self._items_path(number)
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(_row(item) for item in items)
        replace_whole(part, path)

    def take(self, order: OrderRecord) -> None:
        """Enter the order in the books."""
        path = self._folder / f"{order.number:06d}.json"
        part = path.with_suffix(".part")
        record = json.dumps(asdict(order), default=str, ensure_ascii=False, indent=1)
        part.write_text(record + "\n", encoding="utf-8")
        replace_whole(part, path)

    def _items_path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.items.csv"


def replace_whole(part: Path, path: Path) -> None:
    """Give a finished file its name, so that nobody ever sees half of it."""
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(path)


def _row(item: Item) -> tuple[object, ...]:
    account = item.creditor_account
    return (
        *item[:6],
        int(item.repeated),
        *item[7:11],
        account.number,
        int(account.is_iban),
        account.scheme,
    )


def _item(row: list[str]) -> Item:
    return Item(
        position=int(row[0]),
        payment=int(row[1]),
        outcome=Outcome(row[2]),
        code=row[3],
        days=int(row[4]),
        amount_minor=int(row[5]),
        repeated=row[6] == "1",
        end_to_end_id=row[7],
        instruction_id=row[8],
        uetr=row[9],
        creditor_name=row[10],
        creditor_account=Account(row[11], is_iban=row[12] == "1", scheme=row[13]),
    )


def _order(path: Path) -> OrderRecord:
    record = json.loads(path.read_text(encoding="utf-8"))
    payments = tuple(
        PaymentRecord(
            **{
                **payment,
                "account": Account(*payment["account"]),
                "settled_on": date.fromisoformat(payment["settled_on"]),
                "return_days": tuple(payment["return_days"]),
            }
        )
        for payment in record["payments"]
    )
    received_on = date.fromisoformat(record["received_on"])
    return OrderRecord(**{**record, "received_on": received_on, "payments": payments})
