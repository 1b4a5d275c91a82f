"""What a release will send, told before it is done: its pay days, and what goes again with it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from cct_engine.cycle.bank import bank_of
from cct_engine.cycle.release.pay_days import pay_days
from cct_engine.cycle.release.reissues import Again, going_again

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from cct_engine.cycle.record import Cycle
    from cct_engine.cycle.release.pay_days import PayDays

__all__ = ["Again", "DayAhead", "days_ahead", "goes_again", "pay_days_of"]


class DayAhead(NamedTuple):
    """A pay day of a list that is not sent yet, with the families it is for; minor units."""

    on: date
    digits: str
    family_count: int
    amount_minor: int


def pay_days_of(connection: sa.Connection, cycle: Cycle, *, home: Path, at: datetime) -> PayDays:
    """Return the pay days of a release at an instant: of the past one, or of one done then."""
    moment = cycle.released_at or at
    return pay_days(connection, cycle, bank_of(connection, cycle, home), moment)


def days_ahead(
    connection: sa.Connection, cycle: Cycle, *, home: Path, at: datetime
) -> tuple[DayAhead, ...]:
    """Return the pay days of a calculated list and what it pays on each, in their order.

    What came back of earlier cycles and goes again is not in it.
    """
    days = pay_days_of(connection, cycle, home=home, at=at)
    sums: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for row in connection.execute(_BY_DIGIT, {"cycle_id": cycle.cycle_id}):
        found = sums[days.pay_on(row.pay_digit)]
        found[0] += row.family_count
        found[1] += row.amount_minor
    return tuple(
        DayAhead(day, days.digits_on(day), *counted) for day, counted in sorted(sums.items())
    )


def goes_again(connection: sa.Connection, cycle: Cycle, *, home: Path, at: datetime) -> Again:
    """Return what came back of earlier cycles and would go again if the list were sent now."""
    first = pay_days_of(connection, cycle, home=home, at=at).first
    return going_again(connection, cycle, on=first)


_BY_DIGIT = sa.text("""
    SELECT pay_digit, count(*) AS family_count,
           CAST(sum(pay_now_minor) AS bigint) AS amount_minor
    FROM cycle.household_result WHERE cycle_id = :cycle_id AND pay_now_minor > 0 GROUP BY pay_digit
""")
