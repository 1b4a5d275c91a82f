"""What the simulated bank answers: whole messages, sums that tie, mistakes that are put right."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from bank_adapters.simulator import FailureMix, Outcome, UnreadableOrderError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.conftest import Desk, Entry

DAY = date(2026, 9, 18)
LATER = DAY + timedelta(days=10)
STRESS = replace(FailureMix.STRESS, repeats_per_100k=2_000)


@pytest.fixture
def busy_desk(desk: Desk) -> Desk:
    """Two orders of one account and one of another, answered to the last late return."""
    desk.release("a.xml", 400, "PIX-0001", tag="A")
    desk.release("b.xml", 300, "PIX-0002", tag="B")
    desk.release("c.xml", 200, "NEFT-0001", tag="C", account="999900010001")
    desk.simulate(mix=STRESS, on=DAY)
    desk.simulate(mix=STRESS, on=LATER)
    return desk


def test_every_answer_is_valid_against_its_schema(busy_desk: Desk, shared: Path) -> None:
    schemas: dict[str, etree.XMLSchema] = {}
    seen = Counter()
    for answer in busy_desk.read():
        name = answer.schema
        if name not in schemas:
            schemas[name] = etree.XMLSchema(etree.parse(shared / "bank" / "xsd" / f"{name}.xsd"))
        assert schemas[name].validate(answer.root), schemas[name].error_log
        seen[name] += 1
    assert set(seen) == {"pain.002.001.10", "camt.054.001.08", "camt.053.001.08"}


def test_each_block_is_debited_once_with_its_control_sum_less_what_was_rejected(
    busy_desk: Desk,
) -> None:
    expected: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for transfer in busy_desk.expected(STRESS):
        if transfer.outcome is not Outcome.REJECTED:
            expected[transfer.message_id] += transfer.amount_minor
            counts[transfer.message_id] += 1
    booked = {}
    for answer in busy_desk.read("camt.053"):
        for entry in answer.entries():
            if entry.batch is not None:
                message_id, payment_id, count = entry.batch
                assert message_id not in booked
                assert payment_id == f"{message_id}-1"
                booked[message_id] = -entry.amount_minor
                assert count == counts[message_id]
    assert booked == expected


def test_opening_balance_and_entries_give_the_closing_balance_of_every_statement(
    busy_desk: Desk,
) -> None:
    before: dict[str, int] = {}
    for answer in busy_desk.read("camt.053"):
        account = answer.text("Acct/Id/Othr/Id")
        balances = answer.balances()
        moved = sum(entry.amount_minor for entry in answer.entries())
        assert balances["OPBD"] + moved == balances["CLBD"]
        assert balances["OPBD"] == before.get(account, 0)
        before[account] = balances["CLBD"]
        assert int(answer.text("TtlNtries/NbOfNtries")) == len(answer.entries())
    assert len(before) == 2


def test_a_statement_starts_from_the_funds_the_account_was_given(
    desk: Desk,
) -> None:
    desk.release("a.xml", 3, "PIX-0001")
    desk.simulate(mix=FailureMix.NONE, on=DAY, opening_minor=1_000_000)
    (answer,) = desk.read("camt.053")
    paid = 14_200 + 28_401 + 42_602
    assert answer.balances() == {"OPBD": 1_000_000, "CLBD": 1_000_000 - paid}


def test_an_entry_of_an_advice_stands_in_a_statement_under_the_same_reference(
    busy_desk: Desk,
) -> None:
    stated = {
        entry.reference: entry
        for answer in busy_desk.read("camt.053")
        for entry in answer.entries()
    }
    advised = {
        entry.reference: entry
        for answer in busy_desk.read("camt.054")
        for entry in answer.entries()
    }
    assert advised == stated


def test_the_answers_together_tell_of_every_transfer_what_the_model_tells(busy_desk: Desk) -> None:
    rejected = {}
    for answer in busy_desk.read("pain.002"):
        assert answer.text("GrpSts") == "ACCP"
        rejected |= dict(answer.rejected())
    returned = {}
    for answer in busy_desk.read("camt.053"):
        for entry in answer.entries():
            if entry.instruction_id and not entry.reversal:
                returned[entry.instruction_id] = (entry.reason, entry.amount_minor)
    expected = busy_desk.expected(STRESS)
    assert len(expected) == 900
    for transfer in expected:
        reference = transfer.instruction_id
        match transfer.outcome:
            case Outcome.REJECTED:
                assert rejected.pop(reference) == transfer.code
            case Outcome.RETURNED:
                assert returned.pop(reference) == (transfer.code, transfer.amount_minor)
    assert not rejected
    assert not returned


def test_a_return_carries_the_original_references_and_a_bank_reference_of_its_own(
    busy_desk: Desk,
) -> None:
    returns = [
        entry
        for answer in busy_desk.read("camt.053")
        for entry in answer.entries()
        if entry.instruction_id
    ]
    assert returns
    for entry in returns:
        assert entry.instruction_id == f"{entry.end_to_end_id}-1"
        assert len(entry.uetr) == 36
    credited = [entry.bank_reference for entry in returns if not entry.reversal]
    assert len(set(credited)) == len(credited)


def test_some_returns_come_on_later_days_and_none_after_the_last(busy_desk: Desk) -> None:
    days = {path.name[:8] for path in busy_desk.named("camt.053")}
    assert {"20260918", "20260919", "20260920", "20260921"} == days


def test_a_wrong_amount_is_reversed_and_corrected_on_the_next_day(busy_desk: Desk) -> None:
    by_transfer: dict[str, list[Entry]] = defaultdict(list)
    for answer in busy_desk.read("camt.053"):
        for entry in answer.entries():
            by_transfer[entry.instruction_id].append(entry)
    stories = {key: story for key, story in by_transfer.items() if key and len(story) > 1}
    assert len(stories) == 2  # the first order of each account
    for wrong, back, right in stories.values():
        assert wrong.amount_minor == right.amount_minor - 1
        assert back.reversal
        assert back.amount_minor == -wrong.amount_minor
        assert back.bank_reference == wrong.bank_reference
        assert len({wrong.reference, back.reference, right.reference}) == 3
        assert right.bank_reference != wrong.bank_reference
        assert not right.reversal


def test_a_credit_nobody_knows_is_taken_back_two_days_later(busy_desk: Desk) -> None:
    strays = [
        (answer.name[:8], entry)
        for answer in busy_desk.read("camt.053")
        for entry in answer.entries()
        if entry.end_to_end_id.startswith("XX")
    ]
    (first, credit), (second, back) = strays
    assert (first, second) == ("20260918", "20260920")
    assert back.reversal
    assert back.amount_minor == -credit.amount_minor
    assert back.bank_reference == credit.bank_reference
    known = {row.end_to_end_id for row in busy_desk.expected(STRESS)}
    assert credit.end_to_end_id not in known


def test_the_cut_advice_cannot_be_read_and_comes_whole_on_the_next_day(busy_desk: Desk) -> None:
    wholes = busy_desk.named("-whole")
    for whole in wholes:
        name = whole.name.replace("-whole", "").replace("20260919", "20260918")
        cut = whole.with_name(name)
        with pytest.raises(etree.XMLSyntaxError):
            etree.parse(cut)
        assert whole.read_bytes().startswith(cut.read_bytes())
        etree.parse(whole)
    assert [path.name[:8] for path in wholes] == ["20260919", "20260919"]


def test_names_of_answers_sort_in_the_order_of_delivery(desk: Desk) -> None:
    desk.release("a.xml", 100, "PIX-0001", tag="A")
    desk.release("b.xml", 100, "PIX-0002", tag="B")
    paths = desk.simulate(mix=STRESS, on=DAY) + desk.simulate(mix=STRESS, on=LATER)
    assert paths == desk.named()


def test_an_advice_delivered_twice_has_the_same_bytes_under_another_name(busy_desk: Desk) -> None:
    (again,) = busy_desk.named("-again")
    once = again.with_name(again.name.replace("-again", ""))
    assert again.read_bytes() == once.read_bytes()


def test_a_repeated_line_is_written_twice_in_advices_but_booked_once(busy_desk: Desk) -> None:
    advised = Counter(
        entry.reference
        for answer in busy_desk.read("camt.054")
        if "again" not in answer.name
        for entry in answer.entries()
    )
    assert 2 in advised.values()
    booked = Counter(
        entry.reference for answer in busy_desk.read("camt.053") for entry in answer.entries()
    )
    assert set(booked.values()) == {1}


def test_an_order_is_settled_on_the_day_it_asks_for(desk: Desk) -> None:
    desk.release("a.xml", 5, "PIX-0001")
    early = DAY - timedelta(days=2)
    paths = desk.simulate(mix=FailureMix.NONE, on=early)
    assert [path.name[9:20] for path in paths] == ["10-pain.002"]
    paths = desk.simulate(mix=FailureMix.NONE, on=DAY)
    assert [path.name[9:20] for path in paths] == ["20-camt.054", "90-camt.053"]


def test_an_order_after_the_days_statement_is_taken_on_the_next_day(
    desk: Desk,
) -> None:
    desk.release("a.xml", 5, "PIX-0001")
    desk.simulate(mix=FailureMix.NONE, on=DAY)
    before = {path.name: path.read_bytes() for path in desk.named()}
    desk.release("b.xml", 5, "PIX-0002", tag="B")
    desk.simulate(mix=FailureMix.NONE, on=DAY)
    assert {path.name: path.read_bytes() for path in desk.named()} == before
    desk.simulate(mix=FailureMix.NONE, on=DAY + timedelta(days=1))
    assert len(desk.named("20260919-90-camt.053")) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stated_count": 4}, "AM19"),
        ({"control_sum": "1.00"}, "AM10"),
    ],
)
def test_an_order_whose_own_totals_do_not_hold_is_refused_as_a_whole(
    desk: Desk, changes: dict[str, Any], code: str
) -> None:
    desk.release("a.xml", 5, "PIX-0001", **changes)
    desk.simulate(mix=FailureMix.NONE, on=LATER)
    (answer,) = desk.read()
    assert (answer.text("GrpSts"), answer.text("StsRsnInf/Rsn/Cd")) == ("RJCT", code)
    outcomes = desk.expected(FailureMix.NONE)
    assert {(row.outcome, row.code) for row in outcomes} == {(Outcome.REJECTED, code)}


def test_a_second_order_under_the_same_message_id_is_refused_and_moves_no_money(
    desk: Desk,
) -> None:
    desk.release("a.xml", 5, "PIX-0001")
    desk.release("b.xml", 5, "PIX-0001", tag="B")
    desk.simulate(mix=FailureMix.NONE, on=DAY)
    reasons = sorted(answer.text("StsRsnInf/Rsn/Cd") for answer in desk.read("pain.002"))
    assert reasons == ["", "DU01"]
    assert len(desk.named("debit")) == 1


def test_a_copy_of_an_order_under_another_name_is_taken_once(desk: Desk) -> None:
    order = desk.release("a.xml", 5, "PIX-0001")
    desk.put("copy.xml", order.read_text(encoding="utf-8"))
    desk.simulate(mix=FailureMix.NONE, on=DAY)
    assert len(desk.named("pain.002")) == 1


def test_when_every_transfer_is_rejected_the_order_is_and_nothing_is_debited(
    desk: Desk,
) -> None:
    reasons = tuple(reason._replace(rejected_percent=100) for reason in FailureMix.NORMAL.reasons)
    mix = replace(FailureMix.NONE, failures_per_100k=100_000, reasons=reasons)
    desk.release("a.xml", 5, "PIX-0001")
    desk.simulate(mix=mix, on=LATER)
    (answer,) = desk.read()
    assert answer.text("GrpSts") == "RJCT"
    assert len(answer.rejected()) == 5


def test_half_an_order_is_not_taken(desk: Desk) -> None:
    order = desk.release("a.xml", 50, "PIX-0001")
    text = order.read_text(encoding="utf-8")
    desk.put("a.xml", text[: len(text) // 2])
    with pytest.raises(UnreadableOrderError, match=r"a\.xml"):
        desk.simulate(mix=FailureMix.NONE, on=DAY)
    assert not desk.named()


def test_an_order_that_asks_for_single_booking_is_not_taken(desk: Desk) -> None:
    desk.release("a.xml", 5, "PIX-0001", batch_booking="false")
    with pytest.raises(UnreadableOrderError, match="batch booking"):
        desk.simulate(mix=FailureMix.NONE, on=DAY)
