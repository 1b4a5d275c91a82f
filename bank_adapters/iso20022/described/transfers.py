"""pain.001, pain.008 and pacs.008: orders, whoever gave them."""

from __future__ import annotations

from bank_adapters.iso20022.family import Family, Scope, below

__all__ = ["TRANSFERS"]

_STATED = {"count": "NbOfTxs", "sum": "CtrlSum"}
_HEADER = {"message_id": "GrpHdr/MsgId"} | below("GrpHdr", _STATED)
_REFERENCES = {
    "end_to_end_id": "PmtId/EndToEndId",
    "instruction_id_text": "PmtId/InstrId",
    "uetr": "PmtId/UETR",
}
_INSTRUCTED = {"amount": "Amt/InstdAmt", "currency": "Amt/InstdAmt/@Ccy"}
_EQUIVALENT = {"equal_amount": "Amt/EqvtAmt/Amt", "equal_currency": "Amt/EqvtAmt/Amt/@Ccy"}
_COLLECTED = {"amount": "InstdAmt", "currency": "InstdAmt/@Ccy"}
_INTERBANK = {"amount": "IntrBkSttlmAmt", "currency": "IntrBkSttlmAmt/@Ccy"}


def _customer_order(name: str, message: str, unit: str, amounts: dict[str, str]) -> Family:
    units = Scope("unit", unit, _REFERENCES | amounts)
    groups = Scope("group", "PmtInf", _STATED, (units,))
    return Family(name, Scope("message", message, _HEADER, (groups,)), unit, "group")


TRANSFERS = (
    _customer_order("pain.001", "CstmrCdtTrfInitn", "CdtTrfTxInf", _INSTRUCTED | _EQUIVALENT),
    _customer_order("pain.008", "CstmrDrctDbtInitn", "DrctDbtTxInf", _COLLECTED),
    Family(
        name="pacs.008",
        unit="CdtTrfTxInf",
        holder="message",
        root=Scope(
            "message",
            "FIToFICstmrCdtTrf",
            _HEADER | {"settled_sum": "GrpHdr/TtlIntrBkSttlmAmt"},
            (Scope("unit", "CdtTrfTxInf", _REFERENCES | _INTERBANK),),
        ),
    ),
)
