"""What is wrong in a rulebook, as values: all in one pass, each with what to write instead."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Place", "Problem", "RefusedRulebook"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a file: line and column count from 1; ``path`` is the way through the sections."""

    file: str
    line: int
    column: int
    path: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where} {self.path}" if self.path else where


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One broken rule of the language: where, which rule, what is wrong, what to write instead."""

    place: Place
    code: str
    message: str
    instead: str

    def __str__(self) -> str:
        return f"{self.place}: {self.code} {self.message} {self.instead}".rstrip()


class RefusedRulebook(ValueError):  # noqa: N818 - the name says what happened
    """A rulebook with problems; it has no meaning until every one of them is gone."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"The rulebook has {count} problem{'s'[: count != 1]}:\n{lines}")
