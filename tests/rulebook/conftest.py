"""Rulebooks and worked cases, each run once for all tests that ask about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cct_engine.rulebook import Rulebook, programme, run_cases
from cct_engine.rulebook.scenarios import ScenarioResult, read_file

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
def golden(shared: Path) -> dict[str, ScenarioResult]:
    """The worked cases of the reference material, each by the law of its month: by their id."""
    file = read_file(shared / "domain" / "golden_cases.yaml")
    return {result.id: result for result in run_cases(file)}
