"""Which messages are read, and where in them what we take stands.

One description serves both extractors: the exact one on expat and the bulk one on xml2arrow.
A *unit* is what a message repeats: an entry of a statement, an item of a report, a transfer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

__all__ = ["FAMILIES", "Family", "Scope", "Table", "family_of_message", "format_of_namespace"]


@dataclass(frozen=True, slots=True)
class Scope:
    """An element that becomes a record: columns are paths below it, ``@`` an attribute."""

    name: str
    path: str
    columns: dict[str, str] = field(default_factory=dict)
    children: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """What hangs on a unit, 0 to n times: the children of ``container`` are its rows."""

    container: str
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of message."""

    name: str
    root: Scope
    unit: str
    """Tag of the unit."""
    holder: str
    """Name of the scope in which units stand."""
    table: Table | None = None
    bulk_rows: str | None = None
    """Tag of the table's rows that may be very many inside one unit."""

    @property
    def path_to_holder(self) -> tuple[str, ...]:
        """Tags from below Document down to the element in which units stand."""
        if self.root.name == self.holder:
            return (self.root.path,)
        return (self.root.path, next(c.path for c in self.root.children if c.name == self.holder))

    @property
    def unit_columns(self) -> dict[str, str]:
        """Columns of a unit, by their paths below it."""
        scopes = (self.root, *self.root.children)
        holder = next(scope for scope in scopes if scope.name == self.holder)
        return next(scope.columns for scope in holder.children if scope.name == "unit")

    @property
    def table_columns(self) -> tuple[str, ...]:
        """Columns of the table that hangs on a unit."""
        return tuple(self.table.columns) if self.table else ()


_REASON = Table("StsRsnInf", {"reason_code": "Rsn/Cd", "reason_own": "Rsn/Prtry"})
_REASON_SCOPE = Scope("reason", "StsRsnInf/Rsn", {"reason_code": "Cd", "reason_own": "Prtry"})
_TALLY = Scope("tally", "NbOfTxsPerSts", {"count": "DtldNbOfTxs", "status": "DtldSts"})
_HEADER = {"message_id": "GrpHdr/MsgId"}

_ITEM = {
    "entry_reference": "StsId",
    "instruction_id_text": "OrgnlInstrId",
    "end_to_end_id": "OrgnlEndToEndId",
    "uetr": "OrgnlUETR",
    "status": "TxSts",
    "bank_reference": "AcctSvcrRef",
    "amount": "OrgnlTxRef/Amt/InstdAmt",
    "currency": "OrgnlTxRef/Amt/InstdAmt/@Ccy",
    "account_iban": "OrgnlTxRef/DbtrAcct/Id/IBAN",
    "account_other": "OrgnlTxRef/DbtrAcct/Id/Othr/Id",
}
_PAIN_002 = Family(
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
}


def _below(tag: str, columns: dict[str, str]) -> dict[str, str]:
    return {column: f"{tag}/{path}" for column, path in columns.items()}


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
        table=Table("NtryDtls", _below("Btch", _BATCH | _BATCH_REST) | _below("TxDtls", _DETAIL)),
        bulk_rows="TxDtls",
    )


_STATED = {"count": "NbOfTxs", "sum": "CtrlSum"}
_HEADER_STATED = _HEADER | _below("GrpHdr", _STATED)
_INSTRUCTED = {"amount": "Amt/InstdAmt", "currency": "Amt/InstdAmt/@Ccy"}
_EQUIVALENT = {"equal_amount": "Amt/EqvtAmt/Amt", "equal_currency": "Amt/EqvtAmt/Amt/@Ccy"}
_INTERBANK = {"amount": "IntrBkSttlmAmt", "currency": "IntrBkSttlmAmt/@Ccy"}

_PAIN_001 = Family(
    name="pain.001",
    unit="CdtTrfTxInf",
    holder="group",
    root=Scope(
        "message",
        "CstmrCdtTrfInitn",
        _HEADER_STATED,
        (
            Scope(
                "group",
                "PmtInf",
                _STATED,
                (Scope("unit", "CdtTrfTxInf", _INSTRUCTED | _EQUIVALENT),),
            ),
        ),
    ),
)
_PACS_008 = Family(
    name="pacs.008",
    unit="CdtTrfTxInf",
    holder="message",
    root=Scope(
        "message",
        "FIToFICstmrCdtTrf",
        _HEADER_STATED,
        (Scope("unit", "CdtTrfTxInf", _INTERBANK),),
    ),
)
_PACS_002 = replace(
    _PACS_008,
    name="pacs.002",
    unit="TxInfAndSts",
    root=Scope(
        "message", "FIToFIPmtStsRpt", _HEADER, (Scope("unit", "TxInfAndSts", {"status": "TxSts"}),)
    ),
)

FAMILIES: Final[dict[str, Family]] = {
    family.name: family
    for family in (
        _PAIN_001,
        _PAIN_002,
        _PACS_002,
        _PACS_008,
        _statement_family("camt.052", "BkToCstmrAcctRpt", "Rpt", "RptPgntn"),
        _statement_family("camt.053", "BkToCstmrStmt", "Stmt", "StmtPgntn"),
        _statement_family("camt.054", "BkToCstmrDbtCdtNtfctn", "Ntfctn", "NtfctnPgntn"),
    )
}

_VERSIONS: Final = {
    "pain.001": range(3, 13),
    "pain.002": range(3, 15),
    "pacs.002": range(3, 15),
    "pacs.008": range(2, 13),
    "camt.052": range(2, 13),
    "camt.053": range(2, 13),
    "camt.054": range(2, 13),
}
_STANDARD: Final = re.compile(
    r"urn:iso:std:iso:20022:tech:xsd:((?:pain|camt|pacs)\.\d{3})\.(\d{3})\.(\d\d)"
)
# The same structures under national names: Swiss (SIX) and German (DK) rules.
_NATIONAL: Final = re.compile(
    r"http://www\.six-interbank-clearing\.com/de/(pain\.00[12])\.(001)\.(03)\.ch\.02\.xsd"
)
_GERMAN_VARIANTS: Final = {
    ("pain.001", "002", "03"),
    ("pain.001", "003", "03"),
    ("pain.002", "002", "03"),
}


def format_of_namespace(namespace: str) -> str | None:
    """Return the message and version a namespace names, if it is one that is read."""
    match = _STANDARD.fullmatch(namespace) or _NATIONAL.fullmatch(namespace)
    if match is None:
        return None
    family, variant, version = match.groups()
    is_standard = variant == "001" and int(version) in _VERSIONS.get(family, range(0))
    if not is_standard and (family, variant, version) not in _GERMAN_VARIANTS:
        return None
    return f"{family}.{variant}.{version}"


def family_of_message(element: str) -> Family | None:
    """Return the family whose message has this element name (for a document without namespace)."""
    return next((f for f in FAMILIES.values() if f.root.path == element), None)
