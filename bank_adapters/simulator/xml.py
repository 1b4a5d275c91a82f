"""Small pieces of XML text: escaping, amounts, accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .orders import exponent_of

if TYPE_CHECKING:
    from datetime import date

    from .orders import Account

__all__ = ["account_id", "amount", "decimal", "document", "escaped", "instant", "optional"]

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escaped(text: str) -> str:
    """Return text as it may stand between tags."""
    return text.translate(_ESCAPES)


def optional(tag: str, text: str) -> str:
    """Return an element, or nothing for an empty text."""
    return f"<{tag}>{escaped(text)}</{tag}>" if text else ""


def decimal(minor: int, currency: str) -> str:
    """Return minor units as a decimal with all places of the currency."""
    exponent = exponent_of(currency)
    if not exponent:
        return str(minor)
    digits = str(minor).rjust(exponent + 1, "0")
    return f"{digits[:-exponent]}.{digits[-exponent:]}"


def amount(minor: int, currency: str, tag: str = "Amt") -> str:
    """Return an amount element with its currency."""
    return f'<{tag} Ccy="{escaped(currency)}">{decimal(minor, currency)}</{tag}>'


def account_id(account: Account) -> str:
    """Return the identification of an account as the order gave it."""
    if account.is_iban:
        return f"<Id><IBAN>{escaped(account.number)}</IBAN></Id>"
    scheme = f"<SchmeNm><Cd>{escaped(account.scheme)}</Cd></SchmeNm>" if account.scheme else ""
    return f"<Id><Othr><Id>{escaped(account.number)}</Id>{scheme}</Othr></Id>"


def instant(on: date, clock: str) -> str:
    """Return a time of day on a date; a bank's clock here is always UTC."""
    return f"{on.isoformat()}T{clock}:00Z"


def document(message: str) -> str:
    """Return the opening of a document of one message definition."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}">'
    )
