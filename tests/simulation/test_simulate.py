"""A law tried against a cycle: who gains, who loses, and not a cent moves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from correction_world import STORIES
from lxml import html

from cct_engine import rulebook, simulation
from cct_engine.rulebook import programme

if TYPE_CHECKING:
    from pathlib import Path

    from correction_world import World

    from cct_engine.rulebook import Rulebook
    from cct_engine.simulation import Simulation

OCTOBER = "bolsa_familia-2026-10"
FAMILIES = len(STORIES["stories"])


def changed(*replaced: tuple[str, str]) -> Rulebook:
    """Return the law of 2023 with some of its words replaced."""
    text = programme("bolsa_familia").text
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new)
    return rulebook.parse(text, file="trial.yaml")


def tried(lived: World, law: Rulebook) -> Simulation:
    with lived.database.transaction() as connection:
        return simulation.simulate(connection, lived.home, OCTOBER, law)


def test_the_same_law_changes_nobody(lived: World) -> None:
    found = tried(lived, programme("bolsa_familia"))
    assert (found.change_minor, found.gaining_count, found.losing_count) == (0, 0, 0)
    assert found.count("same") == found.household_count == FAMILIES


def test_a_higher_floor_costs_its_difference_for_every_family_below_it(lived: World) -> None:
    found = tried(lived, changed(("value: 600.00, law", "value: 650.00, law")))
    assert found.losing_count == 0
    by_code = {one.component: one.change_minor for one in found.components}
    added, halved = by_code.pop("BCO"), by_code.pop("PROT")
    assert added == 50_00 * found.gaining_count
    assert halved == -25_00, "one family is under protection: half of what is added is taken off"
    assert added + halved == found.change_minor
    assert set(by_code.values()) == {0}


def test_who_loses_and_who_gains_are_told_apart_and_the_sums_tie(lived: World) -> None:
    law = changed(
        ("value: 600.00, law", "value: 610.00, law"), ("value: 150.00, law", "value: 0, law")
    )
    found = tried(lived, law)
    assert found.gaining_count
    assert found.losing_count
    for rows in (found.kinds, found.components, found.districts):
        assert sum(one.before_minor for one in rows) == found.before_minor
        assert sum(one.after_minor for one in rows) == found.after_minor
    assert all(one.change_minor > 0 for one in found.gains)
    assert all(one.change_minor < 0 for one in found.losses)
    baby = lived.household("F2")
    assert baby in {one.household_id for one in found.losses}


def test_a_law_that_asks_what_was_not_frozen_says_so(lived: World) -> None:
    law = changed(
        ("  household:\n", "  household:\n    has_well: {type: bool, absent: true}\n"),
        ("    amount: early_childhood\n", "    amount: early_childhood\n"),
        (
            "keep: household.income_total <= entry_line * household.size",
            "keep: household.income_total <= entry_line * household.size AND household.has_well",
        ),
    )
    found = tried(lived, law)
    assert found.not_frozen == ("household.has_well",)
    assert found.change_minor == 0  # absent: true, so everybody counts as having one


def test_no_books_are_touched(lived: World) -> None:
    counted = (
        "SELECT (SELECT count(*) FROM people.act), (SELECT count(*) FROM ledger.batch),"
        " (SELECT count(*) FROM cycle.run), (SELECT count(*) FROM cycle.programme_version)"
    )
    before = lived.rows(counted)
    tried(lived, changed(("value: 600.00, law", "value: 650.00, law")))
    assert lived.rows(counted) == before


def test_the_law_of_another_programme_is_refused(lived: World) -> None:
    with pytest.raises(simulation.OtherProgramme, match="Give a law of that programme"):
        tried(lived, programme("dilli_annashree"))


def test_page_tables_and_json_say_the_same(lived: World, tmp_path: Path) -> None:
    found = tried(lived, changed(("value: 600.00, law", "value: 650.00, law")))
    written = {path.name: path for path in simulation.write_out(found, tmp_path / "trial")}
    told = json.loads(written["simulation.json"].read_text())
    assert told["change_minor"] == found.change_minor
    page: Any = html.fromstring(written["simulation.html"].read_text())
    totals = [cell.text_content() for cell in page.xpath("//tfoot/tr/td[last()]")]
    assert totals == ["+575,00", "+575,00"]
    assert len(page.xpath("//svg")) == 3
    assert written["components.csv"].read_text().count("\n") == len(found.components) + 1
