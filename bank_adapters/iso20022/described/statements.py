"""camt.052, .053 and .054: where accounts, balances, entries and their payments stand."""

from __future__ import annotations

from bank_adapters.iso20022.family import Family, Scope, Table, below

__all__ = ["STATEMENTS"]

_HEADER = {"message_id": "GrpHdr/MsgId"}
_BATCH = {"batch_message_id": "MsgId", "batch_payment_id": "PmtInfId", "batch_count": "NbOfTxs"}
_BATCH_REST = {"batch_total": "TtlAmt", "batch_direction": "CdtDbtInd"}
_DETAIL = {
    "message_id": "Refs/MsgId",
    "detail_bank_reference": "Refs/AcctSvcrRef",
    "payment_id": "Refs/PmtInfId",
    "instruction_id_text": "Refs/InstrId",
    "end_to_end_id": "Refs/EndToEndId",
    "uetr": "Refs/UETR",
    "detail_amount": "Amt",
    "detail_currency": "Amt/@Ccy",
    "detail_direction": "CdtDbtInd",
    "paid_amount": "AmtDtls/TxAmt/Amt",
    "paid_currency": "AmtDtls/TxAmt/Amt/@Ccy",
    "detail_kind": "BkTxCd/Domn/Fmly/SubFmlyCd",
    "reason_code": "RtrInf/Rsn/Cd",
    "reason_own": "RtrInf/Rsn/Prtry",
    "creditor_iban": "RltdPties/CdtrAcct/Id/IBAN",
    "creditor_other": "RltdPties/CdtrAcct/Id/Othr/Id",
}


_ENTRY = {
    "entry_reference": "NtryRef",
    "amount": "Amt",
    "currency": "Amt/@Ccy",
    "direction": "CdtDbtInd",
    "reversal": "RvslInd",
    "status_text": "Sts",  # a text up to version 06, a code inside from 07
    "status_code": "Sts/Cd",
    "booked_date": "BookgDt/Dt",
    "booked_time": "BookgDt/DtTm",
    "value_date": "ValDt/Dt",
    "value_time": "ValDt/DtTm",
    "bank_reference": "AcctSvcrRef",
    "entry_kind": "BkTxCd/Domn/Fmly/SubFmlyCd",
}
_STATEMENT = {
    "account_iban": "Acct/Id/IBAN",
    "account_other": "Acct/Id/Othr/Id",
    "entries_count": "TxsSummry/TtlNtries/NbOfNtries",
    "entries_sum": "TxsSummry/TtlNtries/Sum",
    "credits_count": "TxsSummry/TtlCdtNtries/NbOfNtries",
    "credits_sum": "TxsSummry/TtlCdtNtries/Sum",
    "debits_count": "TxsSummry/TtlDbtNtries/NbOfNtries",
    "debits_sum": "TxsSummry/TtlDbtNtries/Sum",
}
_BALANCE = Scope(
    "balance",
    "Bal",
    {
        "code": "Tp/CdOrPrtry/Cd",
        "amount": "Amt",
        "currency": "Amt/@Ccy",
        "direction": "CdtDbtInd",
        "date": "Dt/Dt",
        "time": "Dt/DtTm",
    },
)


def _statement_family(name: str, message: str, statement: str, page: str) -> Family:
    pages = {"page": f"{page}/PgNb", "is_last_page": f"{page}/LastPgInd"}
    unit = Scope(
        "unit",
        "Ntry",
        _ENTRY,
        (
            Scope("batch", "NtryDtls/Btch", _BATCH | _BATCH_REST),
            Scope("detail", "NtryDtls/TxDtls", _DETAIL),
        ),
    )
    holder = Scope("statement", statement, _STATEMENT | pages, (_BALANCE, unit))
    return Family(
        name=name,
        root=Scope("message", message, _HEADER, (holder,)),
        unit="Ntry",
        holder="statement",
        table=Table(
            "NtryDtls",
            below("Btch", _BATCH | _BATCH_REST) | below("TxDtls", _DETAIL),
            many="TxDtls",
        ),
    )


STATEMENTS = (
    _statement_family("camt.052", "BkToCstmrAcctRpt", "Rpt", "RptPgntn"),
    _statement_family("camt.053", "BkToCstmrStmt", "Stmt", "StmtPgntn"),
    _statement_family("camt.054", "BkToCstmrDbtCdtNtfctn", "Ntfctn", "NtfctnPgntn"),
)
