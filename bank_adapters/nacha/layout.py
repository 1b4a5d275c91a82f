"""Where the fields of NACHA files stand: facts, shared by reader and writer.

Source: Nacha Operating Rules, appendix three (record formats), as the open test files of ACH
libraries show them.
"""

from __future__ import annotations

from typing import Final

from bank_adapters.fixed_width import Field, Record

__all__ = [
    "ADDENDA",
    "ADDENDA_CHANGE",
    "ADDENDA_RETURN",
    "ADV_BATCH_CONTROL",
    "ADV_ENTRY",
    "ADV_FILE_CONTROL",
    "BATCH_CONTROL",
    "BATCH_HEADER",
    "BLOCK_LINES",
    "ENTRY",
    "FILE_CONTROL",
    "FILE_HEADER",
    "IAT_ENTRY",
    "WIDTH",
]

WIDTH: Final = 94
BLOCK_LINES: Final = 10

FILE_HEADER: Final = Record(
    "NACHA file header",
    WIDTH,
    Field("record_type", 1, "N"),  # 1
    Field("priority", 2, "N"),
    Field("destination", 10),
    Field("origin", 10),
    Field("created_on", 6, "N"),  # yymmdd
    Field("created_at", 4),  # hhmm
    Field("modifier", 1),  # A–Z, 0–9: tells files of one day apart
    Field("record_size", 3, "N"),  # 094
    Field("blocking_factor", 2, "N"),  # 10
    Field("format_code", 1, "N"),  # 1
    Field("destination_name", 23),
    Field("origin_name", 23),
    Field("reference", 8),
)
BATCH_HEADER: Final = Record(
    "NACHA batch header",
    WIDTH,
    Field("record_type", 1, "N"),  # 5
    Field("service_class", 3, "N"),  # 200 mixed, 220 credits, 225 debits, 280 advices
    Field("company_name", 16),
    Field("discretionary", 20),
    Field("company_id", 10),
    Field("entry_class", 3),  # PPD, CCD, COR …
    Field("description", 10),
    Field("descriptive_on", 6),
    Field("effective_on", 6, "N"),  # yymmdd
    Field("settled_on", 3),  # day of the year, set by the operator
    Field("originator_status", 1),
    Field("odfi", 8, "N"),
    Field("batch_number", 7, "N"),
)
ENTRY: Final = Record(
    "NACHA entry",
    WIDTH,
    Field("record_type", 1, "N"),  # 6
    Field("transaction_code", 2, "N"),  # 22 checking credit, 32 savings credit
    Field("rdfi", 8, "N"),
    Field("check_digit", 1, "N"),
    Field("account", 17),
    Field("amount_minor", 10, "N"),
    Field("individual_id", 15),
    Field("individual_name", 22),
    Field("discretionary", 2),
    Field("addenda_indicator", 1, "N"),
    Field("trace", 15, "N"),
)
IAT_ENTRY: Final = Record(
    "NACHA international entry",
    WIDTH,
    Field("record_type", 1, "N"),
    Field("transaction_code", 2, "N"),
    Field("rdfi", 8, "N"),
    Field("check_digit", 1, "N"),
    Field("addenda_count", 4, "N"),
    Field("reserved_13", 13),
    Field("amount_minor", 10, "N"),
    Field("account", 35),
    Field("reserved_2", 2),
    Field("gateway_screening", 1),
    Field("second_screening", 1),
    Field("addenda_indicator", 1, "N"),
    Field("trace", 15, "N"),
)
ADV_ENTRY: Final = Record(
    "NACHA accounting advice",
    WIDTH,
    Field("record_type", 1, "N"),
    Field("transaction_code", 2, "N"),
    Field("rdfi", 8, "N"),
    Field("check_digit", 1, "N"),
    Field("account", 15),
    Field("amount_minor", 12, "N"),
    Field("advice_routing", 9, "N"),
    Field("file_identification", 5),
    Field("operator_data", 1),
    Field("individual_name", 22),
    Field("discretionary", 2),
    Field("addenda_indicator", 1, "N"),
    Field("operator_routing", 8, "N"),
    Field("day_of_year", 3, "N"),
    Field("sequence", 4, "N"),
)
ADDENDA: Final = Record(
    "NACHA addenda",
    WIDTH,
    Field("record_type", 1, "N"),  # 7
    Field("addenda_type", 2, "N"),  # 05
    Field("information", 80),
    Field("sequence", 4, "N"),
    Field("entry_sequence", 7, "N"),
)
ADDENDA_RETURN: Final = Record(
    "NACHA return addenda",
    WIDTH,
    Field("record_type", 1, "N"),
    Field("addenda_type", 2, "N"),  # 99
    Field("reason", 3),  # R01 …
    Field("original_trace", 15, "N"),
    Field("died_on", 6),  # yymmdd, with R14 and R15
    Field("original_rdfi", 8, "N"),
    Field("information", 44),
    Field("trace", 15, "N"),
)
ADDENDA_CHANGE: Final = Record(
    "NACHA notification of change",
    WIDTH,
    Field("record_type", 1, "N"),
    Field("addenda_type", 2, "N"),  # 98
    Field("reason", 3),  # C01 …
    Field("original_trace", 15, "N"),
    Field("reserved_6", 6),
    Field("original_rdfi", 8, "N"),
    Field("corrected", 29),
    Field("reserved_15", 15),
    Field("trace", 15, "N"),
)
BATCH_CONTROL: Final = Record(
    "NACHA batch control",
    WIDTH,
    Field("record_type", 1, "N"),  # 8
    Field("service_class", 3, "N"),
    Field("entry_count", 6, "N"),  # entries and addenda
    Field("entry_hash", 10, "N"),
    Field("debit_minor", 12, "N"),
    Field("credit_minor", 12, "N"),
    Field("company_id", 10),
    Field("authentication", 19),
    Field("reserved_6", 6),
    Field("odfi", 8, "N"),
    Field("batch_number", 7, "N"),
)
ADV_BATCH_CONTROL: Final = Record(
    "NACHA batch control of advices",
    WIDTH,
    Field("record_type", 1, "N"),
    Field("service_class", 3, "N"),
    Field("entry_count", 6, "N"),
    Field("entry_hash", 10, "N"),
    Field("debit_minor", 20, "N"),
    Field("credit_minor", 20, "N"),
    Field("operator_data", 19),
    Field("odfi", 8, "N"),
    Field("batch_number", 7, "N"),
)
FILE_CONTROL: Final = Record(
    "NACHA file control",
    WIDTH,
    Field("record_type", 1, "N"),  # 9
    Field("batch_count", 6, "N"),
    Field("block_count", 6, "N"),
    Field("entry_count", 8, "N"),
    Field("entry_hash", 10, "N"),
    Field("debit_minor", 12, "N"),
    Field("credit_minor", 12, "N"),
    Field("reserved_39", 39),
)
ADV_FILE_CONTROL: Final = Record(
    "NACHA file control of advices",
    WIDTH,
    Field("record_type", 1, "N"),
    Field("batch_count", 6, "N"),
    Field("block_count", 6, "N"),
    Field("entry_count", 8, "N"),
    Field("entry_hash", 10, "N"),
    Field("debit_minor", 20, "N"),
    Field("credit_minor", 20, "N"),
    Field("reserved_23", 23),
)
