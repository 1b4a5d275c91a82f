"""pain.001, pain.008 and pacs.008: orders, counted and added up; their rows are no money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.arrays import integer_array, repeated
from bank_adapters.events import Built, Rows
from bank_adapters.iso20022.tallying import tally_of
from bank_adapters.model import EventKind
from bank_adapters.values import minor

if TYPE_CHECKING:
    from bank_adapters.iso20022.raw import Raw
    from bank_adapters.values import Place

__all__ = ["COUNTED", "counted"]

COUNTED: Final = ("pain.001", "pain.008", "pacs.008")
_REFERENCES: Final = ("end_to_end_id", "instruction_id_text", "uetr")


def counted(raw: Raw, place: Place) -> Built:
    """Return the transfers of a block: what they are, no money, as they are only ordered."""
    unit = raw.unit_texts()
    amount, currency = unit["amount"], unit["currency"]
    if "equal_amount" in unit:
        amount = pc.coalesce(amount, unit["equal_amount"])
        currency = pc.coalesce(currency, unit["equal_currency"])
    minors = minor(amount, currency, place, "amount")
    rows = Rows(len(amount))
    rows.put("kind", EventKind.DETAIL.value)
    rows.put("entry_no", integer_array(np.arange(1, len(amount) + 1)))
    for name in _REFERENCES:
        rows.put_reference(name, unit[name])
    rows.put("amount_minor", minors)
    rows.put("currency", currency)
    rows.put("direction", "DBIT")
    columns = {
        "amount": minors,
        "currency": currency,
        "way": repeated("DBIT", len(amount)),
        "booked": repeated(True, len(amount)),
        "value": pa.nulls(len(amount), pa.date32()),
    }
    return rows.built(tally_of(raw, columns))
