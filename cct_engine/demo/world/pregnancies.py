"""Pregnancies before and during the cycles, and the children born of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .brazil import PREFIX, YEAR
from .families import BABY_SLOT, SLOTS, People, household_refs, person_refs
from .text import blank_where, choose, dates, numbered

if TYPE_CHECKING:
    from .dice import Bools, Dice, Ints
    from .families import Families
    from .text import Column

__all__ = ["Pregnancies", "expected"]

_EXPECTING = 5_800  # of 100,000 women of 16 to 44, from 290 days before to 90 after the base day
_WEEKS_40 = 280


@dataclass(frozen=True, slots=True)
class Pregnancies:
    """Episodes of a block; days are since 1970-01-01. The keys are the mothers'."""

    mother: Ints
    lmp: Ints
    registered: Ints
    delivery: Ints

    def where(self, chosen: Bools) -> Pregnancies:
        """Return some of the episodes."""
        return Pregnancies(
            self.mother[chosen], self.lmp[chosen], self.registered[chosen], self.delivery[chosen]
        )

    def open_on(self, day: int) -> Pregnancies:
        """Return the episodes known and not ended on a day."""
        return self.where((self.registered < day) & (self.delivery >= day))

    def registered_within(self, first: int, last: int) -> Pregnancies:
        """Return the episodes that became known from ``first`` to before ``last``."""
        return self.where((self.registered >= first) & (self.registered < last))

    def delivered_within(self, first: int, last: int) -> Pregnancies:
        """Return the episodes that ended from ``first`` to before ``last``."""
        return self.where((self.delivery >= first) & (self.delivery < last))

    def columns(self, *, delivered: bool) -> dict[str, Column]:
        """Return the rows of the feed pregnancies."""
        count = len(self.mother)
        return {
            "pregnancy_ref": numbered("PG", self.mother, 9),
            "person_ref": person_refs(PREFIX, self.mother),
            "lmp_on": dates(self.lmp),
            "registered_on": dates(self.registered),
            "delivery_on": blank_where(np.full(count, not delivered), dates(self.delivery)),
        }

    def babies(self, dice: Dice) -> People:
        """Return the children born, one for each episode."""
        key = self.mother + BABY_SLOT
        no = np.zeros(len(key), dtype=bool)
        return People(
            key=key,
            row=np.arange(len(key), dtype=np.int64),
            birth_day=self.delivery,
            female=dice.chance("baby girl", key, 48_800).astype(np.int64),
            relationship=choose(("child",), np.zeros(len(key), dtype=np.int64)),
            responsible=no,
            is_mother=no,
        )

    def household_refs(self) -> Column:
        """Return the mothers' households."""
        return household_refs(PREFIX, self.mother // SLOTS)


def expected(dice: Dice, block: Families, base_day: int) -> Pregnancies:
    """Return the episodes of a block of families around the base day."""
    people = block.people
    years = (base_day - people.birth_day) // YEAR
    fertile = (people.female == 1) & (years >= 16) & (years <= 44)  # noqa: PLR2004 - years of age
    mother = people.key[fertile & dice.chance("expecting", people.key, _EXPECTING)]
    lmp = base_day + dice.between("lmp", mother, -290, 90)
    return Pregnancies(
        mother=mother,
        lmp=lmp,
        registered=lmp + dice.between("pregnancy known", mother, 45, 120),
        delivery=lmp + _WEEKS_40 + dice.between("born early or late", mother, -14, 14),
    )
