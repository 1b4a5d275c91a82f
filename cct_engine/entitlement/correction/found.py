"""What a correction run found, as values: for the step, the report, the command line, a family."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["CorrectedCycle", "CorrectedLine", "Correction", "corrected", "found_in"]


class CorrectedCycle(NamedTuple):
    """What one closed cycle should have been otherwise. Amounts are minor units."""

    cycle: str
    household_count: int
    line_count: int
    arrears_minor: int
    set_off_minor: int
    recoverable_minor: int
    hold_cancelled_minor: int


class CorrectedLine(NamedTuple):
    """One line of a closed cycle: what was recorded, what is right, what becomes of the rest.

    ``found_in`` is the cycle that found it, ``cycle`` the one it corrects; ``for_month`` is like
    2026-09. After less before = arrears + set off - recoverable - hold cancelled + netted.
    """

    found_in: str
    household_id: int
    cycle: str
    component: str
    person_id: int
    pregnancy_id: int
    for_month: str
    before_minor: int
    after_minor: int
    arrears_minor: int
    set_off_minor: int
    recoverable_minor: int
    hold_cancelled_minor: int
    netted_minor: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction run. ``household_count`` were replayed, ``changed_count`` came out otherwise.

    ``ladder_count``: households whose ladder or standing changed, whatever their money.
    """

    cycle: str
    known_until: datetime
    first_period: date | None
    cycle_count: int
    household_count: int
    changed_count: int
    ladder_count: int
    digest: str
    found_at: datetime
    cycles: tuple[CorrectedCycle, ...]

    @property
    def arrears_minor(self) -> int:
        """What is to be paid late."""
        return sum(cycle.arrears_minor for cycle in self.cycles)

    @property
    def set_off_minor(self) -> int:
        """What is owed late to families who owe the same line back."""
        return sum(cycle.set_off_minor for cycle in self.cycles)

    @property
    def recoverable_minor(self) -> int:
        """What was paid and is to be taken back."""
        return sum(cycle.recoverable_minor for cycle in self.cycles)

    @property
    def hold_cancelled_minor(self) -> int:
        """What is held and will never be paid."""
        return sum(cycle.hold_cancelled_minor for cycle in self.cycles)

    def as_dict(self) -> dict[str, Any]:
        """Return the correction as plain values."""
        return asdict(self) | {
            "known_until": self.known_until.isoformat(),
            "found_at": self.found_at.isoformat(),
            "first_period": self.first_period and self.first_period.isoformat(),
            "cycles": [cycle._asdict() for cycle in self.cycles],
            "arrears_minor": self.arrears_minor,
            "set_off_minor": self.set_off_minor,
            "recoverable_minor": self.recoverable_minor,
            "hold_cancelled_minor": self.hold_cancelled_minor,
        }


def found_in(connection: sa.Connection, cycle_id: int) -> Correction | None:
    """Return what was found for a cycle; None when nobody looked yet."""
    asked = {"cycle_id": cycle_id}
    row = connection.execute(sa.text(_RUN), asked).one_or_none()
    if row is None:
        return None
    cycles = connection.execute(sa.text(_CYCLES), asked)
    return Correction(
        cycles=tuple(CorrectedCycle(*one) for one in cycles),
        **row._mapping,  # noqa: SLF001 - SQLAlchemy's public name for a row's mapping
    )


def corrected(
    connection: sa.Connection, *, cycle: str, household_id: int | None = None
) -> tuple[CorrectedLine, ...]:
    """Return the lines that the correction of a cycle found, of all households or of one."""
    rows = connection.execute(sa.text(_LINES), {"cycle": cycle, "household_id": household_id})
    return tuple(CorrectedLine(*row) for row in rows)


_RUN = """
SELECT c.code AS cycle, r.known_until, r.first_period, r.cycle_count, r.household_count,
       (SELECT count(*) FROM cycle.corrected_household h WHERE h.cycle_id = r.cycle_id)
           AS changed_count,
       (SELECT count(DISTINCT household_id) FROM cycle.corrected_state s
        WHERE s.cycle_id = r.cycle_id) AS ladder_count,
       r.digest, r.found_at
FROM cycle.correction r JOIN cycle.cycle c USING (cycle_id) WHERE r.cycle_id = :cycle_id"""

_CYCLES = """
SELECT c.code, count(DISTINCT l.household_id), count(*), CAST(sum(l.arrears_minor) AS bigint),
       CAST(sum(l.set_off_minor) AS bigint), CAST(sum(l.recoverable_minor) AS bigint),
       CAST(sum(l.hold_cancelled_minor) AS bigint)
FROM cycle.correction_line l JOIN cycle.cycle c ON c.cycle_id = l.corrected_cycle_id
WHERE l.cycle_id = :cycle_id GROUP BY c.code, c.period ORDER BY c.period"""

_LINES = """
SELECT n.code, l.household_id, c.code, l.component, l.person_id, l.pregnancy_id,
       to_char(l.for_period, 'YYYY-MM'), l.before_minor, l.after_minor, l.arrears_minor,
       l.set_off_minor, l.recoverable_minor, l.hold_cancelled_minor, l.netted_minor
FROM cycle.correction_line l
JOIN cycle.cycle n ON n.cycle_id = l.cycle_id
JOIN cycle.cycle c ON c.cycle_id = l.corrected_cycle_id
WHERE n.code = :cycle AND l.household_id = coalesce(CAST(:household_id AS bigint), l.household_id)
ORDER BY l.household_id, c.period, l.for_period, l.component, l.person_id, l.pregnancy_id"""
