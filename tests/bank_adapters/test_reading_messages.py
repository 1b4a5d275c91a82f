"""What a bank says becomes events: the same ones, however the file is cut, fast or slow."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bank_adapters import EVENT_SCHEMA, ReadLimits, RefusalCode, RefusedFile, read
from bank_adapters.iso20022 import conductor, reader
from bank_adapters.iso20022.bulk import units_in_bulk
from bank_adapters.iso20022.families import FAMILIES
from bank_adapters.iso20022.regular import Regular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bank_adapters import BankMessage


def exact(content: str) -> BankMessage:
    """Read by the exact extractor alone: a comment anywhere makes sure of it."""
    content = content.replace("<GrpHdr>", "<!-- --><GrpHdr>", 1)
    return read(io.BytesIO(content.encode()), name="answer.xml")


def whole(message: BankMessage) -> tuple[Any, ...]:
    return (
        message.entries,
        message.events.to_pylist(),
        dict(message.totals),
        message.refusals,
        message.message_id,
        message.original_message_id,
        message.format,
    )


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Let the bulk extractor work on files of a few kilobytes, cut at any place."""

    def set_to(block: int) -> None:
        monkeypatch.setattr(reader, "BLOCK_BYTES", block)
        monkeypatch.setattr(conductor, "_RUN_BYTES_MIN", 1)
        monkeypatch.setattr(conductor, "_UNIT_BYTES_MAX", 2_500)

    return set_to


# --- pain.002 ---------------------------------------------------------------------------------


