"""Money as people read it. Everywhere else it is an integer of minor units and a currency."""

from __future__ import annotations

from typing import Final

__all__ = ["exponent", "format_minor", "parse_minor"]

_EXPONENTS: Final = {"CLP": 0, "JPY": 0, "KRW": 0, "PYG": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3}
_SYMBOLS: Final = {"BRL": "R$ ", "INR": "₹ ", "PHP": "₱ "}
_COMMA_DECIMALS: Final = frozenset({"ARS", "BRL", "CLP", "COP", "EUR", "IDR"})
_INDIAN_GROUPS: Final = frozenset({"BDT", "INR", "LKR", "NPR", "PKR"})


def exponent(currency: str) -> int:
    """Return how many decimals the currency has (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def format_minor(amount_minor: int, currency: str, *, symbol: bool = True) -> str:
    """Write an amount the way its country does.

    >>> format_minor(123456750, "INR")
    '₹ 12,34,567.50'
    >>> format_minor(-123456750, "BRL")
    '-R$ 1.234.567,50'
    """
    places = exponent(currency)
    whole, part = divmod(abs(amount_minor), 10**places)
    group, point = (".", ",") if currency in _COMMA_DECIMALS else (",", ".")
    text = _grouped(str(whole), group, indian=currency in _INDIAN_GROUPS)
    if places:
        text += f"{point}{part:0{places}d}"
    mark = _SYMBOLS.get(currency, f"{currency} ") if symbol else ""
    return f"{'-' if amount_minor < 0 else ''}{mark}{text}"


def parse_minor(text: str, currency: str) -> int:
    """Read a plain decimal number such as ``1234.50`` into minor units.

    Raises ValueError when the text is no such number or has more decimals than the currency.
    """
    places = exponent(currency)
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, part = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (
        part and not (part.isascii() and part.isdigit())
    ):
        raise ValueError(f"{text!r} is no amount: write it like 1234.50, without separators.")
    if len(part) > places:
        raise ValueError(f"{text!r} has {len(part)} decimals; {currency} has {places}.")
    return sign * int(whole + part.ljust(places, "0"))


def _grouped(digits: str, separator: str, *, indian: bool) -> str:
    if not indian or len(digits) <= 3:  # noqa: PLR2004 - three digits stand last in every system
        return f"{int(digits):,}".replace(",", separator)
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)]
    return separator.join([*reversed(pairs), tail])
