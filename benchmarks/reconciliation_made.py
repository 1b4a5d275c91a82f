"""What the reconciliation benchmark starts from: n payments in the books, and the bank's files."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import sqlalchemy as sa

import ledger
import reconciliation
from bank_adapters import Expected, SealedFile, load_profile
from cct_engine.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["AMOUNT", "AT", "DAY", "MESSAGES", "make"]

AT = datetime(2026, 9, 18, 6, tzinfo=UTC)
AMOUNT = 60_000
MESSAGES = ("debit", "returns", "rejections", "again")
DAY = ("day-rejected", "day-debited", "day-returned")
_REJECTED, _RETURNED = range(2), range(2, 5)  # of each hundred payments of the day
_ON = date(2026, 9, 17)
_BANK = load_profile("neft_bank_inr")
_MAJOR = f"{AMOUNT // 100}.{AMOUNT % 100:02d}"

_PAYMENTS = """
    INSERT INTO cycle.instruction (instruction_id, value_on, transfer_group, payee_id, attempt,
        ordinal, debtor_account, rail, amount_minor, currency, account_id, account_token,
        end_to_end_id, instruction_text, uetr, file_id, drafted_at)
    SELECT :cycle * 100000000 + n, :on, 'bench', n, 1, 1, :debtor, :rail, :amount, 'INR', n,
           't' || n, 'CCT' || :cycle || 'E' || n, 'CCT' || :cycle || 'E' || n || '-1',
           md5(:cycle || '/' || n), :file, :at
    FROM generate_series(1, :n) AS n;
"""
_LINES = """
    INSERT INTO cycle.entitlement_line (cycle_id, household_id, line_seq, source, component,
        for_period, enrolment_id, fund_id, money_state, amount_minor)
    SELECT :cycle, n, 1, 'due', 'basic', '2026-09-01', n, 1, 'payable', :amount
    FROM generate_series(1, :n) AS n
"""
_PARTS = """
    INSERT INTO cycle.instruction_part (cycle_id, household_id, line_seq, instruction_id, fund_id,
        amount_minor)
    SELECT :cycle, n, 1, :cycle * 100000000 + n, 1, :amount FROM generate_series(1, :n) AS n
"""
_CYCLE = """
    INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period, month_count, currency,
        state, opened_at, opened_by, as_of_valid, as_of_known, list_digest, prepared_by,
        submitted_at, approved_by, approved_at, released_by, released_at)
    VALUES (:cycle, 'bench-' || :cycle, 1, 1, date '2026-01-01' + :cycle * interval '1 month', 1,
        'INR', 'released', :at, 3, '2026-08-31', :at, 'list', 3, :at, 4, :at, 5, :at)
