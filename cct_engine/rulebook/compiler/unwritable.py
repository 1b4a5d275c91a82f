"""What of a law cannot become SQL, each with the entry of the file that asks for it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.rulebook.expressions import Path

__all__ = ["NotCompiled", "TooLarge", "Unwritable", "standing_at"]


class Unwritable(Exception):  # noqa: N818 - it reads as what is said
    """A form, an amount or a value of a law that a statement cannot hold.

    ``at`` is the way to the entry that is to be changed; empty where nobody knew it.
    """

    at: Path = ()


class NotCompiled(Unwritable):
    """A form that the language has and this compiler has not; ``instead``: what to write."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"RB-090 {what} cannot be calculated yet. {instead}")


class TooLarge(Unwritable, OverflowError):  # noqa: N818 - it reads as what is said
    """An amount that could pass what 64 bits hold."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"RB-035 {what} could pass 2**62 minor units. {instead}")


@contextmanager
def standing_at(*path: str | int) -> Iterator[None]:
    """Let what cannot be written within say that it stands at ``path``, if nobody knew better."""
    try:
        yield
    except Unwritable as error:
        error.at = error.at or path
        raise
