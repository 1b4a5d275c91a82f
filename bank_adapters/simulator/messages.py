"""The three answers of a bank as XML text, written in pieces: pain.002, camt.054, camt.053."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from .verdict import Outcome
from .xml import account_id, amount, decimal, document, escaped, instant, optional

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from .bookings import Booking, Sums
    from .books import Item, OrderRecord
    from .orders import Account

__all__ = ["Sheet", "advice", "statement", "status_report"]

_CREDITED_BACK = "<Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly>"
_DEBITED = "<Fmly><Cd>ICDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly>"
_ADJUSTED = "<Fmly><Cd>MDOP</Cd><SubFmlyCd>DAJT</SubFmlyCd></Fmly>"


class Sheet(NamedTuple):
    """An account on a day."""

    account: Account
    currency: str
    on: date


def identifier(prefix: str, *parts: str) -> str:
    """Return a message id of at most 35 characters that depends only on the parts."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest().upper()
    return f"{prefix}{digest[:24]}"


def status_report(order: OrderRecord, items: Iterable[Item]) -> Iterator[str]:
    """Write the pain.002.001.10: the order is accepted or refused, rejected transfers are listed.

    Transfers that are not listed are accepted. A rejected line may stand twice.
    """
    every_one_rejected = bool(order.payments) and not any(
        payment.accepted_count for payment in order.payments
    )
    group = "RJCT" if order.refused or every_one_rejected else "ACCP"
    reason = _status_reason(order.refused) if order.refused else ""
    yield document("pain.002.001.10")
    yield "<CstmrPmtStsRpt><GrpHdr>"
    yield f"<MsgId>{identifier('STS', order.sha256)}</MsgId>"
    yield f"<CreDtTm>{instant(order.received_on, '10:00')}</CreDtTm></GrpHdr>"
    yield f"<OrgnlGrpInfAndSts><OrgnlMsgId>{escaped(order.message_id)}</OrgnlMsgId>"
    yield f"<OrgnlMsgNmId>{order.format}</OrgnlMsgNmId>"
    yield optional("OrgnlCreDtTm", order.created)
    yield f"<OrgnlNbOfTxs>{order.count}</OrgnlNbOfTxs>"
    yield optional("OrgnlCtrlSum", order.control_sum)
    yield f"<GrpSts>{group}</GrpSts>{reason}</OrgnlGrpInfAndSts>\n"
    yield from _blocks(order, items)
    yield "</CstmrPmtStsRpt></Document>\n"


def _blocks(order: OrderRecord, items: Iterable[Item]) -> Iterator[str]:
    rejected = (item for item in items if item.outcome is Outcome.REJECTED)
    waiting = next(rejected, None)
    for index, payment in enumerate(order.payments):
        status = "RJCT" if not payment.accepted_count else "ACCP"
        if payment.accepted_count and payment.rejected_count:
            status = "PART"
        yield f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{escaped(payment.payment_id)}</OrgnlPmtInfId>"
        yield f"<OrgnlNbOfTxs>{payment.count}</OrgnlNbOfTxs>"
        total = decimal(payment.total_minor, payment.currency)
        yield f"<OrgnlCtrlSum>{total}</OrgnlCtrlSum><PmtInfSts>{status}</PmtInfSts>\n"
        while waiting is not None and waiting.payment == index:
            line = _rejected(waiting)
            yield line * 2 if waiting.repeated else line
            waiting = next(rejected, None)
        yield "</OrgnlPmtInfAndSts>\n"


def _status_reason(code: str) -> str:
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>"


def _rejected(item: Item) -> str:
    return (
        f"<TxInfAndSts>{optional('OrgnlInstrId', item.instruction_id)}"
        f"<OrgnlEndToEndId>{escaped(item.end_to_end_id)}</OrgnlEndToEndId>"
        f"{optional('OrgnlUETR', item.uetr)}<TxSts>RJCT</TxSts>{_status_reason(item.code)}"
        "</TxInfAndSts>\n"
    )


def advice(
    sheet: Sheet, identity: str, clock: str, sums: Sums, entries: Iterable[Booking]
) -> Iterator[str]:
    """Write the camt.054.001.08: single entries as they are booked, during the day."""
    yield document("camt.054.001.08")
    yield f"<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>{identity}</MsgId>"
    yield f"<CreDtTm>{instant(sheet.on, clock)}</CreDtTm></GrpHdr><Ntfctn><Id>{identity}</Id>"
    yield f"<CreDtTm>{instant(sheet.on, clock)}</CreDtTm>{_account(sheet)}{_summary(sheet, sums)}"
    for booking in entries:
        line = _entry(sheet, booking)
        yield line * 2 if booking.repeated else line
    yield "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"


