"""Reading ISO 20022 messages: strict, streaming, and fast where the file is plain.

Bytes pass once, in blocks. Expat reads the frame of the message exactly. Where units stand one
behind the other, the run is cut out at closing tags and read in threads beside it: column by column
where its units are written alike to the letter (``regular``); else libxml2 says whether it is
well-formed, and xml2arrow reads it in bulk; the number of units must agree. Anything unusual
(comments, CDATA, prefixes, namespaces inside) is read by the exact extractor alone, and so is a
run that the others do not take. All give the same events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank_adapters.inflow import BLOCK_BYTES
from bank_adapters.iso20022.assembly import Assembly
from bank_adapters.iso20022.conductor import Conductor
from bank_adapters.telling import Contents

if TYPE_CHECKING:
    from bank_adapters.inflow import Inflow
    from bank_adapters.telling import Order

__all__ = ["looks_like", "read"]

_ENCODED_OTHERWISE = (
    b"\xff\xfe",
    b"\xfe\xff",
    b"<\x00",
    b"\x00\x00\xfe\xff",
    b"\x00<",
    b"\x00\x00\x00<",
)


def looks_like(head: bytes) -> bool:
    """Tell XML by its first letter, in whatever encoding."""
    if head.startswith(_ENCODED_OTHERWISE):
        return True
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"<", b"+ADw-"))


def read(source: Inflow, order: Order) -> Contents:
    """Read a message to its end and check it against its own totals.

    Raises RefusedFile with a code, a place and what to ask the bank; never with content.
    """
    assembly = Assembly(order)
    with Conductor(order.name, order.limits, assembly) as conductor:
        while block := source.read(BLOCK_BYTES):
            conductor.take(block)
        conductor.finish()
        return Contents(
            conductor.format,
            assembly.message_id,
            assembly.original_message_id,
            assembly.units,
            assembly.totals(),
            tuple(assembly.left_out),
            conductor.dialects,
        )