"""


def make(url: str, n: int, folder: Path) -> None:
    """Send three cycles of n payments; write what the bank says of them into ``folder``.

    The first two are settled, returned and rejected whole; the third is a day as banks know it.
    """
    with Database(url) as database:
        with database.transaction() as connection:
            ledger.open_period(
                connection, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31), by=1, at=AT
            )
        for cycle in (1, 2, 3):
            _send(database, cycle, n)
    every = range(1, n + 1)
    rejected = [i for i in every if i % 100 in _REJECTED]
    returned = (i for i in every if i % 100 in _RETURNED)
    for name, lines in (
        ("debit", _notification("D", _debit(1, n))),
        ("returns", _notification("R", _returns(1, every))),
        ("again", _notification("R-again", _returns(1, every))),
        ("rejections", _report(2, every)),
        ("day-rejected", _report(3, rejected)),
        ("day-debited", _notification("D3", _debit(3, n - len(rejected)))),
        ("day-returned", _notification("R3", _returns(3, returned))),
    ):
        with (folder / f"{name}.xml").open("w", encoding="utf-8") as file:
            file.writelines(lines)


def _send(database: Database, cycle: int, n: int) -> None:
    """Draft, seal and instruct n payments of one cycle in one file, by SQL alone."""
    values = {
        "cycle": cycle,
        "n": n,
        "on": _ON,
        "at": AT,
        "amount": AMOUNT,
        "debtor": _BANK.debtor.account,
        "rail": _BANK.code,
    }
    with database.transaction() as connection:
        connection.execute(
            sa.text("SELECT cycle.open_partitions(:cycle), cycle.open_month(:on)"), values
        )
        order = reconciliation.FileOrder(f"bench-{cycle}", _BANK, 1, 1, cycle, _ON)
        (file,) = reconciliation.allocate(connection, order, [Expected(n, n * AMOUNT)], at=AT)
        for statement in (_LINES, _CYCLE, _PAYMENTS, _PARTS):
            connection.execute(sa.text(statement), values | {"file": file.file_id})
        sealed = SealedFile(
            name=file.message_id,
            path=Path("never read"),
            count=n,
            total_minor=n * AMOUNT,
            currency="INR",
            sha256=hashlib.sha256(file.message_id.encode()).hexdigest(),
            bytes=n,
            message_id=file.message_id,
            schema="pain.001.001.09",
        )
        reconciliation.register(connection, sealed, at=AT)
        for event in (ledger.Event.ENTITLE, ledger.Event.INSTRUCT):
            _post(connection, event, cycle, n)
        # As a release does: without statistics of rows this young plans go wrong (ADR 0008).
        connection.execute(sa.text("SELECT cycle.refresh_statistics(:cycle)"), values)


def _post(connection: sa.Connection, event: ledger.Event, cycle: int, n: int) -> None:
    numbers = np.arange(1, n + 1, dtype=np.int64)
    batch = ledger.Batch(
        event=event,
        programme_id=1,
        fund_id=1,
        cycle_id=cycle,
        value_on=_ON,
        currency="INR",
        key=f"bench/{cycle}/{event.name}",
        prepared_by=3,
        approved_by=4,
        recorded_at=AT,
        conduit=_BANK.code,
    )
    lines = ledger.Lines.of(
        subject=numbers,
        amount_minor=np.full(n, AMOUNT),
        reference=numbers + cycle * 100_000_000,
    )
    ledger.post(connection, batch, lines)


def _message_id(cycle: int) -> str:
    return f"NEFTBANKINR-{_ON:%Y%m%d}-{cycle:04d}"


def _notification(message_id: str, entries: Iterator[str]) -> Iterator[str]:
    """A camt.054 on our account."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>'
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-09-17T18:00:00Z</CreDtTm></GrpHdr>"
        f"<Ntfctn><Id>{message_id}</Id><Acct><Id><Othr><Id>{_BANK.debtor.account}</Id></Othr></Id>"
        "</Acct>"
    )
    yield from entries
    yield "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"


def _entry(major: str, direction: str, reference: str, details: str) -> str:
    return (
        f'<Ntry><Amt Ccy="INR">{major}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{_ON}</Dt></BookgDt><ValDt><Dt>{_ON}</Dt></ValDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _debit(cycle: int, n: int) -> Iterator[str]:
    """The debit of n payments of a cycle's file, in one sum."""
    total = n * AMOUNT
    batch = f"<Btch><MsgId>{_message_id(cycle)}</MsgId><NbOfTxs>{n}</NbOfTxs></Btch>"
    yield _entry(f"{total // 100}.{total % 100:02d}", "DBIT", f"D{cycle}", batch)


def _returns(cycle: int, payments: Iterable[int]) -> Iterator[str]:
    """Payments of a cycle, each given back."""
    for i in payments:
        ours = f"CCT{cycle}E{i}"
        details = (
            f"<TxDtls><Refs><InstrId>{ours}-1</InstrId><EndToEndId>{ours}</EndToEndId></Refs>"
            f'<Amt Ccy="INR">{_MAJOR}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
            "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"
        )
        yield _entry(_MAJOR, "CRDT", f"R{cycle}-{i}", details)


def _report(cycle: int, payments: Iterable[int]) -> Iterator[str]:
    """A pain.002: payments of a cycle, each rejected."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>J{cycle}</MsgId><CreDtTm>2026-09-17T18:00:00Z</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{_message_id(cycle)}</OrgnlMsgId>"
        "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{_message_id(cycle)}-1</OrgnlPmtInfId>"
    )
    for i in payments:
        ours = f"CCT{cycle}E{i}"
        yield (
            f"<TxInfAndSts><StsId>S{i}</StsId><OrgnlInstrId>{ours}-1</OrgnlInstrId>"
            f"<OrgnlEndToEndId>{ours}</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
            "<StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf></TxInfAndSts>"
        )
    yield "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
