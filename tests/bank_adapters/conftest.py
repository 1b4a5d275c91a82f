"""Payments, profiles and small bank messages for the tests of the bank adapters."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from bank_adapters import (
    INSTRUCTION_SCHEMA,
    BankProfile,
    FileContext,
    end_to_end_id,
    instruction_text,
    load_profile,
    uetr_from,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("Sunita Devi", "Ram Kumar", "Maria Jose", "O'Neil Silva", "Ana (mae)", "Ravi Sharma, Jr.")
TOWNS = ("Patna", "Recife", "Gaya", None)


@pytest.fixture(scope="session")
def inr() -> BankProfile:
    """The Indian example bank: IFSC and account."""
    return load_profile("neft_bank_inr")


@pytest.fixture(scope="session")
def brl() -> BankProfile:
    """The Brazilian example bank: agência and conta, or a Pix key."""
    return load_profile("pix_bank_brl")


@pytest.fixture(scope="session")
def rows() -> Callable[..., pa.Table]:
    """Make n payments of a profile; the same arguments give the same rows."""
    return payments


def payments(n: int, profile: BankProfile, *, seed: int = 1) -> pa.Table:
    """Return n payments that the bank takes, of several shapes."""
    rng = random.Random(seed)
    make = _indian if profile.currency == "INR" else _brazilian
    records = []
    for number in range(n):
        reference = end_to_end_id(f"{profile.code}-2026-09", number, f"digest-{seed}")
        town = rng.choice(TOWNS)
        records.append(
            {
                "end_to_end_id": reference,
                "instruction_id_text": instruction_text(reference, 1),
                "uetr": uetr_from(f"{reference}-1"),
                "amount_minor": rng.randrange(1, 1_000_000),
                "currency": profile.currency,
                "creditor_name": rng.choice(NAMES),
                "town": town,
                "country": profile.debtor.country if town else None,
                "purpose": rng.choice(["SSBE", None]),
                "remittance": "Benefit 2026-09",
                **make(rng, number),
            }
        )
    return pa.Table.from_pylist(records, schema=INSTRUCTION_SCHEMA)


def _indian(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "account": str(30_000_000_000 + number),
        "account_kind": "IFSC_ACCOUNT",
        "agent": f"ZZZZ0{rng.randrange(10**6):06d}",
        "agent_scheme": "INFSC",
    }


def _brazilian(rng: random.Random, number: int) -> dict[str, Any]:
    if rng.random() < 0.5:
        pix = {"account": f"+5511{900_000_000 + number}", "account_kind": "PIX"}
        return pix | {"agent": None, "agent_scheme": None}
    account = {"account": f"{number % 9999:04d}/{number:06d}-1", "account_kind": "AGENCIA_CONTA"}
    return account | {"agent": f"{rng.randrange(10**8):08d}", "agent_scheme": "BRISP"}


@pytest.fixture(scope="session")
def context() -> Callable[..., FileContext]:
    """Make the context of a file of 1 September 2026."""

    def made(profile: BankProfile, message_id: str = "TEST-20260901-0001") -> FileContext:
        created = datetime(2026, 9, 1, 6, 30, tzinfo=UTC)
        return FileContext(message_id, created, date(2026, 9, 2), profile)

    return made


def statement(
    n: int,
    *,
    entry: Callable[[int], str] | None = None,
    family: str = "camt.053.001.08",
    stated: int | None = None,
    closing: str | None = None,
) -> str:
    """Return a statement of n credits of 1.00 INR, 100.00 before them."""
    message, holder = {
        "camt.052": ("BkToCstmrAcctRpt", "Rpt"),
        "camt.053": ("BkToCstmrStmt", "Stmt"),
        "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[family[:8]]
    entries = "".join((entry or credit)(number) for number in range(1, n + 1))
    balances = (
        "" if family.startswith("camt.054") else _balances("100.00", closing or f"{100 + n}.00")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{family}"><{message}>'
        f"<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-09-03T18:00:00Z</CreDtTm></GrpHdr><{holder}>"
        f"<Id>S-1</Id><Acct><Id><Othr><Id>999900010001</Id></Othr></Id></Acct>{balances}"
        f"<TxsSummry><TtlNtries><NbOfNtries>{n if stated is None else stated}</NbOfNtries>"
        f"</TtlNtries></TxsSummry>{entries}</{holder}></{message}></Document>"
    )


def _balances(opening: str, closing: str) -> str:
    return "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="INR">{amount}</Amt>'
        "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-09-03</Dt></Dt></Bal>"
        for code, amount in (("OPBD", opening), ("CLBD", closing))
    )


def credit(number: int, *, amount: str = "1.00", detail: str | None = None) -> str:
    """Return one booked credit: a transfer that came back because the account is closed."""
    if detail is None:
        detail = (
            f"<NtryDtls><TxDtls><Refs><InstrId>E{number}-1</InstrId><EndToEndId>E{number}</EndToEndId>"
            f'</Refs><Amt Ccy="INR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
            "<RltdPties><Cdtr><Pty><Nm>A Person</Nm></Pty></Cdtr></RltdPties>"
            "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls>"
        )
    return (
        f'<Ntry><NtryRef>N{number}</NtryRef><Amt Ccy="INR">{amount}</Amt>'
        "<CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-09-03</Dt></BookgDt>"
        f"<ValDt><Dt>2026-09-03</Dt></ValDt><AcctSvcrRef>R{number}</AcctSvcrRef><BkTxCd><Domn>"
        "<Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"{detail}</Ntry>"
    )


def report(
    n: int,
    *,
    item: Callable[[int], str] | None = None,
    family: str = "pain.002.001.10",
    stated: int | None = None,
) -> str:
    """Return a status report of n rejected items."""
    items = "".join((item or rejection)(number) for number in range(1, n + 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{family}"><CstmrPmtStsRpt><GrpHdr>'
        "<MsgId>ACK-1</MsgId><CreDtTm>2026-09-02T08:00:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>"
        "<OrgnlMsgId>OUR-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        "<GrpSts>PART</GrpSts><NbOfTxsPerSts>"
        f"<DtldNbOfTxs>{n if stated is None else stated}</DtldNbOfTxs><DtldSts>RJCT</DtldSts>"
        "</NbOfTxsPerSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>OUR-1-1"
        f"</OrgnlPmtInfId><PmtInfSts>PART</PmtInfSts>{items}</OrgnlPmtInfAndSts></CstmrPmtStsRpt>"
        "</Document>"
    )


def rejection(number: int, *, reasons: str = "<Rsn><Cd>AC03</Cd></Rsn>") -> str:
    """Return one rejected item."""
    return (
        f"<TxInfAndSts><StsId>S{number}</StsId><OrgnlInstrId>E{number}-1</OrgnlInstrId>"
        f"<OrgnlEndToEndId>E{number}</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf>{reasons}"
        "<AddtlInf>A Person has no account</AddtlInf></StsRsnInf><OrgnlTxRef><Amt>"
        f'<InstdAmt Ccy="INR">{number}.50</InstdAmt>'
        f"</Amt></OrgnlTxRef></TxInfAndSts>"
    )


@pytest.fixture(scope="session")
def messages() -> Any:
    """Builders of small messages: statement, credit, report, rejection."""
    return SimpleNamespace(statement=statement, credit=credit, report=report, rejection=rejection)
