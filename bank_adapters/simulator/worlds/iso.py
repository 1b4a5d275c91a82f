"""ISO 20022: status reports, advices during the day, statements at its end, mistakes put right."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from .fates import Fate, Order, Payment, Told

if TYPE_CHECKING:
    import random
    from pathlib import Path

__all__ = ["answers", "booked", "taken"]

_REJECTIONS = ("AC01", "AC06", "BE06", "MD07", "AB09", "XX99")
_RETURNS = ("AC04", "AC06", "BE06", "MD07", "ED05", "XX99")


class Entry(NamedTuple):
    """One booking of the bank."""

    day: int
    direction: str
    amount_minor: int
    reference: str
    details: str
    is_reversal: bool = False
    family: str = "PMNT"


def taken(path: Path) -> Order:
    """Read a pain.001 of any version."""
    root = etree.parse(str(path)).getroot()

    def text(node: etree._Element, way: str) -> str:
        steps = "/".join(f"*[local-name()='{step}']" for step in way.split("/"))
        found = node.xpath(f"string({steps})")
        return str(found)

    message = root[0]
    group = message[1]
    payments = [
        Payment(
            text(node, "PmtId/InstrId") + "|" + text(node, "PmtId/EndToEndId"),
            int(text(node, "Amt/InstdAmt").replace(".", "")),
            "",
        )
        for node in group
        if etree.QName(node).localname == "CdtTrfTxInf"
    ]
    account = text(group, "DbtrAcct/Id/IBAN") or text(group, "DbtrAcct/Id/Othr/Id")
    return Order(
        "iso",
        text(message, "GrpHdr/MsgId"),
        text(group, "PmtInfId"),
        account,
        text(group, "DbtrAcct/Ccy"),
        "",
        tuple(payments),
    )


def answers(order: Order, fates: dict[str, Fate], rng: random.Random, on: date) -> list[Told]:
    """Tell everything: statuses in small reports, and bookings."""
    return _reports(order, fates, rng) + booked(order, fates, rng, on)


def booked(order: Order, fates: dict[str, Fate], rng: random.Random, on: date) -> list[Told]:
    """Tell the bookings: in advices during the day, and again in statements at its end."""
    entries = _entries(order, fates, rng)
    told = [
        Told(entry.day, "advice", _advice(order, [entry], on, rng))
        for entry in entries
        if rng.random() < 0.8  # noqa: PLR2004 - most bookings are advised; all stand in a statement
    ]
    opening = 10**9
    for day in sorted({entry.day for entry in entries}):
        of_day = [entry for entry in entries if entry.day == day]
        told.append(Told(day, "statement", _statement(order, of_day, opening, on)))
        opening += sum(e.amount_minor * (1 if e.direction == "CRDT" else -1) for e in of_day)
    return told


def _reports(order: Order, fates: dict[str, Fate], rng: random.Random) -> list[Told]:
    told = [Told(0, "ack", _report(order, "<GrpSts>ACTC</GrpSts>", "", rng))]
    for payment in order.payments:
        fate = fates[payment.reference]
        if fate is Fate.REJECTED:
            told.append(Told(0, "reject", _item(order, payment, "RJCT", rng)))
        elif fate is Fate.DENIED:
            told.append(Told(1, "done", _item(order, payment, "ACSC", rng)))
            told.append(Told(3, "denied", _item(order, payment, "RJCT", rng)))
        elif rng.random() < 0.6:  # noqa: PLR2004 - most are told of, not all
            status = rng.choice(("ACSP", "ACSC", "PDNG", "ACCP"))
            told.append(Told(rng.randint(0, 4), "status", _item(order, payment, status, rng)))
    return told


def _entries(order: Order, fates: dict[str, Fate], rng: random.Random) -> list[Entry]:
    left = [p for p in order.payments if fates[p.reference] is not Fate.REJECTED]
    if not left:
        return []
    batch = f"<Btch>{_file(order)}<NbOfTxs>{len(left)}</NbOfTxs></Btch>"
    key = order.message_id
    entries = [Entry(1, "DBIT", sum(p.amount_minor for p in left), f"D{key}", batch)]
    back = [p for p in left if fates[p.reference] is not Fate.PAID]
    for number, payment in enumerate(back):
        day = rng.randint(3, 5)
        details = _details(order, payment, rng.choice(_RETURNS))
        right = Entry(day, "CRDT", payment.amount_minor, f"R{key}{number}", details)
        if payment.amount_minor > 1 and rng.random() < 0.15:  # noqa: PLR2004 - a few are wrong first
            wrong = right._replace(
                amount_minor=payment.amount_minor - 1, reference=f"W{key}{number}"
            )
            entries += [wrong, wrong._replace(day=day + 1, direction="DBIT", is_reversal=True)]
            right = right._replace(day=day + 1)
        entries.append(right)
    if rng.random() < 0.5:  # noqa: PLR2004 - a stranger's money comes, and is taken back
        details = "<TxDtls><Refs><EndToEndId>NOBODY</EndToEndId></Refs></TxDtls>"
        stray = Entry(2, "CRDT", rng.randint(100, 9999), f"S{key}", details)
        entries += [stray, stray._replace(day=5, direction="DBIT", is_reversal=True)]
    return entries


def _details(order: Order, payment: Payment, code: str) -> str:
    instruction, _, end_to_end = payment.reference.partition("|")
    last = f"<EndToEndId>{end_to_end}</EndToEndId>" if end_to_end else ""
    return (
        f"<TxDtls><Refs>{_file(order)}<InstrId>{instruction}</InstrId>{last}</Refs>"
        f"<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf></TxDtls>"
    )


def _file(order: Order) -> str:
    """Name the file, and its group where the rail has such."""
    group = f"<PmtInfId>{order.group_id}</PmtInfId>" if order.group_id else ""
    return f"<MsgId>{order.message_id}</MsgId>{group}"


def _item(order: Order, payment: Payment, status: str, rng: random.Random) -> bytes:
    instruction, end_to_end = payment.reference.split("|")
    reason = rng.choice(_REJECTIONS)
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if status == "RJCT" else ""
    body = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{order.group_id}</OrgnlPmtInfId><TxInfAndSts>"
        f"<OrgnlInstrId>{instruction}</OrgnlInstrId><OrgnlEndToEndId>{end_to_end}"
        f"</OrgnlEndToEndId><TxSts>{status}</TxSts>{why}</TxInfAndSts></OrgnlPmtInfAndSts>"
    )
    return _report(order, "", body, rng)


def _report(order: Order, group: str, items: str, rng: random.Random) -> bytes:
    return _document(
        "pain.002.001.10",
        f"<CstmrPmtStsRpt>{_head(rng)}<OrgnlGrpInfAndSts><OrgnlMsgId>{order.message_id}"
        f"</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>"
        f"{items}</CstmrPmtStsRpt>",
    )


def _head(rng: random.Random) -> str:
    return (
        f"<GrpHdr><MsgId>B{rng.randrange(10**12)}</MsgId>"
        "<CreDtTm>2026-09-18T10:00:00Z</CreDtTm></GrpHdr>"
    )


def _document(family: str, body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{family}">{body}</Document>\n'
    ).encode()


def _account(order: Order) -> str:
    return f"<Acct><Id><Othr><Id>{order.account}</Id></Othr></Id><Ccy>{order.currency}</Ccy></Acct>"


def _advice(order: Order, entries: list[Entry], on: date, rng: random.Random) -> bytes:
    lines = "".join(_entry(order, entry, on) for entry in entries)
    return _document(
        "camt.054.001.08",
        f"<BkToCstmrDbtCdtNtfctn>{_head(rng)}<Ntfctn><Id>N{rng.randrange(10**9)}</Id>"
        f"{_account(order)}{lines}</Ntfctn></BkToCstmrDbtCdtNtfctn>",
    )


def _statement(order: Order, entries: list[Entry], opening: int, on: date) -> bytes:
    closing = opening + sum(e.amount_minor * (1 if e.direction == "CRDT" else -1) for e in entries)
    day = on + timedelta(days=entries[0].day)
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_amount(order, minor)}"
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        for kind, minor in (("OPBD", opening), ("CLBD", closing))
    )
    lines = "".join(_entry(order, entry, on) for entry in entries)
    key = f"{order.message_id}-{entries[0].day}"
    return _document(
        "camt.053.001.08",
        f"<BkToCstmrStmt><GrpHdr><MsgId>S{key}</MsgId><CreDtTm>2026-09-18T22:00:00Z</CreDtTm>"
        f"</GrpHdr><Stmt><Id>{key}</Id>{_account(order)}{balances}<TxsSummry><TtlNtries>"
        f"<NbOfNtries>{len(entries)}</NbOfNtries></TtlNtries></TxsSummry>{lines}</Stmt>"
        "</BkToCstmrStmt>",
    )


def _amount(order: Order, minor: int) -> str:
    return f'<Amt Ccy="{order.currency}">{minor // 100}.{minor % 100:02d}</Amt>'


def _entry(order: Order, entry: Entry, on: date) -> str:
    day = on + timedelta(days=entry.day)
    turned = "<RvslInd>true</RvslInd>" if entry.is_reversal else ""
    return (
        f"<Ntry><NtryRef>{entry.reference}{'V' if entry.is_reversal else ''}</NtryRef>"
        f"{_amount(order, entry.amount_minor)}<CdtDbtInd>{entry.direction}</CdtDbtInd>{turned}"
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>{entry.reference}</AcctSvcrRef><BkTxCd><Domn><Cd>{entry.family}</Cd><Fmly>"
        "<Cd>ICDT</Cd><SubFmlyCd>OTHR</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls>{entry.details}</NtryDtls></Ntry>"
    )
