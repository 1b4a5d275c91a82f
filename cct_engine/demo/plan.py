"""What the demo plays, and on which days: everything that decides its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from cct_engine.clock import FixedClock

__all__ = ["PERIODS", "PROGRAMMES", "DemoPlan", "Payer", "first_of"]

PERIODS: Final = ("2026-09", "2026-10", "2026-11")


@dataclass(frozen=True, slots=True)
class Payer:
    """A programme of the demo: who owns it, which fund pays, from which account."""

    programme: str
    title: str
    department: str
    fund: str
    debtor_account: str
    currency: str
    time_zone: str
    appropriation_minor_per_household: int


PROGRAMMES: Final = (
    Payer(
        programme="bolsa_familia",
        title="Bolsa Família",
        department="MDS",
        fund="BF-2026",
        debtor_account="0001-00000001-1",
        currency="BRL",
        time_zone="America/Sao_Paulo",
        appropriation_minor_per_household=400_000,
    ),
    Payer(
        programme="dilli_annashree",
        title="Dilli Annashree",
        department="SSS",
        fund="ANNASHREE-2026",
        debtor_account="100000000001",
        currency="INR",
        time_zone="Asia/Kolkata",
        appropriation_minor_per_household=300_000,
    ),
)


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """One demo: how many families, which dice, which months."""

    households: int
    seed: int
    periods: tuple[str, ...] = PERIODS

    def opening(self) -> FixedClock:
        """The morning on which the office is set up and the registry taken in."""
        first = first_of(self.periods[0])
        month = first.replace(month=first.month - 1, day=20)
        return FixedClock(datetime(month.year, month.month, 20, 6, tzinfo=UTC))

    def on_day(self, period: str, day: int) -> FixedClock:
        """A morning of a period's month."""
        first = first_of(period)
        return FixedClock(datetime(first.year, first.month, day, 6, tzinfo=UTC))


def first_of(period: str) -> date:
    """Return the first day of a period such as ``2026-09``."""
    year, month = period.split("-")
    return date(int(year), int(month), 1)
