"""The layouts of fixed width say what their standards say, position by position."""

from __future__ import annotations

import pytest

from bank_adapters.cnab240 import layout as cnab240
from bank_adapters.fixed_width import Field, Record
from bank_adapters.nacha import layout as nacha
from bank_adapters.npci import layout as npci


@pytest.mark.parametrize(
    ("record", "field", "place"),
    [
        # NPCI circular 7 of 2013
        (npci.APBS_ANSWER_DETAIL, "narration", "88-107"),
        (npci.APBS_ANSWER_DETAIL, "flag", "154-154"),
        (npci.APBS_ANSWER_DETAIL, "reason", "156-157"),
        (npci.APBS_ANSWER_DETAIL, "destination_account", "158-177"),
        # NPCI circulars 138 and 142 of 2015, and 2019-20/001
        (npci.ACH_HEADER, "settlement_on", "126-133"),
        (npci.ACH_DETAIL, "flag", "154-154"),
        (npci.ACH_DETAIL, "product_type", "262-264"),
        (npci.ACH_INWARD_DETAIL, "product_type", "266-268"),
        (npci.ACH_INWARD_DETAIL, "reason", "305-306"),
        # FEBRABAN 10.6
        (cnab240.FILE_HEADER, "direction", "143-143"),
        (cnab240.FILE_HEADER, "sequence", "158-163"),
        (cnab240.SEGMENT_A, "our_number", "74-93"),
        (cnab240.SEGMENT_A, "amount_minor", "120-134"),
        (cnab240.SEGMENT_A, "occurrences", "231-240"),
        (cnab240.SEGMENT_B, "inscription", "19-32"),
        (cnab240.SEGMENT_B_PIX, "pix_key", "128-227"),
        (cnab240.LOT_TRAILER, "total_minor", "24-41"),
        # Nacha
        (nacha.ENTRY, "amount_minor", "30-39"),
        (nacha.ENTRY, "trace", "80-94"),
        (nacha.IAT_ENTRY, "amount_minor", "30-39"),
        (nacha.ADV_ENTRY, "amount_minor", "28-39"),
        (nacha.ADDENDA_RETURN, "original_trace", "7-21"),
        (nacha.BATCH_CONTROL, "credit_minor", "33-44"),
        (nacha.FILE_CONTROL, "credit_minor", "44-55"),
    ],
    ids=lambda value: value.name if isinstance(value, Record) else str(value),
)
def test_a_field_stands_where_its_standard_says(record: Record, field: str, place: str) -> None:
    assert record.place(field) == place


def test_a_layout_that_does_not_fill_its_line_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="take 5 characters, not 6"):
        Record("short", 6, Field("a", 2), Field("b", 3))
    with pytest.raises(ValueError, match="twice"):
        Record("twice", 4, Field("a", 2), Field("a", 2))
