"""Which months a cycle judges: windows by table, rolling windows, substitutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cct_engine.rulebook.model_rules import RollingWindow
from cct_engine.rulebook.months import MONTH_NAMES, Month
from cct_engine.rulebook.values import month_range

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.moment import Moment
    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.model_rules import SubstituteWindow, WindowRow

__all__ = ["Judged", "in_season", "judged_windows"]


class Judged(NamedTuple):
    """One window judged in a cycle: the months observed, and the month that bears the effect."""

    months: tuple[Month, ...]
    for_month: Month

    @property
    def first(self) -> Month:
        """Return the first month observed."""
        return self.months[0]

    @property
    def last(self) -> Month:
        """Return the last month observed."""
        return self.months[-1]


def judged_windows(law: Law, window: str, *, by_month: bool, moment: Moment) -> tuple[Judged, ...]:
    """Return the windows that a cycle judges; none where the law judges nothing."""
    form = law.windows[window]
    if isinstance(form, RollingWindow):
        return _rolling(law, form, by_month=by_month, moment=moment)
    found = []
    for month in moment.cycle_months:
        for row in form:
            if row.judge == MONTH_NAMES[month.of_year - 1]:
                found += _split(_observed(row, month), month, by_month=by_month)
    return tuple(found)


def _split(months: tuple[Month, ...], judge: Month, *, by_month: bool) -> list[Judged]:
    if by_month:
        return [Judged((month,), judge) for month in months]
    return [Judged(months, judge)]


def _observed(row: WindowRow, judge: Month) -> tuple[Month, ...]:
    start, end = month_range(row.observe)
    year = judge.year - (1 if row.year == "next" else 0)
    first = Month(year * 12 + start - 1)
    last = Month(year * 12 + end - 1)
    return first.until(last if last >= first else last.plus(12))


def _rolling(
    law: Law, form: RollingWindow, *, by_month: bool, moment: Moment
) -> tuple[Judged, ...]:
    lag = 0
    if form.lag is not None:
        lag = form.lag.length * (law.cycle.months if form.lag.unit == "cycle" else 1)
    if form.observe == "school_year":
        return _school_year(law, form, moment)
    observed = [(month.plus(-lag), month) for month in moment.cycle_months]
    if form.observe == "month" or by_month:
        return tuple(Judged(_substituted(form, past), month) for past, month in observed)
    return (Judged(tuple(past for past, _ in observed), moment.cycle_first),)


def _school_year(law: Law, form: RollingWindow, moment: Moment) -> tuple[Judged, ...]:
    starts = law.school_year.starts if law.school_year else "Jan"
    first_of_year = MONTH_NAMES.index(starts) + 1
    cycle = moment.cycle_first
    last = cycle.plus(-1) if form.until == "month_before_cycle" else moment.cycle_last
    year = cycle.year if cycle.of_year >= first_of_year else cycle.year - 1
    months = Month(year * 12 + first_of_year - 1).until(last)
    return (Judged(months, cycle),) if months else ()


def _substituted(form: RollingWindow, past: Month) -> tuple[Month, ...]:
    for substitute in form.except_:
        if MONTH_NAMES[past.of_year - 1] in substitute.months:
            return _months_of(substitute, past)
    return (past,)


def _months_of(substitute: SubstituteWindow, past: Month) -> tuple[Month, ...]:
    start, end = month_range(substitute.observe)
    year = past.year - (1 if substitute.year == "previous" else 0)
    return Month(year * 12 + start - 1).until(Month(year * 12 + end - 1))


def in_season(season: tuple[str, ...], month: Month) -> bool:
    """Return whether a month lies in one of the ranges; no ranges: always."""
    if not season:
        return True
    for text in season:
        start, end = month_range(text)
        inside = start <= month.of_year <= end
        over_new_year = start > end and (month.of_year >= start or month.of_year <= end)
        if inside or over_new_year:
            return True
    return False
