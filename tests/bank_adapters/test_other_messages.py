"""camt.029, pacs.002 and pacs.004 become the same events; orders are only counted."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from read_messages import taken, told

from bank_adapters import RefusalCode, RefusedFile, read, write_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa


COLUMNS = (
    "kind",
    "status",
    "reason_list",
    "reason",
    "original_message_id",
    "instruction_id_text",
    "amount_minor",
)


def document(form: str, body: str) -> str:
    return f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{form}">{body}</Document>'


def item(number: int, status: str, reason: str, amount: str) -> str:
    return (
        f"<TxInfAndSts><CxlStsId>C{number}</CxlStsId><OrgnlInstrId>E{number}-1</OrgnlInstrId>"
        f"<OrgnlEndToEndId>E{number}</OrgnlEndToEndId><TxCxlSts>{status}</TxCxlSts>"
        f"<CxlStsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></CxlStsRsnInf>{amount}</TxInfAndSts>"
    )


def resolution(version: str) -> str:
    between_banks = item(
        3, "ACCR", "CUST", '<OrgnlIntrBkSttlmAmt Ccy="INR">3.00</OrgnlIntrBkSttlmAmt>'
    ).replace(
        "<OrgnlInstrId>", "<OrgnlGrpInf><OrgnlMsgId>OUR-9</OrgnlMsgId></OrgnlGrpInf><OrgnlInstrId>"
    )
    return document(
        f"camt.029.001.{version}",
        "<RsltnOfInvstgtn><Assgnmt><Id>R-1</Id></Assgnmt><Sts><Conf>PECR</Conf></Sts><CxlDtls>"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>OUR-1</OrgnlMsgId><GrpCxlSts>PACR</GrpCxlSts>"
        "</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>OUR-1-1</OrgnlPmtInfId>"
        + item(1, "ACCR", "CUST", '<OrgnlInstdAmt Ccy="INR">1.00</OrgnlInstdAmt>')
        + item(2, "RJCR", "AC04", "")
        + f"</OrgnlPmtInfAndSts>{between_banks}</CxlDtls></RsltnOfInvstgtn>",
    )


@pytest.mark.parametrize("version", [f"{n:02d}" for n in range(3, 14)])
def test_a_resolution_tells_what_became_of_each_recall(version: str) -> None:
    message = taken(resolution(version))
    assert (message.format, message.entries) == (f"camt.029.001.{version}", 3)
    assert message.totals == {"ACCR": 2, "RJCR": 1}
    assert message.message_id == "R-1"
    assert [row for row in told(message, *COLUMNS) if row[0] == "ITEM_STATUS"] == [
        ("ITEM_STATUS", "ACCR", "STATUS", "CUST", "OUR-1", "E1-1", 100),
        ("ITEM_STATUS", "RJCR", "STATUS", "AC04", "OUR-1", "E2-1", None),
        ("ITEM_STATUS", "ACCR", "STATUS", "CUST", "OUR-9", "E3-1", 300),
    ]
    groups = told(message, "kind", "status", "payment_information_id")
    assert ("FILE_STATUS", "PACR", None) in groups
    assert {row[2] for row in groups} >= {"OUR-1-1"}


def returned(*amounts: str, total: str, version: str = "09") -> str:
    items = "".join(
        f"<TxInf><RtrId>R{n}</RtrId><OrgnlGrpInf><OrgnlMsgId>OUR-1</OrgnlMsgId></OrgnlGrpInf>"
        f"<OrgnlInstrId>E{n}-1</OrgnlInstrId><OrgnlEndToEndId>E{n}</OrgnlEndToEndId>"
        f'<RtrdIntrBkSttlmAmt Ccy="BRL">{amount}</RtrdIntrBkSttlmAmt>'
        "<IntrBkSttlmDt>2026-09-03</IntrBkSttlmDt>"
        "<RtrRsnInf><Rsn><Cd>AC03</Cd></Rsn></RtrRsnInf></TxInf>"
        for n, amount in enumerate(amounts, 1)
    )
    return document(
        f"pacs.004.001.{version}",
        f"<PmtRtr><GrpHdr><MsgId>P-1</MsgId><NbOfTxs>{len(amounts)}</NbOfTxs><CtrlSum>{total}"
        f"</CtrlSum></GrpHdr>{items}</PmtRtr>",
    )


@pytest.mark.parametrize("version", ["02", "08", "09", "14"])
def test_a_payment_return_is_a_refusal_with_the_reason_of_the_return_list(version: str) -> None:
    message = taken(returned("1.00", "2.50", total="3.50", version=version))
    assert message.totals == {"BRL.CRDT": 350, "RJCT": 2}
    assert told(message, *COLUMNS) == [
        ("ITEM_STATUS", "RJCT", "RETURN", "AC03", "OUR-1", "E1-1", 100),
        ("ITEM_STATUS", "RJCT", "RETURN", "AC03", "OUR-1", "E2-1", 250),
    ]


def test_a_payment_return_that_disagrees_with_its_control_sum_is_refused() -> None:
    with pytest.raises(RefusedFile) as refused:
        taken(returned("1.00", total="2.00"))
    assert refused.value.code == RefusalCode.TOTALS
    settled = '</CtrlSum><TtlRtrdIntrBkSttlmAmt Ccy="BRL">2.00</TtlRtrdIntrBkSttlmAmt>'
    with pytest.raises(RefusedFile) as refused:
        taken(returned("1.00", total="1.00").replace("</CtrlSum>", settled))
    assert refused.value.code == RefusalCode.TOTALS


def test_a_status_between_banks_is_read_as_one_of_a_report() -> None:
    message = taken(
        document(
            "pacs.002.001.10",
            "<FIToFIPmtStsRpt><GrpHdr><MsgId>P-2</MsgId></GrpHdr><OrgnlGrpInfAndSts>"
            "<OrgnlMsgId>OUR-1</OrgnlMsgId></OrgnlGrpInfAndSts><TxInfAndSts>"
            "<OrgnlInstrId>E1-1</OrgnlInstrId><OrgnlEndToEndId>E1</OrgnlEndToEndId>"
            "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC06</Cd></Rsn></StsRsnInf><OrgnlTxRef>"
            '<IntrBkSttlmAmt Ccy="BRL">7.00</IntrBkSttlmAmt><CdtrAcct><Id><Othr><Id>12345678</Id>'
            "</Othr></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts></FIToFIPmtStsRpt>",
        )
    )
    assert told(message, *COLUMNS) == [
        ("ITEM_STATUS", "RJCT", "STATUS", "AC06", "OUR-1", "E1-1", 700)
    ]
    assert told(message, "creditor_account") == [("12345678",)]


def test_orders_are_counted_and_their_rows_are_no_money() -> None:
    debits = "".join(
        f'<DrctDbtTxInf><PmtId><EndToEndId>D{n}</EndToEndId></PmtId><InstdAmt Ccy="EUR">{n}.00'
        "</InstdAmt></DrctDbtTxInf>"
        for n in (1, 2)
    )
    message = taken(
        document(
            "pain.008.001.08",
            "<CstmrDrctDbtInitn><GrpHdr><MsgId>O-1</MsgId><NbOfTxs>2</NbOfTxs><CtrlSum>3</CtrlSum>"
            f"</GrpHdr><PmtInf>{debits}</PmtInf></CstmrDrctDbtInitn>",
        )
    )
    assert message.entries == 2
    assert message.totals == {"EUR.DBIT": 300}
    assert told(message, "kind", "end_to_end_id") == [("DETAIL", "D1"), ("DETAIL", "D2")]


def test_our_own_payment_file_is_counted_and_added_up(
    rows: Callable[..., pa.Table], brl: Any, context: Any, tmp_path: Path
) -> None:
    sealed = write_file(rows(1_500, brl), context(brl), tmp_path)
    message = read(sealed.path, name=sealed.name)
    assert (message.format, message.entries) == ("pain.001.001.09", 1_500)
    assert message.totals == {"BRL.DBIT": sealed.total_minor}
    assert (message.message_id, message.sha256) == (sealed.message_id, sealed.sha256)
    forged = sealed.path.read_text().replace("<NbOfTxs>1500<", "<NbOfTxs>1499<", 1)
    with pytest.raises(RefusedFile):
        read(io.BytesIO(forged.encode()), name="forged")
