"""Rails of fixed lines: NACH and APBS responses, CNAB 240 retornos; positions as published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fates import Fate, Order, Payment, Told

if TYPE_CHECKING:
    import random
    from datetime import date
    from pathlib import Path

__all__ = ["RAILS", "answers", "taken"]

RAILS = ("nach", "apbs", "cnab")
_NACH_WIDTH = 306
_APBS_WIDTH = 165
_APBS_ANSWER_WIDTH = 177
_REASONS = {
    "nach": ("01", "02", "11", "51", "53", "59", "60", "68"),
    "apbs": ("01", "64", "95", "96", "53", "59", "60"),
    "cnab": ("AL", "AM", "AN", "BG", "AR", "HA"),
}


def taken(path: Path) -> Order:
    """Read an order of one of these rails."""
    lines = path.read_text("ascii").splitlines()
    head = lines[0]
    if (head[:2], len(head)) == ("12", _NACH_WIDTH):
        payments = [Payment(t[231:261].strip(), int(t[120:133]), t) for t in lines[1:]]
        return Order("nach", head[174:192].strip(), "", "", "INR", head, tuple(payments))
    if (head[:2], len(head)) == ("33", _APBS_WIDTH):
        payments = [Payment(t[107:120].strip(), int(t[120:133]), t) for t in lines[1:]]
        return Order("apbs", head[49:63].strip(), "", "", "INR", head, tuple(payments))
    return _cnab_taken(lines)


def _cnab_taken(lines: list[str]) -> Order:
    details = lines[2:-2]
    pairs = zip(details[::2], details[1::2], strict=True)
    payments = [Payment(a[73:93].strip(), int(a[119:134]), a + "\n" + b) for a, b in pairs]
    head = "\n".join(lines[:2])
    return Order("cnab", lines[0][157:163], "", "", "BRL", head, tuple(payments))


def answers(order: Order, fates: dict[str, Fate], rng: random.Random, _on: date) -> list[Told]:
    """Answer in many parts: what was credited or not, and days later what came back."""
    first: list[list[tuple[Payment, str]]] = []
    later: list[list[tuple[Payment, str]]] = []
    for payment in order.payments:
        fate = fates[payment.reference]
        reason = rng.choice(_REASONS[order.rail])
        first.append([(payment, reason if fate is Fate.REJECTED else "")])
        if fate in {Fate.RETURNED, Fate.DENIED}:
            later.append([(payment, reason)])
    told = [Told(rng.randint(0, 2), "RES", _written(order, part, late=False)) for part in first]
    told += [Told(rng.randint(3, 6), "RTN", _written(order, part, late=True)) for part in later]
    everything = [one for part in first for one in part]
    told.append(Told(2, "RES-ALL", _written(order, everything, late=False)))
    return told


def _written(order: Order, items: list[tuple[Payment, str]], *, late: bool) -> bytes:
    if order.rail == "cnab":
        return _cnab_written(order, items, late=late)
    width = _NACH_WIDTH if order.rail == "nach" else _APBS_ANSWER_WIDTH
    total = sum(payment.amount_minor for payment, _ in items)
    head = order.head
    if order.rail == "nach":
        head = head[:112] + f"{total:013d}" + head[125:238] + f"{len(items):09d}" + head[247:]
    else:
        head = head[:112] + f"{len(items):09d}{total:013d}" + head[134:]
    lines = [head.ljust(width)]
    for payment, reason in items:
        flag, code = ("0", reason) if reason else ("1", "00")
        if order.rail == "nach":
            text = payment.line[:153] + flag + code + payment.line[156:]
        else:
            text = payment.line[:153] + flag + " " + code
        lines.append(text.ljust(width))
    return "".join(line + "\r\n" for line in lines).encode("ascii")


def _cnab_written(order: Order, items: list[tuple[Payment, str]], *, late: bool) -> bytes:
    file_head, lot_head = order.head.split("\n")
    lines = [file_head[:142] + "2" + file_head[143:], lot_head]
    for number, (payment, reason) in enumerate(items):
        a, b = payment.line.split("\n")
        movement = "3" if late else a[14]
        a = a[:8] + f"{2 * number + 1:05d}" + a[13] + movement + a[15:230]
        lines.append(a + (reason or "00").ljust(10))
        lines.append(b[:8] + f"{2 * number + 2:05d}" + b[13:])
    total = sum(payment.amount_minor for payment, _ in items)
    records = 2 * len(items) + 2
    bank = file_head[:3]
    lines.append(f"{bank}00015{'':9}{records:06d}{total:018d}{'':0>18}{'':0>6}".ljust(240))
    lines.append(f"{bank}99999{'':9}000001{records + 2:06d}000000".ljust(240))
    return "".join(line + "\r\n" for line in lines).encode("ascii")
