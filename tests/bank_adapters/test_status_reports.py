"""What a status report says becomes events: of the file, its groups and its items."""

from __future__ import annotations

from typing import Any

import pytest
from read_messages import taken

from bank_adapters import RefusalCode, RefusedFile


def test_a_status_report_tells_of_the_file_its_groups_and_its_items(messages: Any) -> None:
    message = taken(messages.report(2))
    assert message.format == "pain.002.001.10"
    assert (message.message_id, message.original_message_id) == ("ACK-1", "OUR-1")
    assert dict(message.totals) == {"RJCT": 2}
    told = [
        (e["position"], e["kind"], e["status"], e["end_to_end_id"], e["reason"], e["amount_minor"])
        for e in message.events.to_pylist()
    ]
    assert told == [
        (1, "FILE_STATUS", "PART", None, None, None),
        (2, "ITEM_STATUS", "RJCT", "E1", "AC03", 150),
        (3, "ITEM_STATUS", "RJCT", "E2", "AC03", 250),
        (4, "GROUP_STATUS", "PART", None, None, None),
    ]
    item = message.events.to_pylist()[1]
    assert item["original_message_id"] == "OUR-1"
    assert item["payment_information_id"] == "OUR-1-1"
    assert item["instruction_id_text"] == "E1-1"
    assert item["reason_list"] == "STATUS"
    assert (item["currency"], item["entry_no"]) == ("INR", 1)


def test_further_reasons_of_an_item_are_kept_as_codes(messages: Any) -> None:
    reasons = (
        "<Rsn><Cd>AC03</Cd></Rsn></StsRsnInf><StsRsnInf><Rsn><Cd>BE04</Cd></Rsn></StsRsnInf>"
        "<StsRsnInf><Rsn><Prtry>X-77</Prtry></Rsn>"
    )
    message = taken(messages.report(3, item=lambda i: messages.rejection(i, reasons=reasons)))
    items = [e for e in message.events.to_pylist() if e["kind"] == "ITEM_STATUS"]
    assert {(e["reason_list"], e["reason"], e["extra"]) for e in items} == {
        ("STATUS", "AC03", "also BE04 X-77")
    }


def test_a_banks_own_reason_is_proprietary_and_free_text_is_left_out_and_told(
    messages: Any,
) -> None:
    def item(number: int) -> str:
        own = "R-17" if number == 1 else "account of A Person not found"
        return messages.rejection(number, reasons=f"<Rsn><Prtry>{own}</Prtry></Rsn>")

    message = taken(messages.report(2, item=item))
    first, second = (e for e in message.events.to_pylist() if e["kind"] == "ITEM_STATUS")
    assert (first["reason_list"], first["reason"]) == ("PROPRIETARY", "R-17")
    assert (second["reason_list"], second["reason"]) == ("PROPRIETARY", None)
    assert [(v.position, v.column) for v in message.refusals] == [(3, "reason")]


def test_a_rejected_file_lists_no_items(messages: Any) -> None:
    content = messages.report(0).replace(
        "<GrpSts>PART</GrpSts>",
        "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>DU01</Cd></Rsn></StsRsnInf>",
    )
    event = taken(content).events.to_pylist()[0]
    assert (event["kind"], event["status"], event["reason"]) == ("FILE_STATUS", "RJCT", "DU01")


def test_accepted_items_may_be_left_out_but_none_may_be_listed_more_often_than_stated(
    messages: Any,
) -> None:
    accepted = "<NbOfTxsPerSts><DtldNbOfTxs>{}</DtldNbOfTxs><DtldSts>ACSP</DtldSts></NbOfTxsPerSts>"
    end = "</OrgnlGrpInfAndSts>"
    assert taken(messages.report(2).replace(end, accepted.format(97) + end)).entries == 2

    def item(number: int) -> str:
        return messages.rejection(number).replace("RJCT", "ACSP")

    listed = messages.report(3, item=item, stated=0).replace(end, accepted.format(2) + end)
    with pytest.raises(RefusedFile) as refused:
        taken(listed)
    assert refused.value.code == RefusalCode.TOTALS


@pytest.mark.parametrize("version", range(3, 15))
def test_every_version_of_the_status_report_is_read(version: int, messages: Any) -> None:
    family = f"pain.002.001.{version:02d}"
    assert taken(messages.report(2, family=family)).format == family
