"""This list against the one before: every cent of difference has one reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.entitlement import Change, compare

if TYPE_CHECKING:
    from conftest import Desk, Law

SEPTEMBER = 2026 * 12 + 8


def test_without_a_cycle_before_everybody_has_joined(desk: Desk) -> None:
    pins = desk.open()
    desk.listed(pins, households=10)
    with desk.database.transaction() as connection:
        comparison = compare(connection, pins.cycle_id)
    assert comparison.previous is None
    assert comparison.ties
    assert (comparison.joined_count, comparison.this_count) == (8, 8)
    assert set(comparison.by_reason()) == {"joined"}


def test_joiners_leavers_and_releases_tie_the_two_totals(desk: Desk) -> None:
    september = desk.open(SEPTEMBER, cycle_id=1)
    desk.listed(september, households=20)
    desk.approve(september)
    october = desk.open(SEPTEMBER + 1, cycle_id=2)
    desk.listed(october, households=22)
    with desk.database.transaction() as connection:
        comparison = compare(connection, october.cycle_id)
    assert comparison.ties
    assert comparison.previous == "small-2026-09"
    assert comparison.joined_count == 2
    # two blocked families are paid their September money although October is held again
    assert comparison.resumed_count == 2
    assert comparison.by_reason() == {"joined": 60_000 + 65_000, "released": 65_000 + 70_000}
    assert comparison.families == {"joined": 2, "released": 2}


LAWS = (
    ("5000 *", "6000 *", {"amount_changed"}),
    ("5000 *", "0 *", {"component_removed"}),
    ("WHEN 7 THEN 'held'", "WHEN 6 THEN 'held'", {"held"}),
    ("WHEN 9 THEN 'forfeited'", "WHEN 8 THEN 'forfeited'", {"forfeited"}),
    ("COUNT(*) AS BIGINT) AS size", "COUNT(*) + 1 AS BIGINT) AS size", {"size_changed"}),
)


def test_a_change_of_law_or_sanction_is_called_by_its_name(desk: Desk, law: Law) -> None:
    september = desk.open(SEPTEMBER, cycle_id=1)
    desk.listed(september, households=20)
    desk.approve(september)
    october = desk.open(SEPTEMBER + 1, cycle_id=2)
    snapshot = desk.freeze(october, households=20)
    for number, (right, wrong, reasons) in enumerate(LAWS):
        run = desk.calculate(snapshot, law.with_fault(right, wrong), place=f"run-{number}")
        desk.store(october, run)
        with desk.database.transaction() as connection:
            comparison = compare(connection, october.cycle_id)
        assert comparison.ties
        assert reasons <= set(comparison.by_reason())


def test_who_left_is_counted_with_the_money_they_no_longer_get(desk: Desk) -> None:
    september = desk.open(SEPTEMBER, cycle_id=1)
    desk.listed(september, households=6)
    desk.approve(september)
    october = desk.open(SEPTEMBER + 1, cycle_id=2)
    desk.listed(october, households=5)
    with desk.database.transaction() as connection:
        comparison = compare(connection, october.cycle_id)
    assert comparison.ties
    assert comparison.left_count == 1
    assert comparison.changes == (
        Change("left", "BCO", 1, -45_800),
        Change("left", "BRC", 1, -14_200),
    )
    assert comparison.families == {"left": 1}
