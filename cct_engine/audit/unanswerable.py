"""Findings our data cannot answer, and why: an auditor is told, not left to think all was asked."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["UNANSWERABLE", "Unanswerable"]


class Unanswerable(NamedTuple):
    """A finding no control answers."""

    finding: int
    asks: str
    reason: str


UNANSWERABLE: Final = (
    Unanswerable(
        12,
        "Which milestones were due and not acted on?",
        "No programme of this engine renews a claim at a milestone; every family is assessed in "
        "every cycle.",
    ),
    Unanswerable(
        21,
        "Which accounts has nobody drawn from for 180 days?",
        "What a family does with its own account is known to its bank alone, and no bank sends "
        "it. Money that is still ours to pay is in the control of unclaimed balances.",
    ),
    Unanswerable(
        28,
        "Which paid families stand on the tax roll or the staff list?",
        "No feed brings those lists. What was found and not recovered is in the control of "
        "overpayments.",
    ),
)
