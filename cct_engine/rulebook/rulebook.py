"""A rulebook that was read and found whole: its law, its typed expressions, its digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cct_engine.rulebook.tree import Call, Constant, Node, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.model_values import Attribute

__all__ = ["Rulebook"]


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """The law of one programme; values of this type have passed every check of the language.

    ``text`` is the file as it was read and ``digest`` its SHA-256: the pair that a cycle stores.
    """

    law: Law
    expressions: Mapping[Path, Node]
    file: str
    text: str = field(repr=False)
    digest: str

    @property
    def programme(self) -> str:
        """Return the programme's code."""
        return self.law.programme

    @property
    def currency(self) -> str:
        """Return the ISO 4217 code of every amount."""
        return self.law.currency

    @property
    def cycle_months(self) -> int:
        """Return how many months one cycle pays for."""
        return self.law.cycle.months

    def expression(self, *path: str | int) -> Node:
        """Return the typed expression that stands at a path of the file."""
        return self.expressions[path]

    def own_attributes(self, of: str) -> Mapping[str, Attribute]:
        """Return the declared attributes of ``household``, ``member`` or ``pregnancy``."""
        attributes: Mapping[str, Attribute] = getattr(self.law.attributes, of)
        return attributes

    def fact_kinds(self) -> tuple[str, ...]:
        """Return the kinds of fact this law reads."""
        return tuple(self.law.facts)

    def event_codes(self) -> tuple[str, ...]:
        """Return the event codes this law reads, sorted."""
        return tuple(sorted(_words(self.expressions, {"event", "event_on"}) | {"review_hold"}))

    def other_programmes(self) -> tuple[str, ...]:
        """Return the programmes whose enrolments this law asks about, sorted."""
        return tuple(sorted(_words(self.expressions, {"in_programme"})))

    def history_components(self) -> tuple[str, ...]:
        """Return the components whose earlier lines a calculation reads, sorted."""
        counted = {c.code for c in self.law.components if c.instalments or c.once}
        if self.law.arrears is not None:
            counted |= {c.code for c in self.law.components if c.each == "household"}
        return tuple(sorted(counted | _words(self.expressions, {"paid_count", "paid_sum"})))


def _words(expressions: Mapping[Path, Node], functions: set[str]) -> set[str]:
    return {
        str(first.value)
        for tree in expressions.values()
        for node in walk(tree)
        if isinstance(node, Call) and node.function in functions
        for first in node.arguments[:1]
        if isinstance(first, Constant)
    }
