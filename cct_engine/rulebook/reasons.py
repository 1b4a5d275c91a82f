"""The reason codes of lines: why a part was lost, and why the rest waits.

A line has one code. Where a share of it is lost and the rest waits, the code says both, what was
lost first: ``ladder:family:reduced+no_payee``. In the books each state of money has its own.
"""

from __future__ import annotations

__all__ = ["AND", "lost_reason", "waiting_reason"]

AND = "+"
"""Stands between the two; no name of a law may hold it."""


def lost_reason(code: str) -> str:
    """Return why the forfeited part of a line was lost."""
    return code.partition(AND)[0]


def waiting_reason(code: str) -> str:
    """Return why the held or withheld part of a line waits."""
    return code.rpartition(AND)[2]
