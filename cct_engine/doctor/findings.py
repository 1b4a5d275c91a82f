"""What a check found: a grade, a sentence, and what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = ["Finding", "Grade", "fine", "look_at", "mend"]


class Grade(StrEnum):
    """fine: nothing to do · look: works, but not as in production · mend: do this first."""

    FINE = "fine"
    LOOK = "look"
    MEND = "mend"


class Finding(NamedTuple):
    """One thing looked at. ``to_do`` is empty where nothing is to be done."""

    check: str
    grade: Grade
    found: str
    to_do: str = ""


def fine(check: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(check, Grade.FINE, found)


def look_at(check: str, found: str, to_do: str) -> Finding:
    """It works; production wants it otherwise."""
    return Finding(check, Grade.LOOK, found, to_do)


def mend(check: str, found: str, to_do: str) -> Finding:
    """It must be mended."""
    return Finding(check, Grade.MEND, found, to_do)
