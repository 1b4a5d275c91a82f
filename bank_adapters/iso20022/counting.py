"""pain.001, pacs.002 and pacs.008: counted and added up, without events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.events import Built, Rows
from bank_adapters.iso20022.tallying import tally_of
from bank_adapters.values import clean, minor

if TYPE_CHECKING:
    from bank_adapters.iso20022.raw import Raw
    from bank_adapters.values import Place

__all__ = ["counted"]


def counted(raw: Raw, place: Place) -> Built:
    """Return how many transfers a block has and what they add up to, by currency."""
    names = raw.units.column_names
    if "amount" not in names:
        return Rows(0).built(tally_of(raw, {}))
    amount, currency = clean(raw.units["amount"]), clean(raw.units["currency"])
    if "equal_amount" in names:
        amount = pc.coalesce(amount, clean(raw.units["equal_amount"]))
        currency = pc.coalesce(currency, clean(raw.units["equal_currency"]))
    columns = {
        "amount": minor(amount, currency, place, "amount"),
        "currency": currency,
        "way": pa.repeat("DBIT", len(amount)),
        "booked": pa.repeat(True, len(amount)),
        "value": pa.nulls(len(amount), pa.date32()),
    }
    return Rows(0).built(tally_of(raw, columns))
