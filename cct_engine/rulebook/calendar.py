"""When a payee is paid, and until when the money can be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cct_engine.rulebook.business_days import business_calendar
from cct_engine.rulebook.months import Month, minus_months

if TYPE_CHECKING:
    from cct_engine.rulebook.model_money import Calendar, PayDays, Unclaimed
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.values import Duration

__all__ = ["PayCalendar", "pay_calendar", "stale_after", "unclaimed_rule", "warned_from"]

_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class PayCalendar:
    """Pay days of one cycle: by the last digit of the payee's id, and for those without one."""

    by_digit: dict[str, date]
    without_digit: date
    version: str

    @property
    def first(self) -> date:
        """Return the first pay day."""
        return min([*self.by_digit.values(), self.without_digit])

    @property
    def last(self) -> date:
        """Return the last pay day."""
        return max([*self.by_digit.values(), self.without_digit])

    def pay_on(self, digit: str) -> date:
        """Return the pay day of a payee whose id ends in ``digit``.

        Empty: no id; ``first``: an override of the law pays the family on the first day.
        """
        return self.first if digit == "first" else self.by_digit.get(digit, self.without_digit)


def pay_calendar(
    rulebook: Rulebook, month: Month, *, pay_month: Month | None = None
) -> PayCalendar:
    """Return the pay days of the cycle that starts in ``month``.

    ``pay_month``: the month it is paid in where that is not the cycle's first month. An exception
    of the rulebook for this cycle stands above its rule; a table has one window for everybody.
    While an override for all says ``calendar: first_day`` everybody is paid on the first of them;
    of an override for some, the calculation names those it is for.
    """
    calendar = _calendar(rulebook)
    days, version = _days(rulebook, month, pay_month or month)
    if any(
        override.calendar == "first_day"
        and override.where == "TRUE"
        and override.holds_on(month.first_day)
        for override in rulebook.law.overrides
    ):
        days = days[:1]
    if calendar.digit_of is None or calendar.order is None or calendar.table:
        return PayCalendar({}, days[0], version)
    order = calendar.order
    by_digit = {digit: days[order.index(digit) * len(days) // len(order)] for digit in _DIGITS}
    none = days[0] if calendar.no_digit == "first_day" else days[-1]
    return PayCalendar(by_digit, none, version)


def _calendar(rulebook: Rulebook) -> Calendar:
    calendar = rulebook.law.calendar
    if calendar is None:
        raise LookupError(f"{rulebook.programme} pays no money, so it has no pay days.")
    return calendar


def _days(rulebook: Rulebook, month: Month, pay_month: Month) -> tuple[tuple[date, ...], str]:
    calendar = _calendar(rulebook)
    for exception in calendar.exceptions:
        if exception.cycle == str(month):
            return exception.days, "rulebook"
    for window in calendar.table:
        if window.cycle == str(month):
            return (window.from_, window.to), "rulebook"
    if calendar.days is None:
        raise LookupError(
            f"The calendar of {rulebook.programme} has no window for cycle {month}. "
            "Add it under `calendar.table` before the cycle is opened."
        )
    business = business_calendar(calendar.days.business)
    return _by_rule(calendar.days, pay_month), f"{business.code} {business.version}"


def _by_rule(days: PayDays, month: Month) -> tuple[date, ...]:
    business = business_calendar(days.business).as_law_says(
        closed=days.closed, weekend=days.weekend
    )
    open_days = business.open_days(month)
    if days.last is not None:
        return open_days[-days.last :]
    if days.first is not None:
        return open_days[: days.first]
    start = month.first_day + timedelta(days=(days.from_day or 1) - 1)
    found = [business.on_or_after(start)]
    while len(found) < days.count:
        found.append(business.on_or_after(found[-1] + timedelta(days=1)))
    return tuple(found)


def stale_after(rulebook: Rulebook, *, channel: str, available_on: date) -> date | None:
    """Return the last day money made available on a day can be drawn; None: it never lapses.

    Day 0 is the day the money is available; with ``last_day: valid`` it can still be drawn on the
    last day and is stale the day after.
    """
    rule = _rule(rulebook, channel)
    if rule.after == "never":
        return None
    last = _later(rulebook, available_on, rule.after)
    return last if rule.last_day == "valid" else last - timedelta(days=1)


def warned_from(rulebook: Rulebook, *, channel: str, available_on: date) -> date | None:
    """Return the first day on which a family is told that its money lies undrawn; None: never."""
    rule = unclaimed_rule(rulebook, channel)
    return None if rule.warn_after is None else _later(rulebook, available_on, rule.warn_after)


def unclaimed_rule(rulebook: Rulebook, channel: str) -> Unclaimed:
    """Return what becomes of money that nobody draws: ``then``, ``reissue`` and ``ends``.

    ``add_to_next_cycle`` makes a new payment of the same lines beside the next cycle's own;
    ``ends: enrolment`` closes the enrolment with the cycle whose money lapsed. Both act on
    payments and enrolments, never on a line. Raises ``LookupError`` for a channel without a rule.
    """
    return _rule(rulebook, channel)


def _later(rulebook: Rulebook, day: date, span: Duration) -> date:
    if span.unit == "day":
        return day + timedelta(days=span.length)
    months = span.length * (rulebook.cycle_months if span.unit == "cycle" else 1)
    return minus_months(day, -months)


def _rule(rulebook: Rulebook, channel: str) -> Unclaimed:
    rules = rulebook.law.unclaimed
    for rule in rules:
        if rule.channel in {channel, "any"}:
            return rule
    known = ", ".join(rule.channel for rule in rules)
    raise LookupError(
        f"{rulebook.programme} has no `unclaimed` rule for {channel!r}; has: {known}."
    )
