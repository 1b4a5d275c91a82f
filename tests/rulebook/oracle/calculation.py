"""One household in one cycle, from its rows to its lines and totals."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from .balances import open_money, rows_opened, taken_back
from .climbing import climb, remembered_step
from .effects import Effects, what_keeps_all
from .grace import remembered
from .judging import counted, standing
from .language import rounded
from .late import late_lines
from .law import last_day
from .money import Dues
from .needed import is_incomplete
from .scope import Scope
from .verdicts import judge, rows_of

if TYPE_CHECKING:
    from .law import PlainLaw
    from .money import Line
    from .scope import Home, Row


def calculate(law: PlainLaw, home: Home, cycle: int) -> Row:
    """Return the household's totals, its lines, its verdicts and its new states."""
    scope = Scope(law, home, cycle, cycle, now=cycle)
    home.members = [m for m in home.members if counted(law, m, scope)]
    ids = {m["member_id"] for m in home.members}
    home.pregnancies = [p for p in home.pregnancies if p["member_id"] in ids]
    label, excluded = standing(law, home, scope)
    home.standing = label if label in {"full", "grace", "not_eligible"} else "exited"
    eligible = label in {"full", "grace"}
    if eligible:
        judge(law, home, scope)
    ladders = climb(law, home, scope, eligible=eligible)
    return _Paying(law, home, scope, ladders).result(label, excluded)


class _Paying:
    def __init__(
        self, law: PlainLaw, home: Home, scope: Scope, ladders: dict[tuple[str, int], Row]
    ) -> None:
        self.law, self.home, self.scope, self.ladders = law, home, scope, ladders
        self.eligible = home.standing in {"full", "grace"}

    def result(self, label: str, excluded: str) -> Row:
        effects = Effects(self.law, self.home, self.scope, self.ladders)
        dues = Dues(self.law, self.home, self.scope, effects.dead)
        if self.eligible:
            dues.make()
        payee, waits = self._paid()
        unknown = is_incomplete(self.law, self.home, self.scope) or self.home.unlisted
        kept = what_keeps_all(self.law, self.scope, payee, known=not unknown, new=waits)
        effects.split(dues, kept)
        late = late_lines(self.law, self.home, self.scope) if self.eligible else []
        opened = open_money(self.law, self.home, self.scope, self.ladders, blocked=bool(kept))
        return self._totals(dues, late, opened, (label, excluded, payee, kept))

    def _paid(self) -> tuple[int, bool]:
        """Return who is paid now, and whether the money waits for a payee who is new."""
        named, before = self._payee(), self._before()
        if not named or before is None or before["counter_1"] == named:
            return named, False
        if any(m["member_id"] == before["counter_1"] for m in self._here()):
            return int(before["counter_1"]), False
        return named, True

    def _before(self) -> Row | None:
        """Return whom an earlier cycle named since the enrolment, where the law asks."""
        if not self._delayed:
            return None
        since = self.home.row.get("enrolled_on_month")
        since = self.scope.cycle if since is None else since
        rows = [s for s in self.home.states if s["ladder"] == "payee"]
        return next((row for row in rows if row["cycle_month"] >= since), None)

    def _named(self) -> tuple[int, int] | None:
        """Return whom this cycle names for the next one, and since when."""
        named, before = self._payee(), self._before()
        if not self._delayed or not self.eligible or not named:
            return None
        same = before is not None and before["counter_1"] == named
        return named, before["since_month"] if before is not None and same else self.scope.cycle

    @property
    def _delayed(self) -> bool:
        return bool(self.law.law["conventions"]["new_payee"] == "next_cycle")

    def _here(self) -> list[Row]:
        """Return the members who may be named: all, or those there on the cycle's last day."""
        last = last_day(self.scope.cycle + self.law.span - 1)
        gone = ("died_on", "left_on")
        return [
            m
            for m in self.home.members
            if not self._delayed or all(m[name] is None or m[name] > last for name in gone)
        ]

    def _payee(self) -> int:
        for rule in self.law.many("payee"):
            found = [m for m in self._here() if self.scope.of("member", m).test(rule["where"])]
            if found:
                return int(min(found, key=lambda m: self._order(rule["by"], m))["member_id"])
        return 0

    def _order(self, by: list[str], member: Row) -> list[Any]:
        found: list[Any] = []
        for entry in by:
            name, _, direction = entry.partition(" ")
            value = self.scope.of("member", member).name(name)
            number: Any = value.toordinal() if isinstance(value, date) else value
            if isinstance(number, str):
                number = {"F": 0, "M": 1}.get(number, 2)
            found.append(-number if direction == "DESC" else number)
        return [*found, member["member_id"]]

    def _totals(
        self,
        dues: Dues,
        late: list[Line],
        opened: list[tuple[str, Row]],
        told: tuple[str, str, int, str],
    ) -> Row:
        label, excluded, payee, kept_why = told
        lines = dues.lines
        gross = sum(x.amount for x in lines)
        lost, kept = sum(x.forfeited for x in lines), sum(x.held for x in lines)
        withheld = sum(x.withheld for x in lines)
        sums = {
            fate: sum(b["amount"] for f, b in opened if f == fate)
            for fate in ("released", "lapsed", "arrears")
        }
        now = sum(line.amount for line in late)
        payable = gross - lost - kept - withheld
        recovery = self._recovery(gross, payable)
        late_held = now if kept_why else 0
        pay_now = payable + now - late_held + sums["arrears"] + sums["released"] - recovery
        return {
            "gross": gross,
            "arrears": now + sums["arrears"],
            "released": sums["released"],
            "lapsed": sums["lapsed"],
            "recovery": recovery,
            "pay_now": pay_now,
            "held": kept + late_held,
            "withheld": withheld,
            "forfeited": lost,
            "standing_reason": excluded or label,
            "payee_person_id": payee,
            "named": self._named(),
            "standing": remembered(self.law, self.home, self.scope, label),
            "lines": sorted(
                (x.code, x.member, x.pregnancy, x.month, x.amount, *x.parts) for x in lines
            ),
            "late": sorted(
                (x.code, x.member, x.pregnancy, x.month, x.amount, kept_why) for x in late
            ),
            "opened": rows_opened(opened, taken_back(self.home, recovery)),
            "refused": sorted(dues.refused),
            "verdicts": rows_of(self.home),
            "states": {
                key: remembered_step(row)
                for key, row in self.ladders.items()
                if row["state"] != "none"
            },
        }

    def _recovery(self, gross: int, payable: int) -> int:
        rule = self.law.law.get("recovery")
        owed = sum(b["amount"] for b in self.home.balances if b["kind"] == "recoverable")
        if rule is None:
            return 0
        base = gross if rule["of"] == "gross" else payable
        _, unit = self.law.convention
        most = rounded(base * self.law.typed("percent", rule["most"]), unit, "down")
        return int(max(0, min(owed, most, payable)))
