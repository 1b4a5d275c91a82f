"""The only place that asks what time it is.

Everything else is told: a function that needs the time takes ``at`` (an aware UTC instant) or
``on`` (a date of the programme's own time zone).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["Clock", "FixedClock", "SystemClock", "local_date"]


class Clock(Protocol):
    """Tells the present instant, aware and in UTC."""

    def now(self) -> datetime:
        """Return the present instant."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(tz=UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still: the same run gives the same bytes."""

    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(
                f"FixedClock needs an instant with a time zone, got {self.at.isoformat()}. "
                "Write datetime(2026, 11, 1, 6, tzinfo=UTC)."
            )

    def now(self) -> datetime:
        """Return the instant this clock was made with, in UTC."""
        return self.at.astimezone(UTC)


def local_date(at: datetime, zone: ZoneInfo) -> date:
    """Return the calendar date of an instant in a programme's time zone."""
    return at.astimezone(zone).date()
