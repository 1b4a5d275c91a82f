"""A rulebook that was read and found whole: its law, its typed expressions, its digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cct_engine.rulebook.months import MONTH_NAMES
from cct_engine.rulebook.tree import Call, Constant, Node, walk
from cct_engine.rulebook.values import read_deadline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.model_values import Attribute
    from cct_engine.rulebook.months import Month

__all__ = ["Rulebook"]

_REPORTS_BACK = 18
_CERTIFICATES_BACK = 60


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

    @property
    def stem(self) -> str:
        """Return the file's name without its ending: what its scenarios and sentences share."""
        return self.file.removesuffix(".yaml")

    @property
    def validity(self) -> str:
        """Return the days this version of the law holds, in words."""
        span = self.law.in_force
        if span is None:
            return "always"
        return f"{span.from_} to {span.until}" if span.until else f"since {span.from_}"

    def holds_in(self, month: Month) -> bool:
        """Return whether this version of the law holds on the first day of a month."""
        span = self.law.in_force
        if span is None:
            return True
        on = month.first_day
        return span.from_ <= on and (span.until is None or on <= span.until)

    def cycle_of(self, month: Month) -> Month:
        """Return the first month of the cycle that pays for a month."""
        starts = {MONTH_NAMES.index(name) + 1 for name in self.law.cycle.starts}
        for back in range(self.cycle_months):
            if month.plus(-back).of_year in starts:
                return month.plus(-back)
        raise LookupError(f"No cycle of {self.programme} pays for {month}.")

    def expression(self, *path: str | int) -> Node:
        """Return the typed expression that stands at a path of the file."""
        return self.expressions[path]

    def path_of(self, node: Node) -> Path:
        """Return where an expression stands in the file, itself and not one like it; else ()."""
        return next((path for path, known in self.expressions.items() if known is node), ())

    def own_attributes(self, of: str) -> Mapping[str, Attribute]:
        """Return the declared attributes of ``household``, ``member`` or ``pregnancy``."""
        attributes: Mapping[str, Attribute] = getattr(self.law.attributes, of)
        return attributes

    def fact_kinds(self) -> tuple[str, ...]:
        """Return the kinds of fact this law reads."""
        return tuple(self.law.facts)

    @property
    def reports_back(self) -> int:
        """Return how many months before a cycle a report may lie that it still reads.

        A certificate is read as long as the share of its year may wait for it; a window judged
        again for money that waits for a report lies some cycles further back than its own.
        """
        months = [_REPORTS_BACK]
        for condition in self.law.conditions.values():
            waits = condition.hold.cycles if condition.hold is not None else 0
            months.append(_REPORTS_BACK + waits * self.cycle_months)
        for withholding in self.law.withholding:
            deadline = withholding.deadline
            if deadline == "never":
                months.append(_CERTIFICATES_BACK)
                continue
            moved = [(e.until.year - e.earned + 1) * 12 for e in deadline.exceptions]
            later = 12 * (1 + read_deadline(deadline.default)[2])
            wait = withholding.release.not_before.length // 28 + 1
            months.append(max([later, *moved]) + 12 + wait)
        return max(months)

    @property
    def id_scheme(self) -> str | None:
        """Return the kind of id whose last digit decides the pay day, e.g. ``NIS``."""
        calendar = self.law.calendar
        digit_of = calendar.digit_of if calendar is not None else None
        return digit_of.rpartition(".")[2].upper() if digit_of else None

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
            counted |= {c.code for c in self.law.components}
        asked = {"paid_count", "paid_sum", "due_count", "due_sum"}
        return tuple(sorted(counted | _words(self.expressions, asked)))


def _words(expressions: Mapping[Path, Node], functions: set[str]) -> set[str]:
    return {
        str(first.value)
        for tree in expressions.values()
        for node in walk(tree)
        if isinstance(node, Call) and node.function in functions
        for first in node.arguments[:1]
        if isinstance(first, Constant)
    }
