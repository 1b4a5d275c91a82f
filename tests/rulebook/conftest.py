"""Rulebooks and worked cases, each run once for all tests that ask about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cct_engine.rulebook import Rulebook, programme, run_scenarios
from cct_engine.rulebook.scenarios import (
    ScenarioFile,
    ScenarioResult,
    golden_cases,
    read_file,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAMMES = Path(__file__).parents[2] / "cct_engine" / "programmes"


@pytest.fixture(scope="session")
def bolsa_familia() -> Rulebook:
    """The law of Bolsa Família since June 2023."""
    return programme("bolsa_familia")


@pytest.fixture(scope="session")
def dilli_annashree() -> Rulebook:
    """The rules of Dilli Annashree."""
    return programme("dilli_annashree")


@pytest.fixture(scope="session")
def golden(shared: Path) -> Callable[[str, str], dict[str, ScenarioResult]]:
    """Worked cases of a rule set, run against a programme's rulebook: by the case's id."""
    done: dict[str, dict[str, ScenarioResult]] = {}

    def results(code: str, ruleset: str) -> dict[str, ScenarioResult]:
        if ruleset not in done:
            cases = golden_cases(shared / "domain" / "golden_cases.yaml", ruleset=ruleset)
            header = read_file(PROGRAMMES / f"{code}.scenarios.yaml")
            file = ScenarioFile(
                code, cases, header.defaults, header.words, header.conditions, header.nursing
            )
            done[ruleset] = {r.id: r for r in run(programme(code), file, cases)}
        return done[ruleset]

    return results


@pytest.fixture(scope="session")
def own_scenarios() -> Callable[[str], dict[str, ScenarioResult]]:
    """A programme's own scenarios, run once: by their id."""
    done: dict[str, dict[str, ScenarioResult]] = {}

    def results(code: str) -> dict[str, ScenarioResult]:
        if code not in done:
            done[code] = {result.id: result for result in run_scenarios(code)}
        return done[code]

    return results
