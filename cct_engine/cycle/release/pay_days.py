"""Pay days: when each payment of a release is to arrive, by the calendar of the law."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bank_adapters import PayTimes
from cct_engine.cycle import law
from cct_engine.cycle.moments import value_day
from cct_engine.rulebook import Month, PayCalendar, pay_calendar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    import sqlalchemy as sa

    from bank_adapters import BankProfile
    from cct_engine.cycle.record import Cycle
    from cct_engine.rulebook import Rulebook

__all__ = ["PayDays", "pay_days"]


class PayDays(NamedTuple):
    """The day of each digit that a result has, and of a family without one."""

    by_digit: Mapping[str, date]
    without_digit: date

    @property
    def first(self) -> date:
        """Return the first pay day."""
        return min([*self.by_digit.values(), self.without_digit])

    def pay_on(self, digit: str | None) -> date:
        """Return the day of a result by its digit; None: it has none."""
        return self.by_digit.get(digit or "", self.without_digit)

    def digits_on(self, day: date) -> str:
        """Return the last digits that are paid on a day, such as ``1 2``; empty: all are."""
        return " ".join(one for one in "1234567890" if self.by_digit.get(one) == day)


def pay_days(connection: sa.Connection, cycle: Cycle, bank: BankProfile, at: datetime) -> PayDays:
    """Return the pay days of a release: the calendar's, none before the bank can pay.

    A cycle that was opened for another day than the first of its calendar is paid whole on that
    day, and so is a list that no law made.
    """
    first = value_day(connection, cycle, at)
    rules = law.of_cycle(connection, cycle) if cycle.rulebook_digest is not None else None
    calendar = None if rules is None else _calendar(rules, cycle)
    if calendar is None:
        return PayDays({}, _open_day(bank, first, at))
    days = {
        digit: _open_day(bank, max(calendar.pay_on(digit), first), at)
        for digit in ("first", *calendar.by_digit)
    }
    return PayDays(days, _open_day(bank, max(calendar.without_digit, first), at))


def _calendar(rules: Rulebook, cycle: Cycle) -> PayCalendar | None:
    """Return the calendar a cycle is paid by; None: on the one day it was opened for."""
    calendar = rules.law.calendar
    if calendar is None or calendar.digit_of is None or calendar.table:
        return None
    found = pay_calendar(rules, Month.of(cycle.period))
    return found if cycle.value_on == found.first else None


def _open_day(bank: BankProfile, planned: date, at: datetime) -> date:
    """Return the planned day, or the first on which the bank can pay, where it told its times."""
    times = bank.pay_times
    if times == PayTimes():
        return planned
    return times.first_open(max(planned, times.earliest(at)))
