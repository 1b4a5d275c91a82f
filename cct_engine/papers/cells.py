"""Cells: what a column holds, and how a value is written for people and for machines."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from cct_engine.dates import day, instant
from cct_engine.money import exponent, format_minor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Cell", "Column", "Kind", "Money", "guarded", "plain", "shown"]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Kind(StrEnum):
    """What a column holds; it decides side, font and how a spreadsheet stores it."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    MONEY = "money"
    SHARE = "share"
    """Tenths of a per cent, whole."""
    DATE = "date"

    @property
    def is_number(self) -> bool:
        """Whether the column is set to the right."""
        return self in {Kind.NUMBER, Kind.MONEY, Kind.SHARE}


class Column(NamedTuple):
    """A column: its heading, and what is in it."""

    heading: str
    kind: Kind = Kind.TEXT


class Money(NamedTuple):
    """An amount in minor units of a currency."""

    amount_minor: int
    currency: str


Cell = str | int | date | Money | None
"""A value in a table; None is shown as nothing."""


_NUMBERS: Final[Mapping[Kind, Callable[[int], str]]] = {
    Kind.SHARE: lambda tenths: f"{tenths // 10}.{tenths % 10} %",
    Kind.NUMBER: lambda number: f"{number:,}",
}


def shown(value: Cell, kind: Kind) -> str:
    """Write a value for people.

    >>> shown(Money(-123456750, "INR"), Kind.MONEY)
    '−12,34,567.50'
    >>> shown(987, Kind.SHARE)
    '98.7 %'
    """
    if value is None or value == "":
        return ""
    if isinstance(value, Money):
        text = format_minor(abs(value.amount_minor), value.currency, symbol=False)
        return f"−{text}" if value.amount_minor < 0 else text
    if isinstance(value, date):
        return instant(value) if isinstance(value, datetime) else day(value)
    if isinstance(value, int) and kind in _NUMBERS:
        return _NUMBERS[kind](value)
    return str(value)


def plain(value: Cell) -> str:
    """Write a value for machines: amounts as plain decimal numbers, dates as ISO has them."""
    if value is None:
        return ""
    if isinstance(value, Money):
        places = exponent(value.currency)
        whole, part = divmod(abs(value.amount_minor), 10**places)
        text = f"{whole}.{part:0{places}d}" if places else str(whole)
        return f"-{text}" if value.amount_minor < 0 else text
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def guarded(value: Cell) -> str:
    """Write a value for a spreadsheet; a text it would take for a formula gets an apostrophe."""
    text = plain(value)
    if isinstance(value, str) and text.lstrip(" ").startswith(_FORMULA):
        return f"'{text}"
    return text
