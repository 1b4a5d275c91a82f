"""What a month changes in the registry: who comes, goes, is born, dies, earns otherwise.

Per month: 1 per cent of the families join, 0.5 per cent leave, 2 per cent of the Brazilian ones
report another income, 0.3 per cent of Delhi's are given a ration card, 0.3 per cent of the adults
move away. Of 100,000 persons 50 die; a quarter of the deaths is reported one to four months late,
one in seven without a number of the civil register (late reports and payments to the dead: CAG
Nagaland 2023, CAG NSAP 2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import brazil, delhi
from .brazil import YEAR
from .families import household_refs, person_refs
from .text import blank_where, choose, dates, numbered, repeated

if TYPE_CHECKING:
    from .countries import Country
    from .dice import Bools, Dice, Ints
    from .families import Families
    from .text import Column

__all__ = ["Month", "deaths", "departures", "leavers", "new_cards", "other_incomes"]

_LEAVE = 500
_OTHER_INCOME = 2_000
_NEW_CARD = 300
_DEPART = 300
_DIE = 50
_DIE_OLD = 400  # of 100,000 who are 60 or older
_LATE_DEATHS = 25_000
_UNREGISTERED = 15_000
_REASONS = ("left_voluntarily", "moved_away", "income_declared")


@dataclass(frozen=True, slots=True)
class Month:
    """The month before a cycle: what happened in it stands in the cycle's feeds."""

    number: int  # of the cycle among the world's cycles, from 0
    name: str  # the cycle's period
    first: int  # first day, since 1970-01-01
    last: int  # the day after its last

    def slice_of(self, dice: Dice, what: str, keys: Ints, per_100k: int) -> Bools:
        """Tell whom something befalls this month that befalls nobody twice."""
        drawn = dice.below(what, keys, 100_000)
        return (drawn >= self.number * per_100k) & (drawn < (self.number + 1) * per_100k)

    def day(self, dice: Dice, what: str, keys: Ints) -> Ints:
        """Return a day of the month for each key."""
        return dice.between(f"{what} {self.name}", keys, self.first, self.last - 1)


def leavers(
    dice: Dice, country: Country, block: Families, month: Month, base_day: int
) -> dict[str, Column]:
    """Return enrolments that end: the row of the base registry with its last day."""
    numbers = block.number[month.slice_of(dice, f"{country.prefix} leave", block.number, _LEAVE)]
    return {
        "programme": repeated(country.programme, len(numbers)),
        "household_ref": household_refs(country.prefix, numbers),
        "entered_on": dates(country.enrolment_days(dice, numbers, base_day)),
        "exited_on": dates(month.day(dice, "leave", numbers)),
        "reason": choose(_REASONS, dice.pick("leave reason", numbers, (40, 35, 25))),
    }


def new_cards(dice: Dice, block: Families, month: Month) -> dict[str, Column]:
    """Return families of Delhi that are given a ration card, and so are excluded."""
    numbers = block.number[month.slice_of(dice, "new card", block.number, _NEW_CARD)]
    numbers = numbers[~delhi.has_ration_card(dice, numbers)]
    return {
        "programme": repeated("pds_card", len(numbers)),
        "household_ref": household_refs(delhi.PREFIX, numbers),
        "entered_on": dates(month.day(dice, "new card", numbers)),
    }


def other_incomes(
    dice: Dice, columns: dict[str, Column], block: Families, month: Month
) -> dict[str, Column]:
    """Return rows of Brazilian families whose income changed; ``columns`` are the block's rows."""
    changed = np.flatnonzero(month.slice_of(dice, "income change", block.number, _OTHER_INCOME))
    rows = {name: column.take(changed) for name, column in columns.items()}
    few = block.rows(changed)
    rows["income_total"] = brazil.new_incomes(dice, month.name, few)
    rows["income_kind"] = repeated("work", len(changed))
    rows["updated_on"] = dates(month.day(dice, "income", few.number))
    return rows


def departures(
    dice: Dice, country: Country, block: Families, month: Month, base_day: int
) -> dict[str, Column]:
    """Return adults who leave their family: spouses and parents, never the payee."""
    people = block.people
    adult = (people.slot > 0) & (base_day - people.birth_day > 18 * YEAR) & ~people.responsible
    going = adult & month.slice_of(dice, f"{country.prefix} depart", people.key, _DEPART)
    gone = people.where(going)
    rows = country.person_columns(dice, block.with_people(gone), base_day)
    rows["left_on"] = dates(month.day(dice, "depart", gone.key))
    return rows


def deaths(
    dice: Dice, country: Country, block: Families, month: Month, base_day: int
) -> dict[str, Column]:
    """Return deaths that become known; some happened months before."""
    people = block.people
    old = base_day - people.birth_day > 60 * YEAR
    what = f"{country.prefix} death"
    dead = people.key[
        np.where(
            old,
            month.slice_of(dice, what, people.key, _DIE_OLD),
            month.slice_of(dice, what, people.key, _DIE),
        )
    ]
    late = dice.chance("death late", dead, _LATE_DEATHS)
    delay = np.where(late, dice.between("death delay", dead, 30, 130), 0)
    unregistered = dice.chance("death unregistered", dead, _UNREGISTERED)
    return {
        "person_ref": person_refs(country.prefix, dead),
        "died_on": dates(month.day(dice, "death", dead) - delay),
        "register_ref": blank_where(unregistered, numbered(f"{country.prefix}-OB-", dead, 9)),
    }
