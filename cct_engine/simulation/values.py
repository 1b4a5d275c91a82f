"""What a simulation says, as values. Amounts are minor units of the programme's currency."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from cct_engine.money import format_minor
from cct_engine.reports import words

__all__ = [
    "KINDS",
    "ComponentChange",
    "DistrictChange",
    "FamilyChange",
    "KindOfChange",
    "Simulation",
]

KINDS: Final = {
    "stops": "would get nothing any more",
    "loses_half": "would lose more than half",
    "loses": "would lose up to half",
    "same": "as before",
    "gains": "would gain up to half",
    "gains_half": "would gain more than half",
    "starts": "would get something for the first time",
}
"""What can happen to a family's entitlement, from the worst to the best, in words."""


class KindOfChange(NamedTuple):
    """Families to whom the same happens. ``change_minor`` is after less before."""

    kind: str
    family_count: int
    before_minor: int
    after_minor: int

    @property
    def change_minor(self) -> int:
        """What they would get more, below zero less."""
        return self.after_minor - self.before_minor


class ComponentChange(NamedTuple):
    """One component of either law. Counts are families that have it."""

    component: str
    title: str
    before_count: int
    after_count: int
    before_minor: int
    after_minor: int

    @property
    def change_minor(self) -> int:
        """What it would cost more, below zero less."""
        return self.after_minor - self.before_minor


class DistrictChange(NamedTuple):
    """One district: its families, those who would gain or lose, and the cost."""

    district: str
    family_count: int
    gaining_count: int
    losing_count: int
    before_minor: int
    after_minor: int

    @property
    def change_minor(self) -> int:
        """What it would cost more, below zero less."""
        return self.after_minor - self.before_minor


class FamilyChange(NamedTuple):
    """One family, by its number."""

    household_id: int
    district: str
    before_minor: int
    after_minor: int

    @property
    def change_minor(self) -> int:
        """What it would get more, below zero less."""
        return self.after_minor - self.before_minor


@dataclass(frozen=True, slots=True)
class Simulation:
    """A law tried against a cycle. Entitled is what is due less what is lost by a sanction.

    ``not_frozen`` are attributes and tables' columns the new law reads that the cycle did not
    freeze: there, every family counts as not known.
    """

    cycle: str
    programme: str
    title: str
    currency: str
    law_before: str
    law_after: str
    statement_after: str
    snapshot_digest: str
    household_count: int
    before_minor: int
    after_minor: int
    before_count: int
    after_count: int
    kinds: tuple[KindOfChange, ...]
    components: tuple[ComponentChange, ...]
    districts: tuple[DistrictChange, ...]
    gains: tuple[FamilyChange, ...]
    losses: tuple[FamilyChange, ...]
    not_frozen: tuple[str, ...]

    @property
    def change_minor(self) -> int:
        """What the new law would cost more in this cycle, below zero less."""
        return self.after_minor - self.before_minor

    def count(self, *kinds: str) -> int:
        """Return how many families fall under some kinds of change."""
        return sum(one.family_count for one in self.kinds if one.kind in kinds)

    @property
    def gaining_count(self) -> int:
        """Families that would get more."""
        return self.count("gains", "gains_half", "starts")

    @property
    def losing_count(self) -> int:
        """Families that would get less."""
        return self.count("loses", "loses_half", "stops")

    def as_dict(self) -> dict[str, Any]:
        """Return the simulation as plain values."""
        rows = ("kinds", "components", "districts", "gains", "losses")
        listed = {
            name: [
                one._asdict() | {"change_minor": one.change_minor} for one in getattr(self, name)
            ]
            for name in rows
        }
        return (
            asdict(self)
            | listed
            | {
                "change_minor": self.change_minor,
                "gaining_count": self.gaining_count,
                "losing_count": self.losing_count,
            }
        )

    def headline(self) -> str:
        """Return the outcome in two short sentences."""
        families, gaining, losing = (
            words.count(number, self.currency)
            for number in (self.household_count, self.gaining_count, self.losing_count)
        )
        before, after, change = (
            format_minor(amount, self.currency)
            for amount in (self.before_minor, self.after_minor, abs(self.change_minor))
        )
        cost = f"The cycle would cost {change} more: {after} instead of {before}."
        if self.change_minor < 0:
            cost = f"The cycle would cost {change} less: {after} instead of {before}."
        elif self.change_minor == 0:
            cost = f"The cycle would cost the same: {after}."
        return (
            f"Over {families} families of {self.cycle}: {gaining} would gain, {losing} would lose."
            f" {cost}"
        )
