"""The moment an expression speaks of: its cycle, its month, the window it looks through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from cct_engine.rulebook.months import Month

__all__ = ["Moment"]


@dataclass(frozen=True, slots=True)
class Moment:
    """Months that the words ``cycle``, ``month`` and ``window`` stand for, all inclusive."""

    cycle_first: Month
    cycle_last: Month
    month: Month
    window_first: Month | None = None
    window_last: Month | None = None

    @classmethod
    def of_cycle(cls, first: Month, months: int) -> Moment:
        """Return the moment of a cycle as a whole."""
        return cls(first, first.plus(months - 1), first)

    @property
    def cycle_months(self) -> tuple[Month, ...]:
        """Return the months the cycle pays for."""
        return self.cycle_first.until(self.cycle_last)

    def in_month(self, month: Month) -> Moment:
        """Return the moment of one month of the cycle."""
        return replace(self, month=month)

    def through(self, first: Month, last: Month) -> Moment:
        """Return the moment with a window."""
        return replace(self, window_first=first, window_last=last)

    def value(self, of: str, name: str) -> date | int:
        """Return what ``cycle.first_day``, ``window.of_year`` … is at this moment."""
        first, last = self._span(of)
        if name == "first_day":
            return first.first_day
        if name == "last_day":
            return last.last_day
        return first.number if name == "month" else first.of_year

    def _span(self, of: str) -> tuple[Month, Month]:
        if of == "cycle":
            return self.cycle_first, self.cycle_last
        if of == "month":
            return self.month, self.month
        if self.window_first is None or self.window_last is None:
            raise ValueError("This expression looks through a window, and there is none here.")
        return self.window_first, self.window_last
