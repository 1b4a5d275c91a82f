"""One seed, one world: orders in, many messages out, in the order and state they arrive in."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from . import iso, lines, nacha, table
from .fates import Fate, Told, decided

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path
    from types import ModuleType

__all__ = ["Message", "Played", "play"]


class Message(NamedTuple):
    """A file as it arrives; a cut one cannot be used, its whole copy comes later."""

    name: str
    content: bytes
    is_cut: bool


class Played(NamedTuple):
    """What arrives, and the truth: each payment's fate by the reference the bank answers with."""

    messages: tuple[Message, ...]
    fates: dict[str, Fate]


def play(
    orders: Iterable[Path], *, seed: int, on: date, account: str = "", messages: int = 60
) -> Played:
    """Play the bank on some orders: about ``messages`` files, told by their days.

    ISO messages also overtake one another across days; a rail's own answers carry no time, so
    they keep the order of their days and are shuffled within each. ``account`` is the one that is
    debited, where the orders of a rail do not name it. The same orders and seed give the same
    world. Raises ValueError for a file that is no order.
    """
    rng = random.Random(seed)  # noqa: S311 - a world is to be the same again
    fates: dict[str, Fate] = {}
    told: list[Told] = []
    for path in sorted(orders):
        rail = _rail_of(path)
        order = rail.taken(path)
        order = order._replace(account=order.account or account)
        mine = decided(order, rng)
        fates |= mine
        told += rail.answers(order, mine, rng, on)
    overtaking = 4.0 if told and told[0].content.startswith(b"<?xml") else 0.0
    arriving = sorted(told, key=lambda one: one.day + rng.random() * (0.9 + overtaking))
    return Played(tuple(_mischief(arriving, rng, messages)), fates)


def _rail_of(path: Path) -> ModuleType:
    if path.suffix == ".txt" and "||" in path.read_text("ascii"):
        return table
    return {".xml": iso, ".csv": table, ".ach": nacha}.get(path.suffix, lines)


def _mischief(told: list[Told], rng: random.Random, messages: int) -> list[Message]:
    """Number the files; give some twice, some cut first and whole later."""
    arriving: list[tuple[float, Told, bool]] = [
        (float(place), one, False) for place, one in enumerate(told)
    ]
    for place, one in enumerate(told):
        if len(one.content) > 400 and rng.random() < 0.08:  # noqa: PLR2004 - too small to cut
            cut = one._replace(content=one.content[: rng.randrange(200, _said(one.content) - 60)])
            arriving.append((place - 0.5, cut, True))
    while len(arriving) < messages:
        place = rng.randrange(len(told))
        arriving.append((place + rng.random() * (len(told) - place) + 0.1, told[place], False))
    arriving.sort(key=lambda one: one[0])
    return [
        Message(f"{number:03d}-{one.kind}.{_ending(one.content)}", one.content, is_cut)
        for number, (_, one, is_cut) in enumerate(arriving)
    ]


def _said(content: bytes) -> int:
    """Return where a file has said all: blanks and NACHA's lines of nines only fill it up."""
    told, filler = content.rstrip(), b"9" * 94
    while told.endswith(filler):
        told = told.removesuffix(filler).rstrip()
    return len(told)


def _ending(content: bytes) -> str:
    return "xml" if content.startswith(b"<?xml") else "txt"
