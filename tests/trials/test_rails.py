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
    """Every case of the rails, played once, and one with a wrong expectation."""
    cases = trials.own_cases()
    wrong = next(case for case in cases if case.id == "RL-08")
    wrong = replace(wrong, expect={"entitlements": {"2024-03": "not_due"}, "colour": "red"})
    results = {result.id: result for result in trials.play(cases)}
    (results["WRONG"],) = trials.play([wrong])
    return results


@pytest.mark.parametrize(
    "case", ["RL-01", "RL-02", "RL-03", "RL-04", "RL-06", "RL-07", "RL-08", "RL-09"]
)
def test_a_case_of_the_rails_comes_out_of_the_books(
    played: dict[str, ScenarioResult], case: str
) -> None:
    assert played[case].differences == ()


def test_a_case_nobody_can_play_is_failed_and_not_left_out() -> None:
    case = replace(trials.own_cases()[0], id="RL-99")
    (result,) = trials.play([case])
    assert not result.passed
    assert "no step" in result.differences[0]


def test_a_wrong_expectation_fails_with_what_was_found(played: dict[str, ScenarioResult]) -> None:
    first, second = played["WRONG"].differences
    assert "expected {'2024-03': 'not_due'}" in first
    assert second == "colour: nobody understands this expectation"
