"""Scenarios: what the policy people expect, written beside the law and run as tests."""

from cct_engine.rulebook.scenarios.running import ScenarioResult, Trace, run
from cct_engine.rulebook.scenarios.scenario import (
    Scenario,
    ScenarioFile,
    UnreadableScenario,
    golden_cases,
    read_file,
    read_scenarios,
)

__all__ = [
    "Scenario",
    "ScenarioFile",
    "ScenarioResult",
    "Trace",
    "UnreadableScenario",
    "golden_cases",
    "read_file",
    "read_scenarios",
    "run",
]
