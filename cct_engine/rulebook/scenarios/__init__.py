"""Scenarios: what the policy people expect, written beside the law and run as tests."""

from cct_engine.rulebook.scenarios.running import ScenarioResult, Trace, run
from cct_engine.rulebook.scenarios.scenario import (
    RAILS,
    Scenario,
    ScenarioFile,
    UnreadableScenario,
    read_file,
    read_scenarios,
)

__all__ = [
    "RAILS",
    "Scenario",
    "ScenarioFile",
    "ScenarioResult",
    "Trace",
    "UnreadableScenario",
    "read_file",
    "read_scenarios",
    "run",
]
