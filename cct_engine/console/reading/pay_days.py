"""The pay days of a cycle: what the bank pays on each, what became of it, what is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine.console.reading import figures
from cct_engine.console.reading.kept import kept, remembered
from cct_engine.cycle import CycleError, State, days_ahead, pay_days_of
from cct_engine.cycle.states import is_past

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from cct_engine.cycle import Cycle, DayAhead, PayDays

__all__ = ["DaysOf", "Ended", "day_of", "days_of", "digits", "ended", "planned", "standing"]


class Ended(NamedTuple):
    """What became of the payments of a file; counts of payments, minor units."""

    paid_count: int = 0
    paid_minor: int = 0
    returned_count: int = 0
    returned_minor: int = 0
    rejected_count: int = 0
    rejected_minor: int = 0
    open_count: int = 0
    open_minor: int = 0


class DaysOf(NamedTuple):
    """The pay days of a cycle that was sent."""

    days: tuple[date, ...]
    past_count: int
    next_on: date | None
    """Today or the first day after it that pays; None: every day is past."""


def days_of(connection: sa.Connection, cycle: Cycle, *, on: date) -> DaysOf | None:
    """Return on which days a cycle's files pay, as of a day; None: nothing was sent."""
    days = tuple(connection.execute(_DAYS, {"cycle_id": cycle.cycle_id}).scalars())
    if not days:
        return None
    coming = [day for day in days if day >= on]
    return DaysOf(days, len(days) - len(coming), coming[0] if coming else None)


def standing(paid_on: date, state: str, ends: Ended | None, *, on: date) -> str:
    """Return where a file stands as of a day, as a kind of mark and word that pages know."""
    if state != "sent":
        return f"file_{state}"
    if paid_on > on:
        return "file_waits"
    if paid_on == on:
        return "file_today"
    if ends is None:
        return "file_sent"
    return "file_open" if ends.open_count else "file_answered"


def digits(connection: sa.Connection, cycle: Cycle, *, home: Path, at: datetime) -> dict[date, str]:
    """Return the last digits of the payees' numbers that each pay day is for; none by the law."""
    days = _days(connection, cycle, home, at)
    known = {day: days.digits_on(day) for day in set(days.by_digit.values())} if days else {}
    return known if len(known) > 1 else {}


def day_of(
    connection: sa.Connection, cycle: Cycle, digit: str | None, *, home: Path, at: datetime
) -> date | None:
    """Return the pay day of a family by its digit; None where no bank is agreed."""
    days = _days(connection, cycle, home, at)
    return None if days is None else days.pay_on(digit)


def _days(connection: sa.Connection, cycle: Cycle, home: Path, at: datetime) -> PayDays | None:
    """Return the pay days of a cycle; None where no bank is agreed."""

    def read() -> PayDays | None:
        try:
            return pay_days_of(connection, cycle, home=home, at=at)
        except CycleError:
            return None

    key = ("pay days", cycle.cycle_id, cycle.version, (cycle.released_at or at).date())
    return remembered(connection, key, read)


def planned(
    connection: sa.Connection, cycle: Cycle, *, home: Path, at: datetime
) -> Sequence[DayAhead]:
    """Return the pay days of a list that is calculated and not sent yet, with their sums."""
    is_listed = cycle.state is State.CALCULATED or is_past(cycle.state, State.CALCULATED)
    if not is_listed or cycle.state in {State.RELEASED, State.CLOSED}:
        return ()

    def read() -> Sequence[DayAhead]:
        try:
            return days_ahead(connection, cycle, home=home, at=at)
        except CycleError:
            return ()

    return remembered(connection, ("planned", cycle.cycle_id, cycle.version, at.date()), read)


def ended(connection: sa.Connection, cycle: Cycle) -> dict[int, Ended]:
    """Return by file what became of its payments, of whichever cycles they are."""

    def read() -> dict[int, Ended]:
        rows = connection.execute(_ENDED, {"cycle_id": cycle.cycle_id})
        return {row[0]: Ended(*row[1:]) for row in rows}

    cycles = connection.execute(_CYCLES, {"cycle_id": cycle.cycle_id}).scalars()
    told = figures.moved(connection, list(cycles))
    return kept(
        connection,
        "ended by file",
        cycle.cycle_id,
        tuple(number for cycle_id in sorted(told) for number in told[cycle_id]),
        read,
        pack=lambda found: [[file_id, *ends] for file_id, ends in found.items()],
        unpack=lambda rows: {row[0]: Ended(*row[1:]) for row in rows},
    )


def _of(*states: str) -> str:
    those = ", ".join(f"'{state}'" for state in states)
    return (
        f"count(*) FILTER (WHERE state IN ({those})), CAST(coalesce(sum(amount_minor)"
        f" FILTER (WHERE state IN ({those})), 0) AS bigint)"
    )


_DAYS: Final = sa.text(
    "SELECT DISTINCT execution_on FROM bank.file WHERE cycle_id = :cycle_id ORDER BY 1"
)
_CYCLES: Final = sa.text("""
    SELECT DISTINCT p.cycle_id FROM bank.file_part p JOIN bank.file f USING (file_id)
    WHERE f.cycle_id = :cycle_id
""")
_ENDED: Final = sa.text(f"""
    SELECT file_id, {_of("settled")}, {_of("returned")},
           {_of("rejected", "cancelled", "expired")},
           {_of("drafted", "sealed", "sent", "acknowledged", "accepted", "unknown")}
    FROM cycle.instruction
    WHERE value_on BETWEEN (SELECT min(execution_on) FROM bank.file WHERE cycle_id = :cycle_id)
                       AND (SELECT max(execution_on) FROM bank.file WHERE cycle_id = :cycle_id)
      AND file_id IN (SELECT file_id FROM bank.file WHERE cycle_id = :cycle_id)
    GROUP BY file_id ORDER BY file_id
""")
