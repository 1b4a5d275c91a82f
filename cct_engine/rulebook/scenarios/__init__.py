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
from cct_engine.rulebook.scenarios.telling import explain_scenario

__all__ = [
    "RAILS",
    "Scenario",
    "ScenarioFile",
    "ScenarioResult",
    "Trace",
    "UnreadableScenario",
    "explain_scenario",
    "read_file",
    "read_scenarios",
    "run",
]
