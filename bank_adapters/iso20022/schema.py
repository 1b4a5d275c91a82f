"""Whole files against their XSD, in constant memory, by a reader that is not the writer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files
from typing import IO, TYPE_CHECKING, Any

from lxml import etree

from bank_adapters.writing import SchemaBroken

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Recount", "assert_valid", "recount"]


@dataclass(frozen=True, slots=True)
class Recount:
    """What a reader found in a payment file, read to its end."""

    message_id: str
    count: int
    total: Decimal
    currencies: frozenset[str]
    stated_count: str
    stated_total: Decimal | None


@cache
def _schema(format_name: str) -> etree.XMLSchema:
    source = files("sepaxml").joinpath("schemas", f"{format_name}.xsd")
    with as_file(source) as path:
        return etree.XMLSchema(etree.parse(str(path)))


def recount(source: Path | IO[bytes], format_name: str, *, with_schema: bool = True) -> Recount:
    """Read a pain.001 file to its end: count, sum, header; against its XSD unless told not to.

    Raises SchemaBroken with the place, never with the content.
    """
    namespace = f"{{urn:iso:std:iso:20022:tech:xsd:{format_name}}}"
    counter = _Counter(namespace)
    events = etree.iterparse(
        str(source) if not hasattr(source, "read") else source,
        events=("end",),
        tag=tuple(namespace + tag for tag in ("GrpHdr", "InstdAmt")),
        schema=_schema(format_name) if with_schema else None,
        no_network=True,
        load_dtd=False,
        resolve_entities=False,
        huge_tree=True,
    )
    try:
        for _, element in events:
            counter.take(element)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise SchemaBroken(
            f"{format_name}: the file breaks its schema at line {line}, column {column}, "
            f"after {counter.count} payments. Nothing was sealed; report this as a defect."
        ) from None
    return counter.result()


def assert_valid(text: str, format_name: str) -> None:
    """Check one small document against its XSD. Raises SchemaBroken."""
    schema = _schema(format_name)
    if not schema.validate(etree.fromstring(text.encode())):
        last: Any = schema.error_log
        last = last.last_error
        where = f"line {last.line}, rule {last.type_name}" if last is not None else "unknown place"
        raise SchemaBroken(f"{format_name}: the specimen breaks its schema ({where}).")


class _Counter:
    """Counts and adds up amounts as they end, and drops what is behind them."""

    def __init__(self, namespace: str) -> None:
        self._ns = namespace
        self._header: list[str] = ["", "", ""]
        self.count = 0
        self._total = Decimal(0)
        self._currencies: set[str] = set()

    def take(self, element: etree._Element) -> None:
        if element.tag == self._ns + "GrpHdr":
            self._header = [
                element.findtext(self._ns + name) or "" for name in ("MsgId", "NbOfTxs", "CtrlSum")
            ]
            return
        self.count += 1
        self._total += Decimal(element.text or "NaN")
        self._currencies.add(element.get("Ccy", ""))
        # The tree grows by one payment at a time: the one before is complete and counted.
        payment = next(element.iterancestors(self._ns + "CdtTrfTxInf"), None)
        before = payment.getprevious() if payment is not None else None
        parent = payment.getparent() if payment is not None else None
        if parent is not None and before is not None and before.tag == self._ns + "CdtTrfTxInf":
            parent.remove(before)

    def result(self) -> Recount:
        message_id, count, total = self._header
        stated = Decimal(total) if total else None
        return Recount(
            message_id, self.count, self._total, frozenset(self._currencies), count, stated
        )
