"""The inbox: each file once, whole or not at all; real messages of a bank as XML."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

import reconciliation

if TYPE_CHECKING:
    from pathlib import Path


def status_xml(world: Any, rejected: dict[int, str]) -> str:
    """A pain.002.001.10 about the first file: accepted, but for what it lists."""
    sent = world.files[0]
    items = "".join(
        f"<TxInfAndSts><OrgnlInstrId>{world.reference(n)}-1</OrgnlInstrId>"
        f"<OrgnlEndToEndId>{world.reference(n)}</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
        f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf></TxInfAndSts>"
        for n, code in rejected.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-09-17T10:00:00Z</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{sent.message_id}</OrgnlMsgId>"
        "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>ACCP</GrpSts></OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{sent.payment_information_id}</OrgnlPmtInfId>"
        f"<PmtInfSts>PART</PmtInfSts>{items}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    )


def statement_xml(world: Any, *, debit: int, returned: dict[int, str]) -> str:
    """A camt.053.001.08: the batch debit of the first file, and returns."""
    sent, bank = world.files[0], world.bank
    entries = _entry(
        world,
        debit,
        "DBIT",
        "D1",
        f"<Btch><MsgId>{sent.message_id}</MsgId>"
        f"<PmtInfId>{sent.payment_information_id}</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>",
    )
    for n, code in returned.items():
        entries += _entry(
            world,
            world.amounts[n - 1],
            "CRDT",
            f"R{n}-1",
            f"<TxDtls><Refs><EndToEndId>{world.reference(n)}</EndToEndId></Refs>"
            f"{_amount(world, world.amounts[n - 1])}"
            f"<CdtDbtInd>CRDT</CdtDbtInd><RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf></TxDtls>",
        )
    opening = 1_000_000
    closing = opening - debit + sum(world.amounts[n - 1] for n in returned)
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_amount(world, minor)}"
        "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-09-17</Dt></Dt></Bal>"
        for kind, minor in (("OPBD", opening), ("CLBD", closing))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>BANK-2</MsgId><CreDtTm>2026-09-17T22:00:00Z</CreDtTm></GrpHdr>"
        "<Stmt><Id>S-1</Id><CreDtTm>2026-09-17T22:00:00Z</CreDtTm>"
        f"<Acct><Id><Othr><Id>{bank.debtor.account}</Id></Othr></Id></Acct>"
        f"{balances}{entries}</Stmt></BkToCstmrStmt></Document>"
    )


def _amount(world: Any, minor: int) -> str:
    return f'<Amt Ccy="{world.bank.currency}">{Decimal(minor).scaleb(-2)}</Amt>'


def _entry(world: Any, minor: int, direction: str, reference: str, details: str) -> str:
    return (
        f"<Ntry>{_amount(world, minor)}<CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        "<BookgDt><Dt>2026-09-17</Dt></BookgDt><ValDt><Dt>2026-09-17</Dt></ValDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_files_of_a_bank_are_read_matched_and_booked(world: Any, tmp_path: Path) -> None:
    paths = [
        written(tmp_path, "1.xml", status_xml(world, {2: "AC01"})),
        written(tmp_path, "2.xml", statement_xml(world, debit=1200, returned={3: "AC04"})),
    ]
    for path in paths:
        received = reconciliation.receive(world.connection, path, at=world.now)
        assert received.state == "received"
    outcome = reconciliation.reconcile(world.connection, at=world.now)
    assert outcome.file_count == 2
    assert world.states() == ["settled", "rejected", "returned"]
    assert world.reasons() == ["", "AC01", "AC04"]
    assert world.balances() == {1010: -600, 2120: -1200}
    assert world.proof().ties


def test_the_same_file_twice_is_one_file_whatever_its_name(world: Any, tmp_path: Path) -> None:
    text = statement_xml(world, debit=1800, returned={3: "AC04"})
    first = reconciliation.receive(world.connection, written(tmp_path, "a.xml", text), at=world.now)
    reconciliation.reconcile(world.connection, at=world.now)
    head = world.head()
    second = reconciliation.receive(
        world.connection, written(tmp_path, "b.xml", text), at=world.now
    )
    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert second.inbox_file_id == first.inbox_file_id
    assert reconciliation.reconcile(world.connection, at=world.now) == reconciliation.Outcome()
    assert world.head() == head


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_cut_file_is_quarantined_whole(share: float, world: Any, tmp_path: Path) -> None:
    text = statement_xml(world, debit=1200, returned={1: "AC04", 3: "AC04"})
    cut = written(tmp_path, "cut.xml", text[: int(len(text) * share)])
    received = reconciliation.receive(world.connection, cut, at=world.now)
    assert received.state == "quarantined"
    assert received.refusal_code
    assert "again" in received.refusal_advice
    assert reconciliation.reconcile(world.connection, at=world.now) == reconciliation.Outcome()
    assert world.states() == ["sent", "sent", "sent"]
    kept = world.connection.scalar(sa.text("SELECT count(*) FROM recon.event"))
    assert kept == 0, "nothing of a file that cannot be trusted stays"


def test_the_whole_file_after_a_cut_one_books(world: Any, tmp_path: Path) -> None:
    text = statement_xml(world, debit=1800, returned={3: "AC04"})
    reconciliation.receive(world.connection, written(tmp_path, "day.xml", text[:-40]), at=world.now)
    reconciliation.receive(world.connection, written(tmp_path, "day2.xml", text), at=world.now)
    reconciliation.reconcile(world.connection, at=world.now)
    assert world.states() == ["settled", "settled", "returned"]


def test_a_forged_total_quarantines_the_file(world: Any, tmp_path: Path) -> None:
    text = statement_xml(world, debit=1800, returned={3: "AC04"})
    forged = text.replace(">6.00<", ">6.01<")
    assert forged != text
    received = reconciliation.receive(
        world.connection, written(tmp_path, "forged.xml", forged), at=world.now
    )
    assert received.state == "quarantined"
    assert received.refusal_code == "TOTALS"


def test_a_quarantined_file_is_never_applied_later(world: Any, tmp_path: Path) -> None:
    cut = written(tmp_path, "cut.xml", status_xml(world, {1: "AC01"})[:-30])
    first = reconciliation.receive(world.connection, cut, at=world.now)
    again = reconciliation.receive(world.connection, cut, at=world.now)
    assert (first.state, again.state, again.is_repeat) == ("quarantined", "quarantined", True)
    with pytest.raises(sa.exc.IntegrityError), world.connection.begin_nested():
        world.connection.execute(
            sa.text("UPDATE recon.inbox_file SET state = 'applied', applied_at = now()")
        )


def test_what_the_bank_said_cannot_be_changed(world: Any) -> None:
    world.hear(world.status(whole="ACCP", items={1: "RJCT AC01"}))
    for table in ("event", "match", "inbox_file", "entry"):
        with pytest.raises(sa.exc.DBAPIError), world.connection.begin_nested():
            world.connection.execute(sa.text(f"DELETE FROM recon.{table}"))


def test_messages_can_be_applied_one_by_one(world: Any) -> None:
    for said in (world.status(whole="ACCP"), world.statement(world.debit(1800))):
        world.receive(said)
    first = reconciliation.reconcile(world.connection, at=world.now, file_count_max=1)
    assert (first.file_count, world.states()) == (1, ["accepted"] * 3)
    second = reconciliation.reconcile(world.connection, at=world.now, file_count_max=1)
    assert (second.file_count, world.states()) == (1, ["settled"] * 3)
