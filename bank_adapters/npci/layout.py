"""Where the fields of NPCI's files stand: facts, shared by reader and writer.

Sources: NPCI circulars 7 of 31-05-2013 (APBS narration, flag and reason) and 138/2015, 142/2015 and
2019-20/001 (ACH: length 306, codes 12 and 23, product type at 262–264 and 266–268). Fields called
``control`` are NPCI's own: blank in what we write, anything in what we read.
"""

from __future__ import annotations

from typing import Final

from bank_adapters.fixed_width import Field, Record

__all__ = [
    "ACH_DETAIL",
    "ACH_HEADER",
    "ACH_INWARD_DETAIL",
    "ACH_WIDTH",
    "APBS_ANSWER_DETAIL",
    "APBS_ANSWER_HEADER",
    "APBS_ANSWER_WIDTH",
    "APBS_DETAIL",
    "APBS_DETAIL_CODES",
    "APBS_HEADER",
    "APBS_WIDTH",
]

APBS_WIDTH: Final = 165
APBS_ANSWER_WIDTH: Final = 177
ACH_WIDTH: Final = 306
# 77 is DBT; 78–80 older products, 81 KSN, 82 GEN, 83 BDC, 84 LAU.
APBS_DETAIL_CODES: Final = ("77", "78", "79", "80", "81", "82", "83", "84")

_APBS_HEAD: Final = (
    Field("transaction_code", 2, "N"),  # 33
    Field("user_number", 7, "N"),
    Field("user_name", 40),
    Field("user_reference", 14),
    Field("tape_input_number", 9, "N"),
    Field("sponsor_iin", 9, "N"),
    Field("user_account", 15),
    Field("ledger_folio", 3),
    Field("user_limit", 13, "N"),
    Field("item_count", 9, "N"),
    Field("total_minor", 13, "N"),
    Field("settlement_on", 8, "N"),  # ddmmyyyy
    Field("item_sequence", 10, "N"),
    Field("checksum", 10, "N"),
)
APBS_HEADER: Final = Record("APBS header", APBS_WIDTH, *_APBS_HEAD, Field("filler", 3))
APBS_ANSWER_HEADER: Final = Record(
    "APBS answer header", APBS_ANSWER_WIDTH, *_APBS_HEAD, Field("filler", 15)
)
_APBS_ITEM: Final = (
    Field("transaction_code", 2, "N"),
    Field("destination_iin", 9, "N"),
    Field("account_type", 2),
    Field("ledger_folio", 3),
    Field("aadhaar", 15, "N"),  # twelve digits behind zeros
    Field("beneficiary_name", 40),
    Field("sponsor_iin", 9, "N"),
    Field("user_number", 7, "N"),
    Field("narration", 20),
    Field("credit_reference", 13),  # unique for each customer and day
    Field("amount_minor", 13, "N"),
    Field("item_sequence", 10, "N"),
    Field("checksum", 10, "N"),
    Field("flag", 1),  # in answers 1: credited, 0: not
)
APBS_DETAIL: Final = Record(
    "APBS detail", APBS_WIDTH, *_APBS_ITEM, Field("reason", 2), Field("filler", 9)
)
APBS_ANSWER_DETAIL: Final = Record(
    "APBS answer detail",
    APBS_ANSWER_WIDTH,
    *_APBS_ITEM,
    Field("filler", 1),
    Field("reason", 2),  # 00: credited
    Field("destination_account", 20),
)

ACH_HEADER: Final = Record(
    "ACH header",
    ACH_WIDTH,
    Field("transaction_code", 2, "N"),  # 12 credit
    Field("control_7", 7),
    Field("user_name", 40),
    Field("control_14", 14),
    Field("file_number", 9),
    Field("control_9", 9),
    Field("control_15", 15),
    Field("ledger_folio", 3),
    Field("user_limit", 13, "N"),
    Field("total_minor", 13, "N"),
    Field("settlement_on", 8, "N"),  # ddmmyyyy
    Field("item_sequence", 10, "N"),
    Field("checksum", 10, "N"),
    Field("filler_3", 3),
    Field("user_number", 18),  # the utility code
    Field("user_reference", 18),
    Field("sponsor_ifsc", 11),
    Field("user_account", 35),
    Field("item_count", 9, "N"),
    Field("settlement_cycle", 2),
    Field("filler_57", 57),
)
_ACH_START: Final = (
    Field("transaction_code", 2, "N"),  # 23 credit
    Field("control_9", 9),
    Field("account_type", 2),  # blank or 10, 11, 12, 13, 29, 30, 31
    Field("ledger_folio", 3),
    Field("control_15", 15),
    Field("beneficiary_name", 40),
    Field("control_9_second", 9),
    Field("control_7", 7),
    Field("narration", 20),
    Field("control_13", 13),
    Field("amount_minor", 13, "N"),
    Field("item_sequence", 10, "N"),
    Field("checksum", 10, "N"),
)
_ACH_END: Final = (
    Field("destination_ifsc", 11),
    Field("beneficiary_account", 35),
    Field("sponsor_ifsc", 11),
    Field("user_number", 18),
    Field("transaction_reference", 30),
    Field("product_type", 3),
    Field("aadhaar", 15),
    Field("umrn", 20),
)
_ACH_VERDICT: Final = (Field("flag", 1), Field("reason", 2))
_ACH_FILLER: Final = Field("filler_7", 7)
ACH_DETAIL: Final = Record(
    "ACH detail", ACH_WIDTH, *_ACH_START, *_ACH_VERDICT, *_ACH_END, _ACH_FILLER
)
ACH_INWARD_DETAIL: Final = Record(
    "ACH inward detail", ACH_WIDTH, *_ACH_START, _ACH_FILLER, *_ACH_END, *_ACH_VERDICT
)
