"""Any law read twice, by the compiler and plainly, pays random households the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cct_engine.rulebook import Month, Rulebook, compile_cycle, load

from .drawn.compared import on_duckdb
from .drawn.told import told
from .oracle import PlainLaw, calculate
from .oracle.households import Rows, home, households, shard

LAWS = Path(__file__).parent / "laws"
PROGRAMMES = Path(__file__).parents[2] / "cct_engine" / "programmes"
COUNT = int(os.environ.get("CCT_TEST_ORACLE", "40"))
"""Households per law and month; 20,000 for a long hunt."""

# The law, and months in which its edges lie.
FAMILIES = [
    ("school_grant", "2025-06"),
    ("school_grant", "2025-02"),
    ("capped_grant", "2017-01"),
    ("capped_grant", "2018-03"),
    ("entry_grant", "2012-03"),
    ("late_grant", "2012-03"),
    ("late_grant", "2012-07"),
    ("withheld_grant", "2020-04"),
    ("withheld_grant", "2021-01"),
    ("waiting_grant", "2023-03"),
    ("reward_grant", "2024-07"),
    ("sibling_grant", "2024-05"),
    ("scale_grant", "2026-04"),
    ("queue_grant", "2024-05"),
    ("protected_grant", "2024-05"),
    ("bolsa_familia-2008", "2008-04"),
    ("bolsa_familia-2012", "2013-01"),
    ("bolsa_familia-2018", "2019-09"),
    ("bolsa_familia", "2024-05"),
    ("bolsa_familia", "2025-09"),
    ("prospera", "2016-09"),
    ("prospera", "2016-11"),
    ("ingreso_etico_familiar", "2024-06"),
    ("auh", "2024-01"),
    ("familias_en_accion", "2022-08"),
    ("pantawid_4ps", "2025-06"),
    ("pkh", "2024-01"),
    ("dilli_annashree", "2013-03"),
    ("delhi_ladli", "2015-06"),
    ("delhi_pension", "2017-02"),
    ("janani_suraksha", "2014-04"),
    ("pmmvy", "2019-06"),
    ("pmmvy", "2023-08"),
    ("mission_convergence", "2009-01"),
]
# Together these use every construct of the language; a second engine need not run all laws always.
SOME = [
    *FAMILIES[:10:2],
    ("waiting_grant", "2023-03"),
    ("reward_grant", "2024-07"),
    ("sibling_grant", "2024-05"),
    ("scale_grant", "2026-04"),
    ("bolsa_familia-2018", "2019-09"),
    ("pkh", "2024-01"),
]


def law_of(name: str) -> Rulebook:
    """Return a law of the tests, or one that ships, older versions by their file's name."""
    path = LAWS / f"{name}.yaml"
    return load(path if path.is_file() else PROGRAMMES / f"{name}.yaml")


def by_statement(rulebook: Rulebook, month: str, drawn: list[Rows]) -> dict[int, dict[str, Any]]:
    """Return what the compiled statement gives, in the plain reading's words."""
    compiled = compile_cycle(rulebook, month=Month.parse(month))
    return told(on_duckdb(compiled, shard(rulebook, drawn)), compiled.month.number)


@pytest.mark.parametrize(("name", "month"), FAMILIES)
def test_statement_and_plain_reading_of_the_language_agree(name: str, month: str) -> None:
    rulebook = law_of(name)
    law = PlainLaw(rulebook.text)
    cycle = Month.parse(month).number
    drawn = households(law, rulebook.text, cycle, seed=cycle, count=COUNT)
    found = by_statement(rulebook, month, drawn)
    wrong = []
    for rows in drawn:
        number = rows["household"][0]["household_id"]
        plain = calculate(law, home(rows), cycle)
        if plain != found[number]:
            differs = {
                k: (plain[k], found[number][k]) for k in plain if plain[k] != found[number][k]
            }
            wrong.append((number, differs))
    assert wrong[:3] == [], f"{len(wrong)} of {COUNT} differ"
