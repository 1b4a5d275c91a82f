"""What the occurrence codes of a CNAB answer (table G059) say about a payment.

Up to five codes of two characters stand in one record. The one that decides is told as the reason,
the others are kept beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from bank_adapters.cnab240 import layout

if TYPE_CHECKING:
    from bank_adapters.events import Rows
    from bank_adapters.lines import Lines

__all__ = ["REASON_LIST", "put_occurrences", "verdict"]

REASON_LIST: Final = "CNAB_G059"
_STATUS: Final = {
    "00": "ACCC",  # credited
    "03": "PDNG",  # debit authorised
    "BD": "ACCP",  # scheduled
    "BE": "ACCP",  # changed as asked
    "BF": "CANC",  # removed as asked
    "02": "CANC",
}
_CREDITED: Final = "00"
_ESTORNO: Final = "3"
_REFUNDED: Final = "33"  # instruction code: given back by the receiving bank
_RANK: Final = ("RJCT", "CANC", "ACWC", "ACCC", "ACCP", "PDNG")


def verdict(
    codes: tuple[str, ...], *, is_returned: bool
) -> tuple[str | None, str | None, str | None]:
    """Return status, deciding code and the further codes of one payment."""
    if not codes:
        return ("RJCT" if is_returned else "PDNG"), None, None
    told = [(_status(code), code) for code in codes]
    status, deciding = min(told, key=lambda one: _RANK.index(one[0]))
    further = [code for code in codes if code != deciding]
    extra = " ".join(["also", *further]) if further else None
    return ("RJCT" if is_returned else status), deciding, extra


def _status(code: str) -> str:
    """Z… informs: the payment went on, changed (ZA: another account). What is unknown refuses."""
    return _STATUS.get(code, "ACWC" if code.startswith("Z") else "RJCT")


def put_occurrences(rows: Rows, lines: Lines) -> None:
    """Set status, reason and further codes; the few different sets of codes are judged once."""
    record = layout.SEGMENT_A
    occurrences = lines.codes(record, "occurrences")
    movement, instruction = lines.codes(record, "movement"), lines.codes(record, "instruction")
    is_returned = (movement == _ESTORNO.encode()) | (instruction == _REFUNDED.encode())
    keys = np.char.add(np.where(is_returned, b"R", b" "), occurrences)
    sets, which = np.unique(keys, return_inverse=True)
    judged = [verdict(_codes(key[1:]), is_returned=key[:1] == b"R") for key in sets.tolist()]
    for place, name in enumerate(("status", "reason", "extra")):
        rows.put(name, pa.array([one[place] for one in judged], pa.string()).take(pa.array(which)))
    lists = [REASON_LIST if one[1] is not None else None for one in judged]
    rows.put("reason_list", pa.array(lists, pa.string()).take(pa.array(which)))


def _codes(occurrences: bytes) -> tuple[str, ...]:
    text = occurrences.decode("ascii", "replace").ljust(10)
    pairs = (text[at : at + 2].strip() for at in range(0, 10, 2))
    return tuple(pair for pair in pairs if pair.isascii() and pair.isalnum())
