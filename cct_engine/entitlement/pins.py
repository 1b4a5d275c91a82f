"""What a cycle is calculated from: which month, which law, as of when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

__all__ = ["CyclePins"]

_CODE = re.compile(r"[a-z][a-z0-9_]*-\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class CyclePins:
    """The fixed points of one cycle; the same pins over the same database give the same snapshot.

    ``first_month`` is year * 12 + month - 1 of the first month paid for. ``as_of_valid`` is the day
    the registry is read for, ``as_of_known`` the instant up to which it is believed (inclusive).
    """

    cycle_id: int
    code: str
    programme_id: int
    programme: str
    first_month: int
    month_count: int
    as_of_valid: date
    as_of_known: datetime
    rulebook_digest: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError(f"Cycle code {self.code!r} is not like bolsa_familia-2026-09.")
        if self.as_of_known.tzinfo is None:
            raise ValueError(
                f"as_of_known {self.as_of_known.isoformat()} has no time zone; the cut-off would "
                "move with the reader's clock. Give an aware instant."
            )

    @property
    def period(self) -> date:
        """The first day of the cycle's first month."""
        return date(self.first_month // 12, self.first_month % 12 + 1, 1)

    def as_dict(self) -> dict[str, Any]:
        """Return the pins as the manifest writes them. No database number stands in it."""
        return {
            "cycle": self.code,
            "programme": self.programme,
            "first_month": self.first_month,
            "month_count": self.month_count,
            "as_of_valid": self.as_of_valid.isoformat(),
            "as_of_known": self.as_of_known.astimezone(UTC).isoformat(),
            "rulebook_digest": self.rulebook_digest,
        }
