"""Forms drawn after everything else, so that a seed's law stays what it was but for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .words import Words

__all__ = ["draw_more"]


def draw_more(words: Words, law: dict[str, Any]) -> None:
    """Add forms to a law already drawn."""
    grace = law["standing"].get("grace")
    if grace is not None:
        grace["again"] = words.one(("always", "once", "once", "once_per_enrolment"))
