"""pain.002, pacs.002, pacs.004 and camt.029: what became of single payments."""

from __future__ import annotations

from bank_adapters.iso20022.family import Family, Scope, Table, below

__all__ = ["REPORTS"]

_REASON = Table("StsRsnInf", {"reason_code": "Rsn/Cd", "reason_own": "Rsn/Prtry"})
_REASON_SCOPE = Scope("reason", "StsRsnInf/Rsn", {"reason_code": "Cd", "reason_own": "Prtry"})
_TALLY = Scope("tally", "NbOfTxsPerSts", {"count": "DtldNbOfTxs", "status": "DtldSts"})
_HEADER = {"message_id": "GrpHdr/MsgId"}


def _item(amount: str) -> dict[str, str]:
    """Return the places of one payment's report; the amount's name is the message's own."""
    return {
        "entry_reference": "StsId",
        "instruction_id_text": "OrgnlInstrId",
        "end_to_end_id": "OrgnlEndToEndId",
        "uetr": "OrgnlUETR",
        "status": "TxSts",
        "bank_reference": "AcctSvcrRef",
        "amount": f"OrgnlTxRef/{amount}",
        "currency": f"OrgnlTxRef/{amount}/@Ccy",
        "account_iban": "OrgnlTxRef/DbtrAcct/Id/IBAN",
        "account_other": "OrgnlTxRef/DbtrAcct/Id/Othr/Id",
        "creditor_iban": "OrgnlTxRef/CdtrAcct/Id/IBAN",
        "creditor_other": "OrgnlTxRef/CdtrAcct/Id/Othr/Id",
    }


_ITEM = _item("Amt/InstdAmt")
PAIN_002 = Family(
    name="pain.002",
    unit="TxInfAndSts",
    holder="group",
    table=_REASON,
    root=Scope(
        "message",
        "CstmrPmtStsRpt",
        _HEADER,
        (
            Scope(
                "file",
                "OrgnlGrpInfAndSts",
                {"original_message_id": "OrgnlMsgId", "status": "GrpSts"},
                (_REASON_SCOPE, _TALLY),
            ),
            Scope(
                "group",
                "OrgnlPmtInfAndSts",
                {"payment_information_id": "OrgnlPmtInfId", "status": "PmtInfSts"},
                (_REASON_SCOPE, _TALLY, Scope("unit", "TxInfAndSts", _ITEM, (_REASON_SCOPE,))),
            ),
        ),
    ),
)

# Between banks, and what a bank that speaks so with its customers sends: Pix, instant payments.
_ITEM_BETWEEN_BANKS = {
    **_item("IntrBkSttlmAmt"),
    "item_message_id": "OrgnlGrpInf/OrgnlMsgId",
}
PACS_002 = Family(
    name="pacs.002",
    unit="TxInfAndSts",
    holder="message",
    table=_REASON,
    root=Scope(
        "message",
        "FIToFIPmtStsRpt",
        _HEADER,
        (
            Scope(
                "file",
                "OrgnlGrpInfAndSts",
                {"original_message_id": "OrgnlMsgId", "status": "GrpSts"},
                (_REASON_SCOPE, _TALLY),
            ),
            Scope("unit", "TxInfAndSts", _ITEM_BETWEEN_BANKS, (_REASON_SCOPE,)),
        ),
    ),
)

_RETURNED = {
    "entry_reference": "RtrId",
    "item_message_id": "OrgnlGrpInf/OrgnlMsgId",
    "instruction_id_text": "OrgnlInstrId",
    "end_to_end_id": "OrgnlEndToEndId",
    "uetr": "OrgnlUETR",
    "amount": "RtrdIntrBkSttlmAmt",
    "currency": "RtrdIntrBkSttlmAmt/@Ccy",
    "value_date": "IntrBkSttlmDt",
}
PACS_004 = Family(
    name="pacs.004",
    unit="TxInf",
    holder="message",
    table=Table("RtrRsnInf", {"reason_code": "Rsn/Cd", "reason_own": "Rsn/Prtry"}),
    root=Scope(
        "message",
        "PmtRtr",
        _HEADER
        | below(
            "GrpHdr", {"count": "NbOfTxs", "sum": "CtrlSum", "settled_sum": "TtlRtrdIntrBkSttlmAmt"}
        ),
        (
            Scope("file", "OrgnlGrpInf", {"original_message_id": "OrgnlMsgId"}),
            Scope(
                "unit",
                "TxInf",
                _RETURNED,
                (Scope("reason", "RtrRsnInf/Rsn", {"reason_code": "Cd", "reason_own": "Prtry"}),),
            ),
        ),
    ),
)

_CANCEL_REASON = Scope("reason", "CxlStsRsnInf/Rsn", {"reason_code": "Cd", "reason_own": "Prtry"})
_CANCELLED = {
    "entry_reference": "CxlStsId",
    "item_message_id": "OrgnlGrpInf/OrgnlMsgId",
    "instruction_id_text": "OrgnlInstrId",
    "end_to_end_id": "OrgnlEndToEndId",
    "uetr": "OrgnlUETR",
    "status": "TxCxlSts",
    "amount": "OrgnlInstdAmt",
    "currency": "OrgnlInstdAmt/@Ccy",
    "settled_amount": "OrgnlIntrBkSttlmAmt",
    "settled_currency": "OrgnlIntrBkSttlmAmt/@Ccy",
}
_CANCELLED_UNIT = Scope("unit", "TxInfAndSts", _CANCELLED, (_CANCEL_REASON,))
CAMT_029 = Family(
    name="camt.029",
    unit="TxInfAndSts",
    holder="group",
    table=Table("CxlStsRsnInf", {"reason_code": "Rsn/Cd", "reason_own": "Rsn/Prtry"}),
    is_small=True,
    root=Scope(
        "message",
        "RsltnOfInvstgtn",
        {"message_id": "Assgnmt/Id", "status": "Sts/Conf"},
        (
            Scope(
                "group",
                "CxlDtls",
                {},
                (
                    Scope(
                        "file",
                        "OrgnlGrpInfAndSts",
                        {"original_message_id": "OrgnlMsgId", "status": "GrpCxlSts"},
                        (_CANCEL_REASON,),
                    ),
                    Scope(
                        "group",
                        "OrgnlPmtInfAndSts",
                        {
                            "group_message_id": "OrgnlGrpInf/OrgnlMsgId",
                            "payment_information_id": "OrgnlPmtInfId",
                            "status": "PmtInfCxlSts",
                        },
                        (_CANCEL_REASON, _CANCELLED_UNIT),
                    ),
                    _CANCELLED_UNIT,
                ),
            ),
        ),
    ),
)

REPORTS = (PAIN_002, PACS_002, PACS_004, CAMT_029)
