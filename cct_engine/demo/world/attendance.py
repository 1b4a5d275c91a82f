"""School attendance as schools report it: late, twice, for unknown pupils, and mostly right.

Of the pupils 88 per cent are reported, of the reported 4.5 per cent stay below the law's share
(85-90 per cent and 95.55 per cent met, fonseas.org.br, osul.com.br). Breaches come again in the
same children: nine in a hundred are prone to them, or the ladder would never be climbed. Of
100 rows one names a pupil nobody knows; of 200 one is written twice with other values; 3 per cent
of the schools are late and stand in the next cycle's file, as do corrections.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .brazil import PREFIX, YEAR
from .families import SLOTS, person_refs
from .months import first_day, month_text, school_days
from .places import SCHOOLS_EACH, school_codes
from .text import choose, numbered

if TYPE_CHECKING:
    from .dice import Bools, Dice, Ints
    from .families import Families
    from .places import Places
    from .text import Column

__all__ = ["UNKNOWN_FAMILIES", "Attendance", "reported"]

UNKNOWN_FAMILIES = 9_000_000
"""Added to a family number, it gives the number of a family that does not exist."""
_REPORTED = 88_000  # of 100,000 pupils and windows
_LATE_SCHOOLS = 3_000
_PRONE = 9_000
_BREACH_OF_PRONE = 40_000
_BREACH_OF_OTHERS = 930
_TWICE = 500
_UNKNOWN = 1_000
_IMPOSSIBLE = 15  # more days present than days of school
_CORRECTED = 400
_REASONS = ("", "ILLNESS", "FAMILY_ILLNESS_OR_DEATH", "NO_TRANSPORT", "VIOLENCE", "NO_SCHOOL_PLACE")
_REASON_SHARES = (76, 10, 4, 4, 2, 4)


@dataclass(frozen=True, slots=True)
class Attendance:
    """Rows of one window: a pupil and a month each."""

    pupil: Ints
    month: Ints
    municipality: Ints
    school: Ints
    present: Ints
    total: Ints
    reason: Ints
    late: Bools

    def on_time(self, dice: Dice) -> dict[str, Column]:
        """Return what the cycle's own file holds, with all that is wrong in it."""
        rows = self.taken(np.flatnonzero(~self.late))
        key = rows.key
        twice = dice.chance("attendance twice", key, _TWICE)
        unknown = dice.chance("attendance unknown", key, _UNKNOWN) & ~twice
        copies = np.repeat(np.arange(len(key)), 1 + twice + unknown)
        second = np.concatenate([[False], copies[1:] == copies[:-1]]) if len(copies) else copies > 0
        rows = rows.taken(copies)
        stranger = second & unknown[copies]
        pupil = np.where(stranger, rows.pupil + UNKNOWN_FAMILIES * SLOTS, rows.pupil)
        present = np.where(second & twice[copies], np.maximum(rows.present - 3, 0), rows.present)
        impossible = dice.chance("attendance impossible", rows.key, _IMPOSSIBLE) & ~second
        return rows.columns(pupil, np.where(impossible, rows.total + 4, present), rows.reason)

    def afterwards(self, dice: Dice) -> dict[str, Column]:
        """Return what comes with the next cycle: late schools, and corrections of wrong rows."""
        corrected = dice.chance("attendance corrected", self.key, _CORRECTED) & ~self.late
        present = np.where(corrected, self.total, self.present)
        chosen = np.flatnonzero(self.late | corrected)
        rows = self.taken(chosen)
        reason = np.where(corrected, 0, self.reason)[chosen]
        return rows.columns(rows.pupil, present[chosen], reason)

    @property
    def key(self) -> Ints:
        """Return a number of its own for each pupil and month."""
        return self.pupil * 4_096 + self.month % 4_096

    def taken(self, rows: Ints) -> Attendance:
        """Return the rows at these positions, as often as they stand there."""
        return Attendance(*(getattr(self, name)[rows] for name in self.__slots__))

    def columns(self, pupil: Ints, present: Ints, reason: Ints) -> dict[str, Column]:
        """Return the rows of the feed attendance, with other pupils, presence and reasons."""
        first = int(self.month.min()) if len(self.month) else 0
        texts = [month_text(first + n) for n in range(12)]
        return {
            "person_ref": person_refs(PREFIX, pupil),
            "month": choose(texts, self.month - first),
            "facility_code": school_codes(self.municipality, self.school),
            "present": numbered("", present, 1),
            "total": numbered("", self.total, 1),
            "reason_code": choose(_REASONS, reason),
        }


def reported(dice: Dice, block: Families, window: tuple[int, ...], places: Places) -> Attendance:
    """Return the attendance of a block's pupils in a window."""
    people = block.people
    age = first_day(window[0]) - people.birth_day
    pupils = (age >= 4 * YEAR + 1) & (age < 18 * YEAR + 4)
    name = month_text(window[0])
    pupils &= dice.chance(f"attendance reported {name}", people.key, _REPORTED)
    key, age = people.key[pupils], age[pupils]
    prone = dice.chance("attendance prone", key, _PRONE)
    breach = np.where(
        prone,
        dice.chance(f"attendance breach {name}", key, _BREACH_OF_PRONE),
        dice.chance(f"attendance breach {name}", key, _BREACH_OF_OTHERS),
    )
    least = np.where(age < 6 * YEAR + 1, 60, 75)  # per cent the law asks for
    months = np.array(window, dtype=np.int64)
    days = np.array([school_days(month) for month in window], dtype=np.int64)
    count = len(window)
    pupil = np.repeat(key, count)
    month, total = np.tile(months, len(key)), np.tile(days, len(key))
    row = pupil * 4_096 + month % 4_096
    good = dice.between("attendance good", row, 84, 100)
    bad = dice.between("attendance bad", row, 15, np.repeat(least - 10, count))
    breach_rows = np.repeat(breach, count)
    percent = np.where(breach_rows, bad, good)
    municipality = places.municipality_of(dice, pupil // SLOTS)
    school = dice.below("school", pupil, SCHOOLS_EACH)
    late = dice.chance(f"school late {name}", municipality * SCHOOLS_EACH + school, _LATE_SCHOOLS)
    reason = np.repeat(dice.pick(f"attendance reason {name}", key, _REASON_SHARES), count)
    return Attendance(
        pupil=pupil,
        month=month,
        municipality=municipality,
        school=school,
        present=total * percent // 100,
        total=total,
        reason=np.where(breach_rows, reason, 0),
        late=late,
    )
