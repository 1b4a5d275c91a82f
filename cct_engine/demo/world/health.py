"""Health visits of a half-year: growth checks of children under seven, prenatal visits.

72 per cent of the children are reported (57 to 80 per cent: estadao.com.br), 97 of 100 of these
with a visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .attendance import UNKNOWN_FAMILIES
from .brazil import PREFIX, YEAR
from .families import SLOTS, person_refs
from .months import first_day, month_text
from .places import CLINICS_EACH, clinic_codes
from .text import choose, numbered, repeated

if TYPE_CHECKING:
    from .dice import Dice, Ints
    from .families import Families
    from .places import Places
    from .pregnancies import Pregnancies
    from .text import Column

__all__ = ["growth_checks", "prenatal_visits"]

_REPORTED = 72_000
_PRENATAL_REPORTED = 80_000
_MISSED = 3_000
_UNKNOWN = 1_000
_REASONS = ("", "NO_HEALTH_POST", "NO_VACCINE")


def growth_checks(
    dice: Dice, block: Families, window: tuple[int, ...], places: Places
) -> dict[str, Column]:
    """Return the rows of children who are under seven on the window's last day."""
    people = block.people
    last = first_day(window[-1] + 1) - 1
    small = (people.birth_day <= last) & (last - people.birth_day < 7 * YEAR + 1)
    name = month_text(window[0])
    small &= dice.chance(f"growth reported {name}", people.key, _REPORTED)
    return _rows(dice, "growth_check", people.key[small], window, places, most=1)


def prenatal_visits(
    dice: Dice, pregnancies: Pregnancies, window: tuple[int, ...], places: Places
) -> dict[str, Column]:
    """Return the rows of women who were known to be pregnant before the window's end."""
    known = pregnancies.where(pregnancies.registered < first_day(window[-1] + 1)).mother
    told = known[dice.chance("prenatal reported", known, _PRENATAL_REPORTED)]
    return _rows(dice, "prenatal_visit", told, window, places, most=4)


def _rows(
    dice: Dice, kind: str, keys: Ints, window: tuple[int, ...], places: Places, *, most: int
) -> dict[str, Column]:
    name = f"{kind} {month_text(window[0])}"
    missed = dice.chance(f"{name} missed", keys, _MISSED)
    reason = np.where(missed, dice.pick(f"{name} reason", keys, (60, 20, 20)), 0)
    visits = np.where(missed, 0, dice.between(f"{name} visits", keys, 1, most))
    here = places.municipality_of(dice, keys // SLOTS)
    stranger = dice.chance(f"{name} unknown", keys, _UNKNOWN)
    months = [month_text(month) for month in window]
    return {
        "person_ref": person_refs(PREFIX, keys + stranger * (UNKNOWN_FAMILIES * SLOTS)),
        "kind": repeated(kind, len(keys)),
        "month": choose(months, dice.below(f"{name} month", keys, len(months))),
        "facility_code": clinic_codes(here, dice.below("clinic", keys, CLINICS_EACH)),
        "visits": numbered("", visits, 1),
        "reason_code": choose(_REASONS, reason),
    }
