"""The closing balances of the simulated accounts, one record per account and day with entries."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from .books import replace_whole

if TYPE_CHECKING:
    from pathlib import Path

    from .messages import Sheet

__all__ = ["Closing", "Closings"]


@dataclass(frozen=True, slots=True)
class Closing:
    """A day's statement in figures. Balances are minor units; negative = overdrawn."""

    account: str
    currency: str
    on: date
    sequence: int
    opening_minor: int
    closing_minor: int


class Closings:
    """The folder of closings. A record is written before the statement that shows it."""

    def __init__(self, folder: Path, *, opening_minor: int) -> None:
        self._folder = folder
        self._opening_minor = opening_minor
        folder.mkdir(parents=True, exist_ok=True)
        self._closings = [_closing(path) for path in sorted(folder.glob("*.json"))]

    def last_days(self) -> dict[tuple[str, str], date]:
        """Return the day of the last statement by account and currency."""
        days: dict[tuple[str, str], date] = {}
        for closing in self._closings:
            key = (closing.account, closing.currency)
            days[key] = max(closing.on, days.get(key, closing.on))
        return days

    def close(self, sheet: Sheet, net_minor: int) -> Closing:
        """Close an account's day; the opening balance is the closing balance of the day before."""
        mine = [
            closing
            for closing in self._closings
            if (closing.account, closing.currency) == (sheet.account.number, sheet.currency)
            and closing.on < sheet.on
        ]
        before = max(mine, key=lambda closing: closing.on, default=None)
        opening_minor = self._opening_minor if before is None else before.closing_minor
        closing = Closing(
            account=sheet.account.number,
            currency=sheet.currency,
            on=sheet.on,
            sequence=1 if before is None else before.sequence + 1,
            opening_minor=opening_minor,
            closing_minor=opening_minor + net_minor,
        )
        self._write(closing)
        self._closings.append(closing)
        return closing

    def _write(self, closing: Closing) -> None:
        path = self._folder / f"{closing.on.isoformat()}-{account_key(closing)}.json"
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(closing), default=str) + "\n", encoding="utf-8")
        replace_whole(part, path)


def account_key(closing: Closing) -> str:
    """Return a short name of an account that does not show its number."""
    text = f"{closing.account}\x1f{closing.currency}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _closing(path: Path) -> Closing:
    record = json.loads(path.read_text(encoding="utf-8"))
    return Closing(**{**record, "on": date.fromisoformat(record["on"])})