def statement(
    sheet: Sheet, sequence: int, opening_minor: int, sums: Sums, entries: Iterable[Booking]
) -> Iterator[str]:
    """Write the camt.053.001.08 that closes the day: opening + entries = closing balance."""
    key = (sheet.account.number, sheet.currency, sheet.on.isoformat())
    identity = identifier("STM", *key)
    closed_at = instant(sheet.on, "22:00")
    yield document("camt.053.001.08")
    yield f"<BkToCstmrStmt><GrpHdr><MsgId>{identity}</MsgId><CreDtTm>{closed_at}</CreDtTm></GrpHdr>"
    yield f"<Stmt><Id>{identity}</Id><ElctrncSeqNb>{sequence}</ElctrncSeqNb>"
    yield f"<CreDtTm>{closed_at}</CreDtTm><FrToDt><FrDtTm>{instant(sheet.on, '00:00')}</FrDtTm>"
    yield f"<ToDtTm>{closed_at}</ToDtTm></FrToDt>{_account(sheet)}"
    yield _balance(sheet, "OPBD", opening_minor)
    yield _balance(sheet, "CLBD", opening_minor + sums.net_minor)
    yield _summary(sheet, sums)
    for booking in entries:
        yield _entry(sheet, booking)
    yield "</Stmt></BkToCstmrStmt></Document>\n"


def _account(sheet: Sheet) -> str:
    return f"<Acct>{account_id(sheet.account)}<Ccy>{escaped(sheet.currency)}</Ccy></Acct>"


def _direction(minor: int) -> str:
    return "CRDT" if minor >= 0 else "DBIT"


def _balance(sheet: Sheet, kind: str, minor: int) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f"{amount(abs(minor), sheet.currency)}<CdtDbtInd>{_direction(minor)}</CdtDbtInd>"
        f"<Dt><Dt>{sheet.on.isoformat()}</Dt></Dt></Bal>"
    )


def _summary(sheet: Sheet, sums: Sums) -> str:
    def total(tag: str, count: int, minor: int, more: str = "") -> str:
        written = decimal(minor, sheet.currency)
        return f"<{tag}><NbOfNtries>{count}</NbOfNtries><Sum>{written}</Sum>{more}</{tag}>"

    net = (
        f"<TtlNetNtry><Amt>{decimal(abs(sums.net_minor), sheet.currency)}</Amt>"
        f"<CdtDbtInd>{_direction(sums.net_minor)}</CdtDbtInd></TtlNetNtry>"
    )
    count, gross_minor = sums.credits + sums.debits, sums.credits_minor + sums.debits_minor
    return (
        f"<TxsSummry>{total('TtlNtries', count, gross_minor, net)}"
        f"{total('TtlCdtNtries', sums.credits, sums.credits_minor)}"
        f"{total('TtlDbtNtries', sums.debits, sums.debits_minor)}</TxsSummry>\n"
    )


def _entry(sheet: Sheet, booking: Booking) -> str:
    money = amount(booking.amount_minor, sheet.currency)
    direction = "CRDT" if booking.is_credit else "DBIT"
    family = _DEBITED if booking.batch_count else _CREDITED_BACK
    if booking.reversal:
        family = _ADJUSTED
    on = f"<Dt>{sheet.on.isoformat()}</Dt>"
    return (
        f"<Ntry><NtryRef>{booking.entry_reference}</NtryRef>{money}"
        f"<CdtDbtInd>{direction}</CdtDbtInd>"
        f"{'<RvslInd>true</RvslInd>' if booking.reversal else ''}"
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt>{on}</BookgDt><ValDt>{on}</ValDt>"
        f"<AcctSvcrRef>{booking.bank_reference}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd>{family}</Domn></BkTxCd>"
        f"<NtryDtls>{_details(sheet, booking, money, direction)}</NtryDtls></Ntry>\n"
    )


def _details(sheet: Sheet, booking: Booking, money: str, direction: str) -> str:
    if booking.batch_count:
        return (
            f"<Btch><MsgId>{escaped(booking.message_id)}</MsgId>"
            f"<PmtInfId>{escaped(booking.payment_id)}</PmtInfId>"
            f"<NbOfTxs>{booking.batch_count}</NbOfTxs>"
            f"{amount(booking.amount_minor, sheet.currency, 'TtlAmt')}"
            f"<CdtDbtInd>{direction}</CdtDbtInd></Btch>"
        )
    item = booking.item
    parties = ""
    if item is not None:
        parties = (
            f"<RltdPties><Cdtr><Pty><Nm>{escaped(item.creditor_name)}</Nm></Pty></Cdtr>"
            f"<CdtrAcct>{account_id(item.creditor_account)}</CdtrAcct></RltdPties>"
        )
    return (
        f"<TxDtls><Refs>{optional('MsgId', booking.message_id)}"
        f"<AcctSvcrRef>{booking.bank_reference}</AcctSvcrRef>"
        f"{optional('PmtInfId', booking.payment_id)}"
        f"{optional('InstrId', item.instruction_id if item else '')}"
        f"<EndToEndId>{escaped(booking.end_to_end_id)}</EndToEndId>"
        f"{optional('UETR', item.uetr if item else '')}</Refs>"
        f"{money}<CdtDbtInd>{direction}</CdtDbtInd>{parties}"
        f"<RtrInf><Rsn><Cd>{booking.code}</Cd></Rsn></RtrInf></TxDtls>"
    )
