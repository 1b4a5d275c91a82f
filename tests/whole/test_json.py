"""What ``cct demo --json`` prints: the promised keys, and figures that can be recounted."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from lxml import etree

if TYPE_CHECKING:
    from demo_plays import Books, Played

MONEY = {
    "entitled_minor",
    "carried_minor",
    "held_minor",
    "withheld_minor",
    "paid_minor",
    "returned_minor",
    "unsent_minor",
    "suspense_minor",
}


def test_the_json_has_the_keys_that_are_promised(genuine: Played) -> None:
    value = genuine.ran.value
    assert set(value) >= {
        "households",
        "persons",
        "cycles",
        "files",
        "ledger_head",
        "steps",
        "proof",
    }
    assert value["households"] >= 150
    assert value["persons"] > value["households"]
    assert len(value["ledger_head"]) == 64
    assert value["proof"]["ties"] is True
    for cycle in value["cycles"]:
        assert set(cycle) >= {"programme", "period", "money"}
        assert set(cycle["money"]) >= MONEY
        assert all(isinstance(amount, int) for amount in cycle["money"].values())
    for file in value["files"]:
        assert set(file) >= {"name", "path", "count", "sum_minor", "currency", "sha256"}
    for step in value["steps"]:
        assert set(step) >= {"step", "seconds", "peak_mb"}


def test_three_months_of_two_programmes_are_closed(genuine: Played) -> None:
    cycles = genuine.ran.value["cycles"]
    assert {(cycle["programme"], cycle["period"]) for cycle in cycles} == {
        (programme, period)
        for programme in ("bolsa_familia", "dilli_annashree")
        for period in ("2026-09", "2026-10", "2026-11")
    }
    assert {cycle["state"] for cycle in cycles} == {"closed"}


def test_standard_output_is_the_json_and_nothing_else(genuine: Played) -> None:
    assert genuine.ran.output.startswith("{")
    assert genuine.ran.errors == ""


def test_every_file_is_where_it_is_said_to_be_with_the_hash_that_is_said(genuine: Played) -> None:
    files = genuine.ran.value["files"]
    assert len(files) >= 6
    for file in files:
        assert hashlib.sha256(Path(file["path"]).read_bytes()).hexdigest() == file["sha256"]
    assert len({file["name"] for file in files}) == len(files)


def test_count_and_sum_of_every_file_hold_when_another_reader_counts_the_payments(
    genuine: Played,
) -> None:
    for file in genuine.ran.value["files"]:
        amounts = _amounts_in(Path(file["path"]))
        assert len(amounts) == file["count"]
        assert sum(minor for _, minor in amounts) == file["sum_minor"]
        assert {currency for currency, _ in amounts} == {file["currency"]}


def test_what_the_list_owes_is_paid_returned_held_withheld_or_not_yet_sent(
    genuine: Played, finished: Books
) -> None:
    """Released holds of earlier lists are paid on top of what a list owes; recoveries less."""
    for cycle in genuine.ran.value["cycles"]:
        money = cycle["money"]
        code = f"{cycle['programme']}-{cycle['period']}"
        moved = _moved_between_lists(finished, code)
        left = money["entitled_minor"] + moved["released"] - moved["recovered"]
        right = (
            money["paid_minor"]
            + money["returned_minor"]
            + money["held_minor"]
            + money["withheld_minor"]
            + moved["not_yet_sent"]
        )
        assert left == right, code
        assert money["carried_minor"] == moved["released"] - moved["recovered"]
        assert money["unsent_minor"] == moved["not_yet_sent"]
        assert money["entitled_minor"] > 0
        assert money["suspense_minor"] == 0


def test_every_payment_of_the_files_is_paid_returned_or_came_back_and_went_again(
    genuine: Played,
) -> None:
    value = genuine.ran.value
    for currency in ("BRL", "INR"):
        sent = sum(file["sum_minor"] for file in value["files"] if file["currency"] == currency)
        ended = sum(
            cycle["money"]["paid_minor"] + cycle["money"]["returned_minor"]
            for cycle in value["cycles"]
            if cycle["currency"] == currency
        )
        assert sent >= ended > 0.9 * sent


def _amounts_in(path: Path) -> list[tuple[str, int]]:
    """Read a payment file with lxml alone: currency and minor units of each payment."""
    found = etree.parse(path).iterfind(".//{*}CdtTrfTxInf/{*}Amt/{*}InstdAmt")
    return [(amount.get("Ccy"), int(Decimal(amount.text) * 100)) for amount in found]


def _moved_between_lists(books: Books, code: str) -> dict[str, Any]:
    query = sa.text(
        """
        SELECT coalesce(sum(amount_minor) FILTER (WHERE source = 'released'), 0)::bigint
                   AS released,
               coalesce(-sum(amount_minor) FILTER (WHERE source = 'recovery'), 0)::bigint
                   AS recovered,
               coalesce(sum(amount_minor) FILTER (WHERE money_state = 'payable' AND NOT EXISTS (
                   SELECT FROM cycle.instruction_part p WHERE p.cycle_id = l.cycle_id
                   AND p.household_id = l.household_id AND p.line_seq = l.line_seq)), 0)::bigint
                   AS not_yet_sent
        FROM cycle.entitlement_line l JOIN cycle.cycle c USING (cycle_id) WHERE c.code = :code
        """
    )
    with books.opened() as database, database.transaction() as connection:
        return dict(connection.execute(query, {"code": code}).mappings().one())
