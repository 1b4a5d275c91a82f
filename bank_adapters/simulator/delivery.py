"""Puts answers into the payer's folder, each once, and remembers that it did."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .books import replace_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["Deliveries"]


class Deliveries:
    """The answers' folder and the bank's memory of what it put there."""

    def __init__(self, answers: Path, memory: Path, hit: Callable[[str], None]) -> None:
        self._answers = answers
        self._memory = memory
        self._hit = hit
        answers.mkdir(parents=True, exist_ok=True)
        memory.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Return where an answer of this name lies, or lay before it was collected."""
        return self._answers / name

    def is_delivered(self, name: str) -> bool:
        """Tell whether this answer was delivered by this or an earlier run."""
        return (self._memory / name).exists()

    def deliver(self, name: str, pieces: Iterable[str], *, cut: bool = False) -> None:
        """Write one answer: whole under another name first, then renamed, then remembered.

        Killed between the two, the bank writes the same bytes again. ``cut`` delivers only the
        first half, as a broken transport would.
        """
        part = self._answers / f".{name}.part"
        with part.open("w", encoding="utf-8", newline="") as stream:
            for piece in pieces:
                stream.write(piece)
        if cut:
            os.truncate(part, part.stat().st_size // 2)
        self._hit("simulate.before_rename")
        replace_whole(part, self._answers / name)
        self._hit("simulate.after_rename")
        (self._memory / name).touch()
