"""Where an expression stands when it is written as SQL: who speaks, when, with which words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.rulebook.compiler.moment import Moment
    from cct_engine.rulebook.compiler.sqltext import Range
    from cct_engine.rulebook.compiler.verdicts import Judging

__all__ = ["ALWAYS", "NEVER_HOLDS", "Components", "Place"]

ALWAYS, NEVER_HOLDS = "1 = 1", "1 = 0"


class Components(Protocol):
    """Where an earlier component stands for an expression that reads it."""

    def read(self, code: str, *, subject: str, moment: Moment) -> tuple[str, Range]:
        """Return the SQL of the component's amount and its range."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Who speaks, when, and the words that only this place knows (name to SQL).

    ``never_negative``: those of the words that are amounts of 0 or more. ``grouped``: inside a sum
    over members, which is made before anything is judged. ``monthly``: a line of one month speaks.
    ``judged``: inside a sum over members that is made afterwards, and may ask for verdicts.
    ``asked``: the tests of the subject alone under which the expression is asked at all. ``above``:
    the verdicts that a condition may ask for, with their SQL: they have no column yet.
    """

    subject: str
    moment: Moment
    words: dict[str, str] = field(default_factory=dict)
    components: Components | None = None
    never_negative: frozenset[str] = frozenset()
    grouped: bool = False
    judged: bool = False
    monthly: bool = False
    asked: tuple[str, ...] = ()
    above: Sequence[tuple[Judging, str]] | None = None
