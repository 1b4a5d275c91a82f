"""Years later: a closed cycle calculated again from what was sealed with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cct_engine.entitlement import SealBroken, recompute

if TYPE_CHECKING:
    from correction_world import World

MARCH = "bolsa_familia-2027-03"


def test_a_cycle_with_corrections_in_it_can_be_repeated_to_the_same_amounts(lived: World) -> None:
    with lived.database.transaction() as connection:
        again = recompute(connection, lived.home, MARCH)
    assert again.repeats
    assert again.row_counts["household"] == again.household_count


def test_an_input_that_was_changed_since_is_not_calculated_with(lived: World) -> None:
    facts = next((lived.home / "cycles" / MARCH / "snapshot").glob("household/*.parquet"))
    sealed = facts.read_bytes()
    facts.write_bytes(sealed[:-1] + b"x")
    try:
        with lived.database.transaction() as connection, pytest.raises(SealBroken):
            recompute(connection, lived.home, MARCH)
    finally:
        facts.write_bytes(sealed)
