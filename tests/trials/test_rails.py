"""The cases of the payment rails come out of the engine's own steps, books and checks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cct_engine import trials

if TYPE_CHECKING:
    from cct_engine.rulebook.scenarios import ScenarioResult


@pytest.fixture(scope="module")
def played() -> dict[str, ScenarioResult]:
    """Every case of the rails, one with a wrong expectation and one nobody knows: played once."""
    cases = trials.own_cases()
    wrong = next(case for case in cases if case.id == "RL-08")
    wrong = replace(wrong, expect={"entitlements": {"2024-03": "not_due"}, "colour": "red"})
    results = trials.play([*cases, wrong, replace(cases[0], id="RL-99")])
    names = [*(case.id for case in cases), "WRONG", "UNKNOWN"]
    return dict(zip(names, results, strict=True))


@pytest.mark.parametrize(
    "case", ["RL-01", "RL-02", "RL-03", "RL-04", "RL-06", "RL-07", "RL-08", "RL-09"]
)
def test_a_case_of_the_rails_comes_out_of_the_books(
    played: dict[str, ScenarioResult], case: str
) -> None:
    assert played[case].differences == ()


def test_a_case_nobody_can_play_is_failed_and_not_left_out(
    played: dict[str, ScenarioResult],
) -> None:
    assert not played["UNKNOWN"].passed
    assert "no step" in played["UNKNOWN"].differences[0]


def test_a_wrong_expectation_fails_with_what_was_found(played: dict[str, ScenarioResult]) -> None:
    first, second = played["WRONG"].differences
    assert "expected {'2024-03': 'not_due'}" in first
    assert second == "colour: nobody understands this expectation"
