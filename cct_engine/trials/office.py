"""A scratch office for one trial: officers, families by feeds, cycles by their own steps.

Everything goes through the doors that real cycles go through; only the day is chosen.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from cct_engine import cycle, registry
from cct_engine.demo.months import take_in
from cct_engine.demo.office import Office, found_office
from cct_engine.demo.plan import DemoPlan
from cct_engine.demo.world import FeedFile
from cct_engine.trials.families import Row, account, enrolment, household, mother

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.cycle.checks import Finding

__all__ = ["Family", "Trial"]

_PROGRAMME: Final = "bolsa_familia"
# Identity numbers with right check digits; a family may be given the number of another.
_IDENTITIES: Final = ("52998224725", "52999335849", "53000446958", "53001558024", "53002669148")
_FIRST: Final = date(2026, 9, 1)
_NEXT: Final = date(2026, 10, 1)


@dataclass(frozen=True, slots=True)
class Family:
    """One woman alone; the law gives her 600 reais. ``identity`` is a place in the list above."""

    name: str
    identity: int
    account: str


@dataclass(slots=True)
class Trial:
    """One scratch database with one programme, and what was done in it so far.

    Families in ``share_identity_of`` are known under the identity number of the first of them.
    """

    office: Office
    plan: DemoPlan = field(default_factory=lambda: DemoPlan(households=100, seed=1))
    families: list[Family] = field(default_factory=list)
    messages: int = 0
    share_identity_of: tuple[int, ...] = ()

    def found(self, count: int) -> None:
        """Found the office and take in that many families, each with an account of her own."""
        found_office(self.office, self.plan)
        same = self.share_identity_of
        self.families = [
            Family(f"F{n}", same[0] if n in same else n, f"1234/56789{n}-1") for n in range(count)
        ]
        self._feed()

    def _feed(self) -> None:
        clock = self.plan.opening()
        rows = {
            "households": [household(one.name, updated_on="2026-08-01") for one in self.families],
            "persons": [
                mother(one.name, "Maria", "Trial", ("CPF", _IDENTITIES[one.identity]))
                for one in self.families
            ],
            "accounts": [_account(one, one.account, _FIRST) for one in self.families],
            "enrolments": [enrolment(one.name, _PROGRAMME, "entered") for one in self.families],
        }
        take_in(self.office, clock, [self._file(kind, some) for kind, some in rows.items()])

    def new_account(self, family: int, number: str) -> None:
        """Take in another account of a family, verified, and have a second officer confirm it."""
        clock = self.plan.on_day("2026-09", 20)
        row = _account(self.families[family], number, date(2026, 9, 20))
        take_in(self.office, clock, [self._file("accounts", [row])])
        at = self.plan.on_day("2026-09", 21).now()
        with self.office.database.transaction() as connection:
            registry.confirm_accounts(connection, at=at, officer_id=self.office.officer("checker"))

    def _file(self, kind: str, rows: Sequence[Row]) -> FeedFile:
        self.messages += 1
        path = self.office.settings.home / "feeds" / f"{kind}-{self.messages}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return FeedFile(kind, path, len(rows))

    def checked(self, *, later: bool = False) -> str:
        """Open, freeze, calculate and check the cycle; return its code."""
        first = _NEXT if later else _FIRST
        desk = self.office.desk("maker", self.plan.on_day(f"{first:%Y-%m}", 2))
        cycle.open_cycle(desk, _PROGRAMME, first, value_on=first.replace(day=9))
        code = f"{_PROGRAMME}-{first:%Y-%m}"
        cycle.freeze(desk, code)
        cycle.calculate(desk, code)
        cycle.check(desk, code)
        return code

    def released(self, *, later: bool = False) -> str:
        """Bring the cycle to the bank, by its three officers; return its code."""
        code = self.checked(later=later)
        period = code[-7:]
        cycle.submit(self.office.desk("maker", self.plan.on_day(period, 3)), code)
        cycle.approve(self.office.desk("checker", self.plan.on_day(period, 4)), code)
        cycle.release(self.office.desk("releaser", self.plan.on_day(period, 5)), code)
        return code

    def findings(self, code: str) -> list[Finding]:
        """Return what the checks of a cycle found."""
        with self.office.database.transaction() as connection:
            return list(cycle.findings(connection, code))

    def rows(self, statement: str, **values: object) -> list[Any]:
        """Read rows of the scratch database."""
        with self.office.database.transaction() as connection:
            return list(connection.execute(sa.text(statement), values))


def _account(family: Family, number: str, since: date) -> Row:
    return account(family.name, number, holder="Maria Trial", since=since.isoformat())
