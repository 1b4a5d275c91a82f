"""The bank makes mistakes: what can be trusted is booked, the rest is named and keeps a cycle open.

A mistake is one line of a camt.054 off by one minor unit, a line that names nothing of ours, and a
message that was cut on its way.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pytest
import sqlalchemy as sa
from demo_plays import HOUSEHOLDS, LAST
from lxml import etree

import ledger
import reconciliation
from bank_adapters.simulator import FailureMix, simulate
from cct_engine import cycle
from cct_engine.cycle import CycleError
from cct_engine.demo import DemoPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from demo_plays import Books

    from cct_engine.cycle import BridgeReport
    from cct_engine.demo.office import Office

PLAN = DemoPlan(households=HOUSEHOLDS, seed=2026)
VALUE_DAY = PLAN.on_day(LAST, 9)
CLOSING_DAY = PLAN.on_day(LAST, 17)
BRAZIL, DELHI = f"bolsa_familia-{LAST}", f"dilli_annashree-{LAST}"
MIX = replace(FailureMix.NONE, failures_per_100k=25_000, failures_again_per_100k=25_000)
"""A quarter of the payments comes back, and the bank makes no mistake but those of this test."""


class Heard(NamedTuple):
    """The answers of the last month, mistakes included, as they were taken in."""

    office: Office
    report: BridgeReport
    returns: int
    wrong_minor: int
    unknown_minor: int
    returned_minor: int
    booked_before: tuple[int, int]
    cut: Path


@pytest.fixture
def heard(moments: dict[str, Books], copied: Callable[[Books], Books]) -> Iterator[Heard]:
    """The bank answers the last month's orders, with its three mistakes."""
    books = copied(moments["release"])
    bank = books.corner / "bank"
    day = VALUE_DAY.now().date()
    answers = simulate(bank / "outbox", bank / "answers", seed=PLAN.seed, mix=MIX, on=day)
    told = {path.name.split("-", 2)[2]: path for path in answers if "camt.053" not in path.name}
    brazil, delhi = _returns(told.values())
    amounts = _spoil(brazil)
    contents = delhi.read_bytes()
    delhi.write_bytes(contents[: len(contents) // 2])
    inbox = cycle.inbox_of(books.corner)
    inbox.mkdir(parents=True, exist_ok=True)
    for path in told.values():
        path.rename(inbox / path.name)
    with books.office() as office:
        before = _returned(office)
        report = cycle.reconcile(office.desk("liaison", VALUE_DAY))
        wrong, unknown, *rest = amounts
        yield Heard(
            office=office,
            report=report,
            returns=len(amounts),
            wrong_minor=wrong,
            unknown_minor=unknown,
            returned_minor=sum(rest),
            booked_before=before,
            cut=bank / "quarantine" / delhi.name,
        )


def test_a_line_off_by_one_minor_unit_and_a_line_that_names_nothing_of_ours_wait_with_their_reason(
    heard: Heard,
) -> None:
    with heard.office.database.transaction() as connection:
        items = reconciliation.open_items(connection, on=CLOSING_DAY.now().date())
    assert [(item.reason, item.amount_minor, item.direction, item.booked) for item in items] == [
        ("amount_differs", heard.wrong_minor, "CRDT", True),
        ("unknown_reference", heard.unknown_minor, "CRDT", True),
    ]
    assert all(item.owner_role and item.text for item in items)
    assert heard.report.suspense_count == 2


def test_every_other_line_of_the_same_message_is_booked(heard: Heard) -> None:
    count, total = _returned(heard.office)
    assert heard.returns > 10
    assert count - heard.booked_before[0] == heard.returns - 2
    assert total - heard.booked_before[1] == heard.returned_minor
    with heard.office.database.transaction() as connection:
        fund_id = cycle.by_code(connection, BRAZIL).fund_id
        suspense = ledger.balance(connection, 2900, fund_id=fund_id)
        assert ledger.verify(connection) == ()
    assert suspense == -(heard.wrong_minor + heard.unknown_minor)


def test_a_cut_message_is_quarantined_whole_and_nothing_of_it_is_booked(heard: Heard) -> None:
    assert len(heard.report.quarantined) == 1
    with heard.office.database.transaction() as connection:
        kept = connection.execute(
            sa.text(
                "SELECT f.inbox_file_id, f.name, f.state, f.refusal_code, f.refusal_place,"
                " f.refusal_advice, (SELECT count(*) FROM recon.event e"
                "   WHERE e.inbox_file_id = f.inbox_file_id) AS events"
                " FROM recon.inbox_file f WHERE f.name = :name"
            ),
            {"name": heard.cut.name},
        ).one()
        cycle_id = cycle.by_code(connection, DELHI).cycle_id
        booked = ledger.totals_by_event(connection, cycle_id)
    assert (kept.state, kept.events) == ("quarantined", 0)
    assert kept.refusal_code
    assert kept.refusal_place
    assert kept.refusal_advice
    assert ledger.Event.RETURN_AFTER not in booked
    aside = heard.cut.with_name(f"{kept.inbox_file_id:06d}-{heard.cut.name}")
    assert aside.is_file()


def test_the_cycle_refuses_to_close_and_says_what_for(heard: Heard) -> None:
    with pytest.raises(CycleError) as refusal:
        cycle.close(heard.office.desk("liaison", CLOSING_DAY), BRAZIL)
    said = str(refusal.value)
    assert f"{BRAZIL} stays open" in said
    assert "1 The entry names our payment or file with another amount" in said
    assert "1 The entry names nothing that we sent" in said
    assert "Nothing was closed" in said
    with heard.office.database.transaction() as connection:
        assert cycle.by_code(connection, BRAZIL).state == "released"
    assert not cycle.report_of(heard.office.settings.home, BRAZIL).exists()


def test_the_refusal_to_close_stands_in_the_record_of_acts(heard: Heard) -> None:
    with pytest.raises(CycleError):
        cycle.close(heard.office.desk("liaison", CLOSING_DAY), BRAZIL)
    with heard.office.database.transaction() as connection:
        last = connection.execute(
            sa.text("SELECT verb, subject, outcome FROM people.act ORDER BY act_id DESC LIMIT 1")
        ).one()
    assert tuple(last) == ("cycle.close", f"cycle/{BRAZIL}", "refused")


def _returned(office: Office) -> tuple[int, int]:
    """Count and add up what the books say came back after it was paid, over the three months."""
    count = total = 0
    with office.database.transaction() as connection:
        for period in PLAN.periods:
            cycle_id = cycle.by_code(connection, f"bolsa_familia-{period}").cycle_id
            booked = ledger.totals_by_event(connection, cycle_id)
            if ledger.Event.RETURN_AFTER in booked:
                count += booked[ledger.Event.RETURN_AFTER].line_count
                total += booked[ledger.Event.RETURN_AFTER].total_minor
    return count, total


def _returns(paths: Iterable[Path]) -> tuple[Path, Path]:
    """Tell the two programmes' advices of returns apart by their currency."""
    found = [path for path in paths if "returns" in path.name]
    by_currency = {path.read_text().split("<Ccy>")[1][:3]: path for path in found}
    return by_currency["BRL"], by_currency["INR"]


def _spoil(advice: Path) -> list[int]:
    """Make two mistakes in an advice, its own totals kept right; return its amounts as they are.

    The first line is one minor unit short, the second names nothing of ours.
    """
    tree = etree.parse(advice)
    entries = tree.findall(".//{*}Ntry")
    for amount in entries[0].iterfind(".//{*}Amt"):
        amount.text = str(Decimal(amount.text) - Decimal("0.01"))
    references = entries[1].find(".//{*}Refs")
    for reference in list(references):
        if etree.QName(reference).localname == "EndToEndId":
            reference.text = "XX-NOBODY-KNOWS-THIS"
        elif etree.QName(reference).localname != "AcctSvcrRef":
            references.remove(reference)
    for total in tree.iterfind(".//{*}TxsSummry//{*}Sum"):
        if Decimal(total.text):
            total.text = str(Decimal(total.text) - Decimal("0.01"))
    for total in tree.iterfind(".//{*}TxsSummry//{*}TtlNetNtry/{*}Amt"):
        total.text = str(Decimal(total.text) - Decimal("0.01"))
    tree.write(advice, encoding="UTF-8", xml_declaration=True)
    return [int(Decimal(entry.find("{*}Amt").text) * 100) for entry in entries]
