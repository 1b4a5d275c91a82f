"""Large messages of a bank to read: statements of returns, and a report of rejections."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NAMES", "PARTS", "REPORT", "make_report", "make_statement"]

NAMES = ("Sunita Devi", "Ram Kumar", "Asha O'Brien", "Maria da Conceicao", "Lakshmi, Patna")
REPORT = "pain.002"
PARTS = {
    "camt.053": ("BkToCstmrStmt", "Stmt"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def make_statement(n: int, folder: Path, family: str) -> None:
    """Write a statement of n returns, with its totals."""
    message, holder = PARTS[family]
    total = sum(50_000 + i % 100_000 for i in range(n))
    with (folder / f"{family}-{n}.xml").open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{family}.001.08"><{message}><GrpHdr>'
            f"<MsgId>B-1</MsgId><CreDtTm>2026-09-03T18:00:00Z</CreDtTm></GrpHdr><{holder}><Id>S-1</Id>"
            "<Acct><Id><Othr><Id>999900010001</Id></Othr></Id></Acct>"
            + (_balance("OPBD", 0) + _balance("CLBD", total) if family == "camt.053" else "")
            + f"<TxsSummry><TtlNtries><NbOfNtries>{n}</NbOfNtries><Sum>{_major(total)}</Sum>"
            "</TtlNtries></TxsSummry>"
        )
        for i in range(n):
            file.write(_entry(i))
        file.write(f"</{holder}></{message}></Document>")


def _major(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2))


def _balance(code: str, minor: int) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="INR">{_major(minor)}</Amt>'
        "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-09-03</Dt></Dt></Bal>"
    )


def _entry(i: int) -> str:
    amount = f'<Amt Ccy="INR">{_major(50_000 + i % 100_000)}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    return (
        f"<Ntry><NtryRef>N{i}</NtryRef>{amount}<Sts><Cd>BOOK</Cd></Sts>"
        "<BookgDt><Dt>2026-09-03</Dt></BookgDt><ValDt><Dt>2026-09-03</Dt></ValDt>"
        f"<AcctSvcrRef>REF{i:012d}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd>"
        "<SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs>"
        f"<MsgId>BENCH-1</MsgId><PmtInfId>BENCH-1-1</PmtInfId><InstrId>CCT202609{i:020d}-1</InstrId>"
        f"<EndToEndId>CCT202609{i:020d}</EndToEndId><UETR>00000000-0000-4000-8000-{i:012d}</UETR>"
        f"</Refs>{amount}<RltdPties><Cdtr><Pty><Nm>{NAMES[i % len(NAMES)]}</Nm></Pty></Cdtr>"
        f"<CdtrAcct><Id><Othr><Id>{30_000_000_000 + i}</Id></Othr></Id></CdtrAcct></RltdPties>"
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"
    )


def make_report(n: int, folder: Path) -> None:
    """Write a pain.002 of n rejected payments."""
    with (folder / f"{REPORT}-{n}.xml").open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
            "<GrpHdr><MsgId>B-1</MsgId><CreDtTm>2026-09-03T18:00:00Z</CreDtTm></GrpHdr>"
            "<OrgnlGrpInfAndSts><OrgnlMsgId>BENCH-1</OrgnlMsgId>"
            "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>PART</GrpSts><NbOfTxsPerSts>"
            f"<DtldNbOfTxs>{n}</DtldNbOfTxs><DtldSts>RJCT</DtldSts></NbOfTxsPerSts>"
            "</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>BENCH-1-1</OrgnlPmtInfId>"
            "<PmtInfSts>PART</PmtInfSts>"
        )
        for i in range(n):
            file.write(
                f"<TxInfAndSts><StsId>S{i}</StsId><OrgnlInstrId>CCT202609{i:020d}-1</OrgnlInstrId>"
                f"<OrgnlEndToEndId>CCT202609{i:020d}</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
                "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf><OrgnlTxRef><Amt>"
                f'<InstdAmt Ccy="INR">{_major(50_000 + i % 100_000)}</InstdAmt></Amt></OrgnlTxRef>'
                "</TxInfAndSts>"
            )
        file.write("</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>")