def test_a_status_report_tells_of_the_file_its_groups_and_its_items(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
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


def test_further_reasons_of_an_item_are_kept_as_codes(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
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
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    def item(number: int) -> str:
        own = "R-17" if number == 1 else "account of A Person not found"
        return messages.rejection(number, reasons=f"<Rsn><Prtry>{own}</Prtry></Rsn>")

    message = taken(messages.report(2, item=item))
    first, second = (e for e in message.events.to_pylist() if e["kind"] == "ITEM_STATUS")
    assert (first["reason_list"], first["reason"]) == ("PROPRIETARY", "R-17")
    assert (second["reason_list"], second["reason"]) == ("PROPRIETARY", None)
    assert [(v.position, v.column) for v in message.refusals] == [(3, "reason")]


def test_a_rejected_file_lists_no_items(taken: Callable[..., BankMessage], messages: Any) -> None:
    content = messages.report(0).replace(
        "<GrpSts>PART</GrpSts>",
        "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>DU01</Cd></Rsn></StsRsnInf>",
    )
    event = taken(content).events.to_pylist()[0]
    assert (event["kind"], event["status"], event["reason"]) == ("FILE_STATUS", "RJCT", "DU01")


def test_accepted_items_may_be_left_out_but_none_may_be_listed_more_often_than_stated(
    taken: Callable[..., BankMessage], messages: Any
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
def test_every_version_of_the_status_report_is_read(
    version: int, messages: Any, taken: Callable[..., BankMessage]
) -> None:
    family = f"pain.002.001.{version:02d}"
    assert taken(messages.report(2, family=family)).format == family


# --- camt.05x ---------------------------------------------------------------------------------


def test_a_returned_transfer_is_told_with_its_reason_and_references(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
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


def test_balances_are_told_behind_the_entries(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    told = taken(messages.statement(2)).events.to_pylist()[2:]
    assert [(e["kind"], e["status"], e["amount_minor"], e["direction"]) for e in told] == [
        ("BALANCE", "OPBD", 10_000, "CRDT"),
        ("BALANCE", "CLBD", 10_200, "CRDT"),
    ]
    assert {e["booked_on"] for e in told} == {date(2026, 9, 3)}


def batch(amounts: list[str], *, stated: str | None = None, way: str = "CRDT") -> str:
    """Return what stands in an entry of several payments."""
    payments = "".join(
        f"<TxDtls><Refs><EndToEndId>B{i}</EndToEndId></Refs>"
        + (f'<Amt Ccy="INR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>' if amount else "")
        + "</TxDtls>"
        for i, amount in enumerate(amounts, 1)
    )
    count = f"<NbOfTxs>{stated}</NbOfTxs>" if stated else ""
    group = f"<Btch><MsgId>OUR-1</MsgId><PmtInfId>OUR-1-1</PmtInfId>{count}</Btch>"
    return f"<NtryDtls>{group}{payments}</NtryDtls>"


def only_entry(messages: Any, detail: str, amount: str = "6.00") -> str:
    credit = messages.credit(1, amount=amount, detail=detail)
    closing = f"{100 + int(amount[:-3])}.00"
    return messages.statement(1, entry=lambda _: credit, closing=closing)


def test_an_entry_whose_payments_add_up_becomes_one_row_for_each(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
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
def test_payments_that_do_not_add_up_are_told_but_are_no_money(
    detail: str, messages: Any, taken: Callable[..., BankMessage]
) -> None:
    rows = taken(only_entry(messages, detail)).events.to_pylist()[:3]
    assert [e["kind"] for e in rows] == ["ENTRY", "DETAIL", "DETAIL"]
    assert [e["end_to_end_id"] for e in rows] == [None, "B1", "B2"]
    assert rows[0]["amount_minor"] == 600
    assert rows[0]["batch_count"] == 2


def test_a_batch_booked_debit_without_payments_tells_its_group_and_count(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    rows = taken(only_entry(messages, batch([], stated="3"))).events.to_pylist()
    assert (rows[0]["kind"], rows[0]["batch_count"]) == ("ENTRY", 3)
    assert rows[0]["payment_information_id"] == "OUR-1-1"


def test_charges_and_returns_are_told_by_the_banks_own_code(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    def entry(number: int) -> str:
        kind = {1: "CHRG", 2: "RRTN", 3: "ESCT"}[number]
        return messages.credit(number, detail="").replace("ESCT", kind)

    rows = taken(messages.statement(3, entry=entry)).events.to_pylist()[:3]
    assert [e["kind"] for e in rows] == ["CHARGE", "RETURN", "ENTRY"]


def test_the_status_of_an_entry_is_read_in_old_and_new_versions(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    new = messages.statement(2)
    old = new.replace("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>").replace(
        "camt.053.001.08", "camt.053.001.02"
    )
    assert taken(old).events.equals(taken(new).events)


def test_what_is_only_pending_does_not_move_the_balance(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    def entry(number: int) -> str:
        return messages.credit(number).replace("BOOK", "PDNG" if number == 2 else "BOOK")

    message = taken(messages.statement(2, entry=entry, closing="101.00"))
    assert message.events["status"].to_pylist()[:2] == ["BOOK", "PDNG"]
    with pytest.raises(RefusedFile):
        taken(messages.statement(2, entry=entry, closing="102.00"))


@pytest.mark.parametrize("stated", [1, 2])
def test_a_summary_may_count_all_entries_or_the_booked_ones(
    stated: int, messages: Any, taken: Callable[..., BankMessage]
) -> None:
    def entry(number: int) -> str:
        return messages.credit(number).replace("BOOK", "PDNG" if number == 2 else "BOOK")

    assert taken(messages.statement(2, entry=entry, stated=stated, closing="101.00")).entries == 2
    with pytest.raises(RefusedFile):
        taken(messages.statement(2, entry=entry, stated=stated - 2, closing="101.00"))


def test_a_closing_balance_by_value_date_agrees_without_what_is_valued_later(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    def entry(number: int) -> str:
        later = "<ValDt><Dt>2026-09-04" if number == 2 else "<ValDt><Dt>2026-09-03"
        return messages.credit(number).replace("<ValDt><Dt>2026-09-03", later)

    assert taken(messages.statement(2, entry=entry, closing="101.00")).entries == 2
    assert taken(messages.statement(2, entry=entry, closing="102.00")).entries == 2
    with pytest.raises(RefusedFile):
        taken(messages.statement(2, entry=entry, closing="103.00"))


def test_a_page_that_is_not_the_last_one_is_not_measured_by_balances(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    page = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    content = messages.statement(2, closing="999.00").replace("<Acct>", f"{page}<Acct>", 1)
    assert taken(content).entries == 2


def test_two_statements_in_a_file_keep_their_accounts_apart(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    first = messages.statement(2)
    start, end = first.index("<Stmt>"), first.index("</BkToCstmrStmt>")
    second = first[start:end].replace("999900010001", "999900010002")
    rows = taken(first[:end] + second + first[end:]).events.to_pylist()
    assert [e["account"][-1] for e in rows] == ["1", "1", "2", "2", "1", "1", "2", "2"]
    assert [e["entry_no"] for e in rows] == [1, 2, 3, 4, None, None, None, None]


@pytest.mark.parametrize("family", ["camt.052", "camt.053", "camt.054"])
@pytest.mark.parametrize("version", range(2, 13))
def test_every_version_of_a_statement_is_read(
    family: str, version: int, messages: Any, taken: Callable[..., BankMessage]
) -> None:
    name = f"{family}.001.{version:02d}"
    message = taken(messages.statement(2, family=name))
    assert (message.format, message.entries) == (name, 2)


def test_a_reference_that_is_not_provided_is_none(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    content = messages.statement(1).replace(">E1<", ">NOTPROVIDED<")
    assert taken(content).events["end_to_end_id"].to_pylist()[0] is None


@pytest.mark.parametrize("wrong", ["E" * 37, "E\u202e1", "E\u20091\u200b"])
def test_a_reference_that_breaks_its_format_is_left_out_and_told(
    wrong: str, messages: Any, taken: Callable[..., BankMessage]
) -> None:
    message = taken(messages.statement(2).replace(">E2<", f">{wrong}<"))
    assert message.events["end_to_end_id"].to_pylist()[:2] == ["E1", None]
    assert [(v.position, v.column) for v in message.refusals] == [(2, "end_to_end_id")]


# --- fast and exact ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["statement", "report"])
@pytest.mark.parametrize("fastest", ["regular", "bulk"])
def test_a_large_plain_file_is_read_fast_and_gives_what_the_exact_reader_gives(
    kind: str,
    fastest: str,
    messages: Any,
    taken: Callable[..., BankMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Units written alike go to the fastest extractor; without it, to the bulk extractor."""
    counts: list[int] = []
    found_regularly, found_in_bulk = Regular.units, conductor.units_in_bulk

    def regularly(self: Regular, run: Any, exactly: Any) -> Any:
        found = found_regularly(self, run, exactly) if fastest == "regular" else None
        counts.append(0 if found is None else found.units.num_rows)
        return found

    def in_bulk(run: bytes, count: int, family: Any) -> Any:
        counts.append(count)
        return found_in_bulk(run, count, family)

    monkeypatch.setattr(Regular, "units", regularly)
    monkeypatch.setattr(conductor, "units_in_bulk", in_bulk)
    content = getattr(messages, kind)(6_000)
    fast = taken(content)
    assert sum(counts) > 5_500
    assert (0 in counts) is (fastest == "bulk")
    counts.clear()
    slow = exact(content)
    assert counts == []
    assert whole(fast) == whole(slow)


VARIANTS: list[Callable[[str], str]] = [
    lambda x: x,
    lambda x: x.replace("><", ">\n  <"),
    lambda x: x.replace("><", ">\r\n\t<"),
    lambda x: x.replace("A Person", "José &amp; Søn &#233; देवी <b/>"),
    lambda x: x.replace("<Ntry>", "<Ntry >", 2).replace("</TxInfAndSts>", "</TxInfAndSts >", 2),
    lambda x: x.replace("<NtryRef>N2</NtryRef>", "<NtryRef/>"),
    lambda x: x.replace("<StsId>S2</StsId>", ""),
    lambda x: x.replace("<NtryRef>", "<NtryRef/><NtryRef>").replace(
        "<StsId>", "<StsId> </StsId><StsId>"
    ),
    lambda x: x.replace("</NtryRef>", "</NtryRef><NtryRef/>").replace(
        "</TxSts>", "</TxSts><TxSts/>"
    ),
    lambda x: x.replace("<NtryDtls>", "<NtryDtls/><NtryDtls>", 3),
    lambda x: x.replace("<NtryDtls>", "<NtryDtls><Btch/>", 3),
    lambda x: x.replace(">E3<", "> E3\n<"),
    lambda x: x.replace("<Ntry>", '<Ntry xmlns:q="urn:q">', 1),
    lambda x: x.replace("<TxsSummry>", "<TxsSummry><!-- <Ntry> --><?pi <Ntry>?>"),
    lambda x: x.replace(">E3<", ">E&amp;3<").replace(">E4<", ">E4&#13;<").replace("A P", "A&lt;P"),
    lambda x: x.replace("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK<Any/></Sts>", 2),
    lambda x: x.replace("<NtryDtls>", "E > 1<NtryDtls>").replace("</Ntry><", "</Ntry> , <"),
    lambda x: x.replace('Ccy="INR"', "Ccy = 'INR' other=\">\""),
    lambda x: x.replace("<Cd>AC04</Cd>", "<Cd> </Cd>", 2).replace("<Cd>AC06</Cd>", "<Cd/>"),
]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.tuples(
        st.sampled_from(["statement", "report", "camt.054", "camt.052", "batches"]),
        st.integers(0, 9),
        st.sampled_from(range(len(VARIANTS))),
    ),
    st.integers(40, 6_000),
)
def test_events_do_not_depend_on_how_a_file_is_cut_or_who_reads_it(
    small_blocks: Callable[[int], None],
    messages: Any,
    file: tuple[str, int, int],
    block: int,
) -> None:
    kind, n, variant = file
    content = VARIANTS[variant](_content(messages, kind, n))
    small_blocks(1 << 20)
    conductor._RUN_BYTES_MIN = 1 << 20  # the exact reader alone
    one = read(io.BytesIO(content.encode()), name="answer.xml")
    small_blocks(block)
    other = read(io.BytesIO(content.encode()), name="answer.xml")
    assert whole(one) == whole(other)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Regular, "units", lambda *_: None)  # the bulk reader before it
        third = read(io.BytesIO(content.encode()), name="answer.xml")
    assert whole(one) == whole(third)


def test_entries_under_a_prefix_are_read_and_counted_among_the_others(
    small_blocks: Callable[[int], None], messages: Any
) -> None:
    """A prefix declared in the midst of plain entries hides nothing from the limit."""
    plain = messages.statement(30)
    namespace = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
    first, *others = plain.split("<Ntry>")
    hidden = f'<p:Ntry xmlns:p="{namespace}">'.join(["", *others[9:20]])
    hidden = hidden.replace("</Ntry>", "</p:Ntry>")
    mixed = "<Ntry>".join([first, *others[:9]]) + hidden + "<Ntry>" + "<Ntry>".join(others[20:])
    small_blocks(1 << 20)
    assert outcome(mixed.encode()) == outcome(plain.encode())
    assert outcome(mixed.encode()) is not None
    with pytest.raises(RefusedFile) as refused:
        read(io.BytesIO(mixed.encode()), name="answer.xml", limits=ReadLimits(entries_max=29))
    assert refused.value.code is RefusalCode.TOO_MANY


LETTERS = (
    *(bytes([letter]) for letter in b"<>&/;\"' x\0\x0b\xff"),
    *(b"", b"<b/>", b"</Ntry>", b"<Ntry>", b"]]>", b"&amp;", b"&#0;", b"&lt;", b"\r\n", b"a:"),
    *(b"xmlns:a='b'", b"<Cd>AC01</Cd>", b"<NtryDtls/>", "é".encode(), "\uffff".encode()),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["statement", "report"]),
    st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True),
            st.integers(0, 3),
            st.sampled_from(LETTERS),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_a_file_with_a_few_letters_changed_is_read_or_refused_as_the_exact_reader_does(
    small_blocks: Callable[[int], None],
    messages: Any,
    kind: str,
    changes: list[tuple[float, int, bytes]],
) -> None:
    """What is nearly written alike is where a fast reader could take what it must not."""
    content = _content(messages, kind, 9).encode()
    for place, length, letters in changes:
        at = int(place * len(content))
        content = content[:at] + letters + content[at + length :]
    small_blocks(1 << 20)
    fast = outcome(content)
    conductor._RUN_BYTES_MIN = 1 << 20  # the exact reader alone
    assert fast == outcome(content)


def outcome(content: bytes) -> tuple[Any, ...] | None:
    """Return what a file tells; None where it is refused, whichever of its faults is met first."""
    try:
        return whole(read(io.BytesIO(content), name="answer.xml"))
    except RefusedFile:
        return None


def _content(messages: Any, kind: str, n: int) -> str:
    if kind == "report":
        return messages.report(n)
    if kind == "batches":
        return messages.statement(
            n,
            entry=lambda i: messages.credit(
                i, amount="1.00", detail=batch(["0.01"] * (95 + i) + ["0.02"] * (i % 3))
            ),
        )
    return messages.statement(n, family={"statement": "camt.053"}.get(kind, kind) + ".001.08")


def test_the_bulk_extractor_is_not_believed_where_its_count_differs(messages: Any) -> None:
    statement, report = FAMILIES["camt.053"], FAMILIES["pain.002"]
    run = f"<r>{messages.credit(1)}{messages.credit(2)}</r>".encode()
    assert units_in_bulk(run, 2, statement) is not None
    assert units_in_bulk(run, 3, statement) is None
    assert units_in_bulk(run.replace(b"<NtryDtls>", b"<NtryDtls><Btch/>"), 2, statement) is None
    twice = run.replace(b"<NtryRef>", b"<NtryRef>N0</NtryRef><NtryRef>")
    assert units_in_bulk(twice, 2, statement) is None
    assert units_in_bulk(f"<r>{messages.rejection(1)}</r>".encode(), 2, report) is None


def test_a_huge_batch_inside_one_entry_is_read_in_bulk_too(
    messages: Any, taken: Callable[..., BankMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_bulk: list[int] = []
    original = conductor.rows_in_bulk

    def counted(run: bytes, count: int, *rest: Any) -> Any:
        in_bulk.append(count)
        return original(run, count, *rest)

    monkeypatch.setattr(conductor, "rows_in_bulk", counted)
    monkeypatch.setattr(conductor, "_UNIT_BYTES_MAX", 1 << 20)
    content = only_entry(messages, batch(["1.00"] * 20_000, stated="20000"), "20000.00")
    fast = taken(content)
    assert sum(in_bulk) > 10_000
    slow = exact(content)
    assert whole(fast) == whole(slow)
    assert fast.events.num_rows == 20_002
    assert fast.entries == 1


def test_delivered_batches_are_the_events_and_the_table_stays_empty(messages: Any) -> None:
    content = messages.statement(3_000).encode()
    delivered: list[pa.RecordBatch] = []
    streamed = read(io.BytesIO(content), name="a", deliver=delivered.append)
    table = read(io.BytesIO(content), name="a").events
    assert streamed.events.num_rows == 0
    assert pa.Table.from_batches(delivered).equals(table)


def test_a_path_and_a_stream_that_gives_little_at_a_time_are_read_alike(
    messages: Any, tmp_path: Path
) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1_000, 1_000))

    content = messages.statement(2_000).encode()
    file = tmp_path / "answer.xml"
    file.write_bytes(content)
    assert whole(read(file, name="a")) == whole(read(Dripping(content), name="a"))


# --- counted only -----------------------------------------------------------------------------


def test_our_own_payment_file_is_counted_and_added_up(
    rows: Callable[..., pa.Table], brl: Any, context: Any, tmp_path: Path
) -> None:
    from bank_adapters import write_file  # noqa: PLC0415 - the writer is not this file's subject

    sealed = write_file(rows(1_500, brl), context(brl), tmp_path)
    message = read(sealed.path, name=sealed.name)
    assert (message.format, message.entries) == ("pain.001.001.09", 1_500)
    assert message.totals == {"BRL.DBIT": sealed.total_minor}
    assert (message.message_id, message.sha256) == (sealed.message_id, sealed.sha256)
    forged = sealed.path.read_text().replace("<NbOfTxs>1500<", "<NbOfTxs>1499<", 1)
    with pytest.raises(RefusedFile):
        read(io.BytesIO(forged.encode()), name="forged")
