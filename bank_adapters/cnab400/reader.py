"""CNAB 400: recognised and counted. It knows collections only; no payment of ours is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bank_adapters.lines import line_blocks
from bank_adapters.refusals import RefusalCode
from bank_adapters.telling import Telling

if TYPE_CHECKING:
    from bank_adapters.inflow import Inflow
    from bank_adapters.telling import Contents, Order

__all__ = ["FORMAT", "looks_like", "read"]

FORMAT: Final = "cnab400"
_WIDTH: Final = 402  # some banks write 402 characters a line, most 400
_STARTS: Final = (b"01REMESSA", b"02RETORNO")


def looks_like(head: bytes) -> bool:
    """Tell CNAB 400 by the words its header begins with."""
    return head.startswith(_STARTS)


def read(source: Inflow, order: Order) -> Contents:
    """Count a file's titles (records of type 1) and check that header and trailer are there."""
    telling = Telling(order)
    message_id, last = "", b""
    for lines in line_blocks(source, width=_WIDTH, name=order.name):
        types = lines.matrix[:, 0]
        if last == b"9":
            raise lines.refusal(RefusalCode.NOT_WELL_FORMED, "behind the trailer")
        if not message_id:
            message_id = bytes(lines.matrix[0, 76:100]).decode("ascii", "replace").strip()
            types = types[1:]
        elif (types == ord("0")).any():
            raise lines.refusal(RefusalCode.NOT_WELL_FORMED, "record type")
        telling.count(int(np.count_nonzero(types == ord("1"))))
        last = bytes(lines.matrix[-1, :1])
    if last != b"9":
        order.doubt(order.refusal(RefusalCode.NOT_WELL_FORMED, "the trailer is missing"))
    return telling.contents(FORMAT, message_id or "cnab400")
