"""A day at the bank on one page: what came, what matched, what did not, and who must act."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import reconciliation


def acts(page: reconciliation.Day) -> set[tuple[str, int]]:
    return {(act.role, act.number) for act in page.acts}


def test_a_day_on_which_all_was_paid_asks_nobody(world: Any) -> None:
    world.hear(world.status(whole="ACCP"), world.statement(world.debit(1800)))
    page = reconciliation.day(world.connection, world.now.date())
    assert [file.format for file in page.came] == ["pain.002.001.10", "camt.053.001.08"]
    assert [(row.what, row.number, row.total_minor) for row in page.matched] == [
        ("payments settled", 3, 1800)
    ]
    assert page.unmatched == ()
    assert page.is_clear
    day = world.now.date()
    assert page.sentence == f"{day}: 2 file(s) came. 3 payments settled. All is explained."


def test_a_day_tells_failures_strangers_and_charges_and_whose_they_are(world: Any) -> None:
    world.hear(
        world.status(whole="ACCP", items={1: "RJCT MD07"}),
        world.statement(
            world.debit(1200),
            world.credit(2, reason="AC04"),
            world.stray(777, reference="S1"),
            world.stray(12, reference="C1", direction="DBIT", kind="CHARGE"),
        ),
    )
    page = reconciliation.day(world.connection, world.now.date())
    matched = {row.what: (row.number, row.total_minor) for row in page.matched}
    assert matched["payments settled"] == (2, 1200)
    assert matched["payments failed before the money left"] == (1, 600)
    assert matched["payments that came back"] == (1, 600)
    assert matched["charges of the bank"] == (1, 12)
    assert [(row.number, row.total_minor) for row in page.unmatched] == [(1, 777)]
    assert ("case_worker", 1) in acts(page), "a reported death"
    assert ("centre_staff", 1) in acts(page), "a closed account"
    assert (page.unmatched[0].owner_role, 1) in acts(page)
    assert page.unmatched[0].text == "The entry names nothing that we sent."
    assert page.sentence.endswith("1 charges of the bank. 1 booking(s) wait for an explanation.")


def test_another_day_shows_its_own_files_and_what_still_waits(world: Any) -> None:
    world.hear(world.statement(world.stray(777, reference="S1")))
    later = world.now.date() + timedelta(days=9)
    page = reconciliation.day(world.connection, later)
    assert (page.came, page.matched) == ((), ())
    assert page.unmatched[0].oldest_days == (later - world.files[0].execution_on).days
