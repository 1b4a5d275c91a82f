"""What is checked before submission, and what a finding does to money.

What each check does per programme, and why, stands in ``policy.yaml``.
"""

from cct_engine.cycle.checks.keeping import Finding, findings
from cct_engine.cycle.checks.overriding import confirm_override, propose_override
from cct_engine.cycle.checks.policy import Check, policy
from cct_engine.cycle.checks.step import check, recheck

__all__ = [
    "Check",
    "Finding",
    "check",
    "confirm_override",
    "findings",
    "policy",
    "propose_override",
    "recheck",
]
