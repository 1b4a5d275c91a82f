"""Where the fields of CNAB 240 stand: facts, shared by reader and writer.

Source: FEBRABAN, Layout padrão CNAB 240, version 10.6; the Pix form of segment B as banks publish
it beside that.
"""

from __future__ import annotations

from typing import Final

from bank_adapters.fixed_width import Field, Record

__all__ = [
    "FILE_HEADER",
    "FILE_TRAILER",
    "LOT_HEADER",
    "LOT_TRAILER",
    "SEGMENT_A",
    "SEGMENT_B",
    "SEGMENT_B_PIX",
    "WIDTH",
]

WIDTH: Final = 240

_START: Final = (
    Field("bank", 3, "N"),
    Field("lot", 4, "N"),
    Field("record_type", 1, "N"),
)
_COMPANY: Final = (
    Field("inscription_type", 1, "N"),  # 1 CPF, 2 CNPJ
    Field("inscription", 14, "N"),
    Field("agreement", 20),  # the convênio
    Field("agency", 5, "N"),
    Field("agency_digit", 1),
    Field("account", 12, "N"),
    Field("account_digit", 1),
    Field("agency_account_digit", 1),
    Field("company_name", 30),
)
FILE_HEADER: Final = Record(
    "CNAB 240 file header",
    WIDTH,
    *_START,
    Field("filler_9", 9),
    *_COMPANY,
    Field("bank_name", 30),
    Field("filler_10", 10),
    Field("direction", 1, "N"),  # 1 remessa, 2 retorno
    Field("created_on", 8, "N"),  # ddmmyyyy
    Field("created_at", 6, "N"),  # hhmmss
    Field("sequence", 6, "N"),  # NSA: rises by one with each file
    Field("layout", 3, "N"),  # 103
    Field("density", 5, "N"),
    Field("reserved_bank", 20),
    Field("reserved_company", 20),
    Field("filler_29", 29),
)
LOT_HEADER: Final = Record(
    "CNAB 240 lot header",
    WIDTH,
    *_START,
    Field("operation", 1),  # C
    Field("service", 2, "N"),  # 90 benefits, 98 diverse, 33 bolsa auxílio, 30 salaries
    Field("form", 2, "N"),  # 01 account, 05 savings, 41 and 43 TED, 45 Pix
    Field("layout", 3, "N"),  # 046
    Field("filler_1", 1),
    *_COMPANY,
    Field("message", 40),
    Field("street", 30),
    Field("number", 5, "N"),
    Field("complement", 15),
    Field("city", 20),
    Field("postcode", 5, "N"),
    Field("postcode_suffix", 3),
    Field("state", 2),
    Field("payment_indicator", 2, "N"),
    Field("filler_6", 6),
    Field("occurrences", 10),
)
_SEGMENT: Final = (
    *_START,
    Field("sequence", 5, "N"),  # within the lot
    Field("segment", 1),
)
SEGMENT_A: Final = Record(
    "CNAB 240 segment A",
    WIDTH,
    *_SEGMENT,
    Field("movement", 1, "N"),  # 0 inclusion, 3 estorno, 5 alteration, 9 exclusion
    Field("instruction", 2, "N"),
    Field("clearing", 3, "N"),  # 018 TED, 009 Pix
    Field("payee_bank", 3, "N"),
    Field("payee_agency", 5, "N"),
    Field("payee_agency_digit", 1),
    Field("payee_account", 12, "N"),
    Field("payee_account_digit", 1),
    Field("payee_agency_account_digit", 1),
    Field("payee_name", 30),
    Field("our_number", 20),  # seu número: our key
    Field("payment_on", 8, "N"),  # ddmmyyyy
    Field("currency", 3),
    Field("quantity", 15, "N"),
    Field("amount_minor", 15, "N"),
    Field("bank_number", 20),  # nosso número: the bank's key
    Field("paid_on", 8, "N"),
    Field("paid_minor", 15, "N"),
    Field("information", 40),
    Field("purpose_doc", 2),
    Field("purpose_ted", 5),
    Field("purpose_complement", 2),
    Field("filler_3", 3),
    Field("notice", 1, "N"),
    Field("occurrences", 10),  # up to five codes of two characters
)
SEGMENT_B: Final = Record(
    "CNAB 240 segment B",
    WIDTH,
    *_SEGMENT,
    Field("filler_3", 3),
    Field("inscription_type", 1, "N"),
    Field("inscription", 14, "N"),
    Field("street", 30),
    Field("number", 5, "N"),
    Field("complement", 15),
    Field("district", 15),
    Field("city", 20),
    Field("postcode", 5, "N"),
    Field("postcode_suffix", 3),
    Field("state", 2),
    Field("due_on", 8, "N"),
    Field("document_minor", 15, "N"),
    Field("rebate_minor", 15, "N"),
    Field("discount_minor", 15, "N"),
    Field("interest_minor", 15, "N"),
    Field("fine_minor", 15, "N"),
    Field("payee_code", 15),
    Field("notice", 1, "N"),
    Field("siape_unit", 6, "N"),
    Field("ispb", 8, "N"),
)
SEGMENT_B_PIX: Final = Record(
    "CNAB 240 segment B for Pix",
    WIDTH,
    *_SEGMENT,
    Field("key_type", 2),  # 01 phone, 02 e-mail, 03 CPF or CNPJ, 04 random
    Field("filler_1", 1),
    Field("inscription_type", 1, "N"),
    Field("inscription", 14, "N"),
    Field("transaction_id", 30),
    Field("information", 65),
    Field("pix_key", 100),
    Field("filler_5", 5),
    Field("ispb", 8, "N"),
)
LOT_TRAILER: Final = Record(
    "CNAB 240 lot trailer",
    WIDTH,
    *_START,
    Field("filler_9", 9),
    Field("record_count", 6, "N"),  # of the lot, with its header and this line
    Field("total_minor", 18, "N"),
    Field("quantity", 18, "N"),
    Field("notice_number", 6, "N"),
    Field("filler_165", 165),
    Field("occurrences", 10),
)
FILE_TRAILER: Final = Record(
    "CNAB 240 file trailer",
    WIDTH,
    *_START,
    Field("filler_9", 9),
    Field("lot_count", 6, "N"),
    Field("record_count", 6, "N"),  # of the file, with header and this line
    Field("account_count", 6, "N"),
    Field("filler_205", 205),
)
