"""What a statement says becomes events: money once, with its reason and references."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from read_messages import batch, only_entry, taken

from bank_adapters import EVENT_SCHEMA, RefusedFile


def test_a_returned_transfer_is_told_with_its_reason_and_references(messages: Any) -> None:
    event = taken(messages.statement(1)).events.to_pylist()[0]
    assert event == dict.fromkeys(EVENT_SCHEMA.names) | {
        "position": 1,
        "kind": "RETURN",
        "end_to_end_id": "E1",
        "instruction_id_text": "E1-1",
        "status": "BOOK",
        "reason_list": "RETURN",
        "reason": "AC04",
        "amount_minor": 100,
        "currency": "INR",
        "direction": "CRDT",
        "reversal": False,
        "account": "999900010001",
        "booked_on": date(2026, 9, 3),
        "value_on": date(2026, 9, 3),
        "bank_reference": "R1",
        "entry_reference": "N1",
        "entry_no": 1,
    }


def test_balances_are_told_behind_the_entries(messages: Any) -> None:
    told = taken(messages.statement(2)).events.to_pylist()[2:]
    assert [(e["kind"], e["status"], e["amount_minor"], e["direction"]) for e in told] == [
        ("BALANCE", "OPBD", 10_000, "CRDT"),
        ("BALANCE", "CLBD", 10_200, "CRDT"),
    ]
    assert {e["booked_on"] for e in told} == {date(2026, 9, 3)}


def test_an_entry_whose_payments_add_up_becomes_one_row_for_each(messages: Any) -> None:
    detail = batch(["1.00", "2.00", "3.00"], stated="3")
    rows = taken(only_entry(messages, detail)).events.to_pylist()[:3]
    assert [(e["kind"], e["amount_minor"], e["end_to_end_id"]) for e in rows] == [
        ("ENTRY", 100, "B1"),
        ("ENTRY", 200, "B2"),
        ("ENTRY", 300, "B3"),
    ]
    assert {e["payment_information_id"] for e in rows} == {"OUR-1-1"}
    assert {e["original_message_id"] for e in rows} == {"OUR-1"}
    assert {(e["entry_no"], e["batch_count"]) for e in rows} == {(1, None)}


@pytest.mark.parametrize(
    "detail",
    [
        batch(["1.00", "2.00"], stated="2"),  # less than the entry: fees
        batch(["1.00", "5.01"]),
        batch(["", ""]),  # no amounts
        batch(["6.00", ""]),
        batch(["1.00", "5.00"], way="DBIT"),  # another direction than the entry
        batch(["1.00", "5.00"]).replace("INR", "USD"),  # another currency
    ],
)
def test_payments_that_do_not_add_up_are_told_but_are_no_money(detail: str, messages: Any) -> None:
    rows = taken(only_entry(messages, detail)).events.to_pylist()[:3]
    assert [e["kind"] for e in rows] == ["ENTRY", "DETAIL", "DETAIL"]
    assert [e["end_to_end_id"] for e in rows] == [None, "B1", "B2"]
    assert rows[0]["amount_minor"] == 600
    assert rows[0]["batch_count"] == 2


def test_a_batch_booked_debit_without_payments_tells_its_group_and_count(messages: Any) -> None:
    rows = taken(only_entry(messages, batch([], stated="3"))).events.to_pylist()
    assert (rows[0]["kind"], rows[0]["batch_count"]) == ("ENTRY", 3)
    assert rows[0]["payment_information_id"] == "OUR-1-1"


def test_charges_and_returns_are_told_by_the_banks_own_code(messages: Any) -> None:
    def entry(number: int) -> str:
        kind = {1: "CHRG", 2: "RRTN", 3: "ESCT"}[number]
        return messages.credit(number, detail="").replace("ESCT", kind)

    rows = taken(messages.statement(3, entry=entry)).events.to_pylist()[:3]
    assert [e["kind"] for e in rows] == ["CHARGE", "RETURN", "ENTRY"]


def test_the_status_of_an_entry_is_read_in_old_and_new_versions(messages: Any) -> None:
    new = messages.statement(2)
    old = new.replace("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>").replace(
        "camt.053.001.08", "camt.053.001.02"
    )
    assert taken(old).events.equals(taken(new).events)


def test_what_is_only_pending_does_not_move_the_balance(messages: Any) -> None:
    def entry(number: int) -> str:
        return messages.credit(number).replace("BOOK", "PDNG" if number == 2 else "BOOK")

    message = taken(messages.statement(2, entry=entry, closing="101.00"))
    assert message.events["status"].to_pylist()[:2] == ["BOOK", "PDNG"]
    with pytest.raises(RefusedFile):
        taken(messages.statement(2, entry=entry, closing="102.00"))


@pytest.mark.parametrize("stated", [1, 2])
def test_a_summary_may_count_all_entries_or_the_booked_ones(stated: int, messages: Any) -> None:
    def entry(number: int) -> str:
        return messages.credit(number).replace("BOOK", "PDNG" if number == 2 else "BOOK")

    assert taken(messages.statement(2, entry=entry, stated=stated, closing="101.00")).entries == 2
    with pytest.raises(RefusedFile):
        taken(messages.statement(2, entry=entry, stated=stated - 2, closing="101.00"))


def test_a_closing_balance_by_value_date_agrees_without_what_is_valued_later(messages: Any) -> None:
    def entry(number: int) -> str:
        later = "<ValDt><Dt>2026-09-04" if number == 2 else "<ValDt><Dt>2026-09-03"
        return messages.credit(number).replace("<ValDt><Dt>2026-09-03", later)

    assert taken(messages.statement(2, entry=entry, closing="101.00")).entries == 2
    assert taken(messages.statement(2, entry=entry, closing="102.00")).entries == 2
    with pytest.raises(RefusedFile):
        taken(messages.statement(2, entry=entry, closing="103.00"))


def test_a_page_that_is_not_the_last_one_is_not_measured_by_balances(messages: Any) -> None:
    page = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    content = messages.statement(2, closing="999.00").replace("<Acct>", f"{page}<Acct>", 1)
    assert taken(content).entries == 2


def test_two_statements_in_a_file_keep_their_accounts_apart(messages: Any) -> None:
    first = messages.statement(2)
    start, end = first.index("<Stmt>"), first.index("</BkToCstmrStmt>")
    second = first[start:end].replace("999900010001", "999900010002")
    rows = taken(first[:end] + second + first[end:]).events.to_pylist()
    assert [e["account"][-1] for e in rows] == ["1", "1", "2", "2", "1", "1", "2", "2"]
    assert [e["entry_no"] for e in rows] == [1, 2, 3, 4, None, None, None, None]


@pytest.mark.parametrize("family", ["camt.052", "camt.053", "camt.054"])
@pytest.mark.parametrize("version", range(2, 13))
def test_every_version_of_a_statement_is_read(family: str, version: int, messages: Any) -> None:
    name = f"{family}.001.{version:02d}"
    message = taken(messages.statement(2, family=name))
    assert (message.format, message.entries) == (name, 2)


def test_a_reference_that_is_not_provided_is_none(messages: Any) -> None:
    content = messages.statement(1).replace(">E1<", ">NOTPROVIDED<")
    assert taken(content).events["end_to_end_id"].to_pylist()[0] is None


@pytest.mark.parametrize("wrong", ["E" * 37, "E\u202e1", "E\u20091\u200b"])
def test_a_reference_that_breaks_its_format_is_left_out_and_told(wrong: str, messages: Any) -> None:
    message = taken(messages.statement(2).replace(">E2<", f">{wrong}<"))
    assert message.events["end_to_end_id"].to_pylist()[:2] == ["E1", None]
    assert [(v.position, v.column) for v in message.refusals] == [(2, "end_to_end_id")]
