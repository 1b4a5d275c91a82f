"""The two populations behind one shape, so that each feed is written by one piece of code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import brazil, delhi
from .families import FIRST_ACCOUNTS, SLOTS
from .names import BRAZIL, DELHI, NameStock, family_names, given_names
from .text import joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from .dice import Dice, Ints
    from .families import Families
    from .places import Places
    from .text import Column

__all__ = ["BRAZILIAN", "COUNTRIES", "DELHIITE", "Country"]


@dataclass(frozen=True, slots=True)
class Country:
    """One population: its references, its programme and how its rows are made."""

    prefix: str
    programme: str
    names: NameStock
    families: Callable[[Dice, Ints, int], Families]
    household_columns: Callable[[Dice, Families, Places, int], dict[str, Column]]
    person_columns: Callable[[Dice, Families, int], dict[str, Column]]
    enrolment_days: Callable[[Dice, Ints, int], Ints]
    account_columns: Callable[..., dict[str, Column]]

    def full_names(self, dice: Dice, keys: Ints) -> Column:
        """Return the names of persons in Latin script, as a bank writes them."""
        numbers = np.unique(keys // SLOTS)
        people = self.families(dice, numbers, 0).people
        female = people.female[np.searchsorted(people.key, keys)]
        given = given_names(self.names, dice, keys, female)
        return joined(given, " ", family_names(self.names, dice, keys // SLOTS))

    def accounts(self, dice: Dice, keys: Ints, *, shift: int = FIRST_ACCOUNTS) -> dict[str, Column]:
        """Return the account rows of persons, without the day from which they hold."""
        names = self.full_names(dice, keys)
        return self.account_columns(dice, keys, names, shift=shift)


BRAZILIAN = Country(
    prefix=brazil.PREFIX,
    programme=brazil.PROGRAMME,
    names=BRAZIL,
    families=brazil.families,
    household_columns=brazil.household_columns,
    person_columns=brazil.person_columns,
    enrolment_days=brazil.enrolment_days,
    account_columns=brazil.account_columns,
)
DELHIITE = Country(
    prefix=delhi.PREFIX,
    programme=delhi.PROGRAMME,
    names=DELHI,
    families=delhi.families,
    household_columns=delhi.household_columns,
    person_columns=delhi.person_columns,
    enrolment_days=delhi.enrolment_days,
    account_columns=delhi.account_columns,
)
COUNTRIES = (BRAZILIAN, DELHIITE)
