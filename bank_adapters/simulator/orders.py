"""Reads a payer's order (pain.001) as the bank does: streaming, in memory independent of its size.

Deliberately shares nothing with the readers and writers of this package, so that a mistake made
there is not made here as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["Account", "Header", "Payment", "Transfer", "UnreadableOrderError", "read_order"]

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(pain\.001\.001\.(?:0[3-9]|1[0-2]))")
_BETWEEN = "\ue000"  # a private-use character: stands in no order, allowed in an expression
_EXPONENTS = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
}


class UnreadableOrderError(ValueError):
    """An order the bank cannot read at all; a bank would refuse its transport."""


class Account(NamedTuple):
    """An account as the order names it; ``scheme`` is empty for an IBAN."""

    number: str
    is_iban: bool
    scheme: str = ""


class Header(NamedTuple):
    """The order's own words about itself."""

    format: str
    message_id: str
    created: str
    transfer_count: int
    control_sum: str  # empty where the order gives none


class Payment(NamedTuple):
    """One block of transfers, debited together."""

    payment_id: str
    batch_booking: bool
    execution_on: str  # ISO date
    account: Account


class Transfer(NamedTuple):
    """One credit transfer."""

    end_to_end_id: str
    instruction_id: str
    uetr: str
    amount_minor: int
    currency: str
    creditor_name: str
    creditor_account: Account


def exponent_of(currency: str) -> int:
    """Return how many decimals the minor unit of a currency has (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def minor_units(text: str, currency: str) -> int:
    """Return a decimal amount as minor units; finer amounts than the currency has are refused."""
    whole, _, fraction = text.strip().partition(".")
    exponent = exponent_of(currency)
    fraction = fraction.rstrip("0")
    if len(fraction) > exponent or not (whole + fraction).isdecimal():
        raise ValueError(f"not an amount of {currency} with at most {exponent} decimals")
    return int((whole or "0") + fraction.ljust(exponent, "0"))


def read_order(path: Path) -> Iterator[Header | Payment | Transfer]:
    """Yield the header, then each payment block followed by its transfers.

    Raises ``UnreadableOrderError`` for anything that is not a whole pain.001 (.03 to .12).
    """
    try:
        with path.open("rb") as stream:
            yield from _read(stream)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableOrderError(
            f"{path.name}: the bank cannot read this order ({error}). Nothing of it was "
            "taken; write the file again from the sealed batch and deliver it whole."
        ) from error


def _read(stream: BinaryIO) -> Iterator[Header | Payment | Transfer]:
    events = etree.iterparse(
        stream,
        events=("end",),
        tag=("{*}GrpHdr", "{*}CdtTrfTxInf"),
        resolve_entities=False,
        no_network=True,
    )
    fields: _Fields | None = None
    block: etree._Element | None = None
    for _, element in events:
        if fields is None:
            fields = _Fields(etree.QName(element).namespace or "")
            yield fields.header(element)
            continue
        parent = element.getparent()
        if parent is not None and parent is not block:
            block = parent
            yield fields.payment(block)
        yield fields.transfer(element)
        _forget(element)
    if fields is None:
        raise ValueError("it has no group header")


def _forget(element: etree._Element) -> None:
    """Free a transfer that has been read, so that memory stays the same for any file."""
    element.clear()
    parent, previous = element.getparent(), element.getprevious()
    if parent is not None and previous is not None and previous.tag == element.tag:
        parent.remove(previous)


_HEADER = ("MsgId", "CreDtTm", "NbOfTxs", "CtrlSum")
_PAYMENT = (
    "PmtInfId",
    "BtchBookg",
    "ReqdExctnDt",  # the text of whatever stands in it: a date, Dt or DtTm
    "DbtrAcct/Id/IBAN",
    "DbtrAcct/Id/Othr/Id",
    "DbtrAcct/Id/Othr/SchmeNm/Cd",
)
_TRANSFER = (
    "PmtId/EndToEndId",
    "PmtId/InstrId",
    "PmtId/UETR",
    "Amt/InstdAmt",
    "Amt/InstdAmt/@Ccy",
    "Cdtr/Nm",
    "CdtrAcct/Id/IBAN",
    "CdtrAcct/Id/Othr/Id",
    "CdtrAcct/Id/Othr/SchmeNm/Cd",
    "CdtrAcct/Prxy/Id",
)


class _Fields:
    """Reads the fields of one namespace: one compiled expression per element, for speed."""

    def __init__(self, namespace: str) -> None:
        known = _NAMESPACE.fullmatch(namespace)
        if known is None:
            raise ValueError("its namespace is not pain.001.001.03 to .12")
        self._format = known.group(1)
        self._namespace = namespace
        self._header = self._compiled(_HEADER)
        self._payment = self._compiled(_PAYMENT)
        self._transfer = self._compiled(_TRANSFER)

    def header(self, element: etree._Element) -> Header:
        message_id, created, count, control_sum = self._texts(self._header, element)
        return Header(self._format, message_id, created, int(count), control_sum)

    def payment(self, element: etree._Element) -> Payment:
        payment_id, batch, execution_on, iban, other, scheme = self._texts(self._payment, element)
        account = Account(iban or other, is_iban=bool(iban), scheme=scheme)
        return Payment(payment_id, batch not in ("false", "0"), execution_on[:10], account)

    def transfer(self, element: etree._Element) -> Transfer:
        found = self._texts(self._transfer, element)
        end_to_end_id, instruction_id, uetr, amount, currency, name, iban, other, scheme, key = (
            found
        )
        account = Account(iban or other or key, is_iban=bool(iban), scheme=scheme)
        minor = minor_units(amount, currency)
        return Transfer(end_to_end_id, instruction_id, uetr, minor, currency, name, account)

    def _compiled(self, paths: tuple[str, ...]) -> etree.XPath:
        steps = [
            "/".join(step if step.startswith("@") else f"n:{step}" for step in path.split("/"))
            for path in paths
        ]
        joined = f",'{_BETWEEN}',".join(f"normalize-space({step})" for step in steps)
        return etree.XPath(f"concat({joined})", namespaces={"n": self._namespace})

    @staticmethod
    def _texts(expression: etree.XPath, element: etree._Element) -> list[str]:
        return str(expression(element)).split(_BETWEEN)
