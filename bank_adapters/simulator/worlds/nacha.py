"""NACHA: returns and notifications of change in 94 characters, the money on the statement.

A bank in the United States says nothing of a payment that arrived. What comes back comes as an
entry with addenda 99 and a reason R.., an account that should be written otherwise as an entry of
nothing with addenda 98 and a reason C..; debits and credits stand on the account's statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import iso
from .fates import Fate, Order, Payment, Told

if TYPE_CHECKING:
    import random
    from datetime import date
    from pathlib import Path

__all__ = ["WIDTH", "answers", "taken"]

WIDTH = 94
_LINES = 10
_HASH = 10**10
_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)
_DECEASED = ("R14", "R15")
_RETURNS = ("R02", "R03", "R04", "R16", "R17", "R20", "R23", *_DECEASED)
_CHANGES = ("C01", "C02", "C03", "C05")


class _Item(NamedTuple):
    """One entry of an answer: a return, or a change where the reason is a C.."""

    payment: Payment
    reason: str

    @property
    def is_change(self) -> bool:
        return self.reason.startswith("C")


def taken(path: Path) -> Order:
    """Read an order of PPD credits; the bank knows the file by the name it was handed in under."""
    lines = path.read_text("ascii").splitlines()
    entries = [line for line in lines if line[0] == "6"]
    payments = [Payment(t[39:54].strip(), int(t[29:39]), t) for t in entries]
    return Order("nacha", path.stem, "", "", "USD", "\n".join(lines[:2]), tuple(payments))


def answers(order: Order, fates: dict[str, Fate], rng: random.Random, on: date) -> list[Told]:
    """Send back and correct item by item, then everything sent back once more; and book it."""
    told: list[Told] = []
    sent_back: list[_Item] = []
    for payment in order.payments:
        fate, reason = fates[payment.reference], rng.choice(_RETURNS)
        if fate is not Fate.PAID:
            item = _Item(payment, reason)
            day = 0 if fate is Fate.REJECTED else rng.randint(3, 5)
            told.append(Told(day, "RET", _written(order, [item], len(told))))
            sent_back.append(item)
        if fate is Fate.DENIED or rng.random() < 0.4:  # noqa: PLR2004 - some are written otherwise
            item = _Item(payment, rng.choice(_CHANGES))
            told.append(Told(rng.randint(1, 4), "NOC", _written(order, [item], len(told))))
    if sent_back:
        told.append(Told(6, "RET-ALL", _written(order, sent_back, len(told))))
    return told + iso.booked(order, fates, rng, on)


def _written(order: Order, items: list[_Item], number: int) -> bytes:
    file_head, batch_head = order.head.split("\n")
    odfi = batch_head[79:87]
    entry_class = "COR" if items[0].is_change else "PPD"
    lines = [
        file_head[:3]
        + file_head[13:23]
        + file_head[3:13]
        + file_head[23:33]
        # Files of one day are told apart by a letter or digit.
        + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[number % 36]
        + file_head[34:],
        "5200" + batch_head[4:50] + entry_class + batch_head[53:],
    ]
    for place, item in enumerate(items, start=1):
        lines += _entry(item, odfi, place)
    credit = sum(item.payment.amount_minor for item in items if not item.is_change)
    sums = f"{int(odfi) * len(items) % _HASH:010d}{0:012d}{credit:012d}"
    count = 2 * len(items)
    lines.append(f"8200{count:06d}{sums}{batch_head[40:50]}{'':25}{odfi}{1:07d}")
    blocks = -(-(len(lines) + 1) // _LINES)
    lines.append(f"9{1:06d}{blocks:06d}{count:08d}{sums}".ljust(WIDTH))
    lines += ["9" * WIDTH] * (blocks * _LINES - len(lines))
    return "".join(line + "\n" for line in lines).encode("ascii")


def _entry(item: _Item, odfi: str, place: int) -> list[str]:
    line = item.payment.line
    check = -sum(w * int(d) for w, d in zip(_WEIGHTS, odfi, strict=True)) % 10
    code = "31" if line[1] == "3" else "21"
    minor = 0 if item.is_change else item.payment.amount_minor
    receiver, trace = line[3:11], f"{line[3:11]}{place:07d}"
    died_on = "260915" if item.reason in _DECEASED else ""
    corrected = "000999888" if item.is_change else ""
    kind = "98" if item.is_change else "99"
    return [
        f"6{code}{odfi}{check}{line[12:29]}{minor:010d}{line[39:76]}  1{trace}",
        f"7{kind}{item.reason}{line[79:94]}{died_on:6}{receiver}{corrected:44}{trace}",
    ]
