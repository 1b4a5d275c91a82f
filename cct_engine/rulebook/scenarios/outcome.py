"""What came out for one household in one cycle, whole or only a part of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["Outcome", "together"]

_Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rows of one household in one cycle."""

    household: dict[str, Any]
    lines: _Rows
    verdicts: _Rows
    states: _Rows

    @classmethod
    def of(cls, outlets: Mapping[str, _Rows]) -> Outcome:
        """Return the outcome of one household's rows by outlet."""
        return cls(outlets["household"][0], outlets["line"], outlets["verdict"], outlets["state"])

    def due(self, component: str, person: int | None = None) -> int:
        """Return what a component is due in all, or for one person."""
        return sum(
            line["due"]
            for line in self.lines
            if line["source"] == "due"
            and line["component"] == component
            and person in {None, line["person_id"]}
        )

    def of_components(self, codes: Collection[str]) -> Outcome:
        """Return the outcome of some components alone."""
        return self._part([line for line in self.lines if line["component"] in codes])

    def of_months(self, months: Collection[int]) -> Outcome:
        """Return the outcome of some months: their lines, and what comes late or goes back."""
        return self._part(
            [li for li in self.lines if li["source"] != "due" or li["for_month"] in months]
        )

    def _part(self, lines: _Rows) -> Outcome:
        own = [line for line in lines if line["source"] == "due"]

        def of(source: str) -> int:
            return sum(line["due"] for line in lines if line["source"] == source)

        totals = {
            "gross": sum(line["due"] for line in own),
            "forfeited": sum(line["forfeited"] for line in own),
            "withheld": sum(line["withheld"] for line in own),
            "held": sum(line["held"] for line in lines),
            "arrears": of("arrears"),
            "released": of("released"),
            "lapsed": of("lapsed"),
            "recovery": -of("recovery"),
            "pay_now": sum(line["payable"] for line in lines),
        }
        return replace(self, household={**self.household, **totals}, lines=lines)


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """Return several cycles as one: amounts and lines added, the standing of the last."""
    last = outcomes[-1]
    lines = [line for outcome in outcomes for line in outcome.lines]
    verdicts = [row for outcome in outcomes for row in outcome.verdicts]
    return Outcome(last.household, lines, verdicts, last.states)._part(lines)  # noqa: SLF001 - same module
