"""What a household's lines come to: claims, limits, caps, deductions, and the states of money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .asked import when_due
from .judging import span_of
from .language import rounded
from .law import NotInForceError, first_day, last_day

if TYPE_CHECKING:
    from .law import PlainLaw
    from .scope import Home, Row, Scope


@dataclass
class Line:
    """One component of one subject in one month."""

    component: Row
    month: int
    monthly: bool
    member: int
    pregnancy: int
    amount: int
    row: Row
    forfeited: int = 0
    held: int = 0
    withheld: int = 0
    lost_why: str = ""
    own_hold: str = ""
    held_why: str = ""
    withheld_why: str = ""

    @property
    def code(self) -> str:
        return str(self.component["code"])

    @property
    def parts(self) -> tuple[tuple[int, str], ...]:
        """Return what is lost, held and withheld, each with its reason where there is any."""
        found = (self.forfeited, self.lost_why), (self.held, self.held_why)
        return tuple(
            (amount, why if amount else "")
            for amount, why in (*found, (self.withheld, self.withheld_why))
        )

    @property
    def free(self) -> int:
        return self.amount - self.forfeited - self.held


def due_months(law: PlainLaw, component: Row, cycle: int) -> list[int]:
    """Return the months of a cycle in which a component is due."""
    months = list(range(cycle, cycle + law.span))
    season = component.get("season", [])
    inside = [m for m in months if not season or any(_in(text, m) for text in season)]
    if component.get("months") != "each":
        inside = [cycle] if inside else []
    return [m for m in inside if _holds(component, first_day(m))]


def _in(text: str, month: int) -> bool:
    return month % 12 in {m % 12 for m in span_of(text, month, "same")}


def _holds(component: Row, on: date) -> bool:
    start, end = component.get("from"), component.get("until")
    return (start is None or date.fromisoformat(start) <= on) and (
        end is None or on <= date.fromisoformat(end)
    )


class Dues:
    """All lines of a cycle that are due, made in the order of the list."""

    def __init__(self, law: PlainLaw, home: Home, scope: Scope, dead: Any) -> None:
        self.law, self.home, self.scope, self.dead = law, home, scope, dead
        self.lines: list[Line] = []
        self.refused: list[tuple[str, int, int, int, str]] = []
        self.before_caps: list[Line] | None = None

    def make(self) -> None:
        for each in (("member", "pregnancy"), ("household",)):
            for component in self.law.components:
                if component["each"] in each and component.get("kind") != "deduction":
                    self._claims(component)
            if "member" in each:
                self._once()
                for limit in self.law.many("limits"):
                    self._limit(limit)
                self.lines = [line for line in self.lines if line.amount]
        self.before_caps = [replace(line) for line in self.lines]
        for cap in self.law.many("caps"):
            for month in {line.month for line in self.lines} if cap["per"] == "month" else {0}:
                self._cap(cap, month)
        for component in self.law.components:
            if component.get("kind") == "deduction":
                self._deduct(component)

    def _claims(self, component: Row) -> None:
        for month in due_months(self.law, component, self.scope.cycle):
            if not self.dated(component, month):
                continue
            rows: list[Row] = {
                "member": self.home.members,
                "pregnancy": self.home.pregnancies,
                "household": [{}],
            }[component["each"]]
            for row in rows:
                self._claim(component, month, row)

    def dated(self, component: Row, month: int) -> bool:
        """Return whether all that a component asks in a month is in force."""
        from .needed import is_dated  # noqa: PLC0415 - it asks when components are due

        late = self.scope.cycle != self.scope.now
        when = when_due(component, self.scope.cycle, month, late=late)
        return is_dated(self.law, component, when)

    def place(self, component: Row, month: int, row: Row, scope: Scope | None = None) -> Scope:
        monthly = component.get("months") == "each"
        here = (scope or self.scope).of(component["each"], row)
        return replace(here, month=month, component=self.read, monthly=monthly)

    def read(self, code: str, scope: Scope) -> int:
        lines = self.lines if self.before_caps is None else self.before_caps
        mine = [line for line in lines if line.code == code]
        if scope.monthly and any(line.monthly for line in mine):
            mine = [line for line in mine if line.month == scope.month]
        if scope.subject != "household":
            mine = [line for line in mine if line.row is scope.row]
        now = sum(line.amount for line in mine)
        return now + self.recorded(code, scope.month if scope.monthly else None, scope)

    def recorded(self, code: str, month: int | None, scope: Scope | None = None) -> int:
        """Return what is recorded for a month, or all months, of a cycle that is over."""
        here = self.scope
        if here.cycle == here.now:
            return 0
        months = [month] if month else range(here.cycle, here.cycle + self.law.span)
        rows = (scope or here).history(code)
        return sum(int(row["due"]) for row in rows if row["for_month"] in months)

    def _claim(self, component: Row, month: int, row: Row) -> None:
        if self.dead(component["code"], row.get("member_id", 0), component["each"]):
            return
        scope = self.place(component, month, row)
        monthly = component.get("months") == "each"
        member, pregnancy = row.get("member_id", 0), row.get("pregnancy_id", 0)
        try:
            if not scope.test(component.get("where", "TRUE")):
                return
            for refusal in component.get("unless", []):
                if scope.test(refusal["when"]):
                    told = (component["code"], member, pregnancy, month, refusal["reason"])
                    self.refused.append(told)
                    return
            if self.used_up(component, scope) or not self._entered(month):
                return
            amount = scope.value(component["amount"])
        except NotInForceError:
            return
        amount = self.by_days(component, month, row, amount)
        line = Line(component, month, monthly, member, pregnancy, amount, row)
        if amount:
            self.lines.append(line)

    def used_up(self, component: Row, scope: Scope) -> bool:
        code = component["code"]
        if "instalments" in component:
            counted = component["instalments"]["counted"]
            past = scope.history(code)
            number = sum((h["payable"] if counted == "paid" else h["due"]) > 0 for h in past)
            ids = (scope.row.get("member_id", 0), scope.row.get("pregnancy_id", 0))
            mine = [x for x in self.lines if x.code == code and (x.member, x.pregnancy) == ids]
            now = sum(x.month < scope.month for x in mine)
            if number + now >= scope.value(component["instalments"]["most"]):
                return True
        if "once" in component:
            once = component["once"]
            per = once["per"]
            if per == "member" and component["each"] == "pregnancy":
                per = "mother"
            since = {
                "life": 0,
                "calendar_year": self.scope.now - self.scope.now % 12,
                "school_year": self.law.school_year_start(self.scope.now),
            }[once["in"]]
            past = scope.history(code, per)
            if any(h["due"] > 0 and h["for_month"] >= since for h in past):
                return True
        return False

    def _entered(self, month: int) -> bool:
        if self.law.law["conventions"]["entry_month"] != "none":
            return True
        on = self.home.row.get("enrolled_on_month")
        on = self.scope.now if on is None else on
        return not self.home.row.get("enrolled") or on < month

    def by_days(
        self, component: Row, month: int, row: Row, amount: int, *, late: bool = False
    ) -> int:
        """Return an amount for the days its subject is there, by the conventions."""
        rules = self.law.law["conventions"]
        first, last = first_day(month), last_day(month)
        if component.get("months") != "each" and self.law.span > 1:
            last = last_day(month + self.law.span - 1)
        start, end = first, last
        if rules["entry_month"] == "by_days":
            if component["each"] == "member":
                start = max(start, row.get("joined_on") or date.min)
            if not late:
                start = max(start, self.home.row.get("enrolled_on") or first_day(self.scope.now))
        if component["each"] == "member":
            if rules["exit_month"] == "by_days" and row.get("left_on"):
                end = min(end, date.fromordinal(row["left_on"].toordinal() - 1))
            if rules["month_of_death"] == "by_days" and row.get("died_on"):
                end = min(end, row["died_on"])
        present, there_are = (end - start).days + 1, (last - first).days + 1
        if present >= there_are:
            return amount
        if present <= 0:
            return 0
        mode, unit = self.law.convention
        return min(amount, rounded(Fraction(amount * present, there_are), unit, mode))

    def _once(self) -> None:
        """Where once is per mother or household, the lowest id of this cycle's claims is kept."""
        for component in self.law.components:
            per = component.get("once", {}).get("per")
            if per is None or per == component["each"]:
                continue
            seen: set[int] = set()
            mine = [line for line in self.lines if line.component is component]
            for line in sorted(mine, key=lambda x: (x.pregnancy, x.member)):
                whose = 0 if per == "household" else line.member
                if whose in seen:
                    self.lines.remove(line)
                seen.add(whose)

    def _limit(self, limit: Row) -> None:
        order = {c["code"]: n for n, c in enumerate(self.law.components)}

        def key(line: Line) -> list[Any]:
            found: list[Any] = []
            member = next((m for m in self.home.members if m["member_id"] == line.member), {})
            for entry in limit["by"]:
                name, _, direction = entry.partition(" ")
                value = (
                    line.amount if name == "amount" else self.scope.of("member", member).name(name)
                )
                number = value.toordinal() if isinstance(value, date) else value
                found.append(-number if direction == "DESC" else number)
            return [line.amount > 0, *found, line.member, line.pregnancy, order[line.code]]

        for month in sorted({line.month if line.monthly else 0 for line in self.lines}):
            most = replace(self.scope, month=month or self.scope.cycle).value(limit["at_most"])
            claims = [
                line
                for line in self.lines
                if line.code in limit["over"] and (line.month if line.monthly else 0) == month
            ]
            chosen = sorted(claims, key=key)
            if limit["counts"] == "member":
                best: dict[int, Line] = {}
                for line in chosen:
                    best.setdefault(line.member, line)
                chosen = list(best.values())
            kept = {id(line) for line in chosen[:most]}
            gone = {id(line) for line in claims} - kept
            self.lines = [line for line in self.lines if id(line) not in gone]

    def _cap(self, cap: Row, month: int) -> None:
        monthly = cap["per"] == "month"
        of = [x for x in self.lines if x.code in cap["of"] and (not monthly or x.month == month)]
        shrink = cap["reduce"]
        lines = [line for line in of if line.code in shrink["lines"] and line.amount > 0]
        if not lines:
            return
        here = replace(self.scope, component=self.read, monthly=monthly)
        here = replace(here, month=month if monthly else self.scope.cycle)
        ceiling = here.value(cap["at_most"])
        ceiling -= sum(self.recorded(code, month or None) for code in cap["of"])
        room = ceiling - sum(line.amount for line in of if line.code not in shrink["lines"])
        wanted = sum(line.amount for line in lines)
        if wanted <= room:
            return
        unit = self.law.money(shrink["unit"])
        allowed = max(room, 0) // unit * unit
        order = {c["code"]: n for n, c in enumerate(self.law.components)}
        ids = {id(x): (x.member, x.pregnancy, order[x.code], x.month) for x in lines}
        if shrink["how"] == "in_order":
            places = {code: n for n, code in enumerate(shrink["lines"])}
            for line in sorted(lines, key=lambda x: (places[x.code], *_tie(shrink, x), ids[id(x)])):
                given = min(line.amount, allowed)
                line.amount = given if given == line.amount else given // unit * unit
                allowed -= line.amount if given else 0
        else:
            self._shares(lines, shrink, (allowed, wanted, unit), ids)
        self.lines = [line for line in self.lines if line.amount]

    def _shares(
        self, lines: list[Line], shrink: Row, sizes: tuple[int, int, int], ids: dict[int, Any]
    ) -> None:
        allowed, wanted, unit = sizes
        exact = {id(x): Fraction(x.amount * allowed, wanted) for x in lines}
        given = {key: int(share // unit) * unit for key, share in exact.items()}
        ties = {id(x): (*_tie(shrink, x), ids[id(x)]) for x in lines}
        orders: dict[str, Any] = {
            "largest_fraction": lambda x: (-(exact[id(x)] - given[id(x)]), ties[id(x)]),
            "first": lambda x: ties[id(x)],
            "last": lambda x: ties[id(x)],
            "highest": lambda x: (-x.amount, ties[id(x)]),
        }
        ranked = sorted(
            lines, key=orders[shrink["remainder"]], reverse=shrink["remainder"] == "last"
        )
        left = (allowed - sum(given.values())) // unit
        for line in ranked[:left]:
            if given[id(line)] + unit <= line.amount:
                given[id(line)] += unit
        for line in lines:
            line.amount = given[id(line)]

    def _deduct(self, component: Row) -> None:
        if self.dead(component["code"], 0, "household"):
            return
        for month in due_months(self.law, component, self.scope.cycle):
            if not self.dated(component, month):
                continue
            amount = -self.deduction(component, month, "amount")
            if amount:
                monthly = component.get("months") == "each"
                self.lines.append(Line(component, month, monthly, 0, 0, amount, {}))

    def _codes_above(self, component: Row) -> list[str]:
        codes = [c["code"] for c in self.law.components]
        return codes[: codes.index(component["code"])]

    def above(self, component: Row, month: int) -> list[Line]:
        """Return the lines that a deduction deducts from, in the order of the list."""
        codes = self._codes_above(component)
        monthly = component.get("months") == "each"
        mine = [
            x
            for x in self.lines
            if x.code in codes and (not monthly or (x.monthly and x.month == month))
        ]
        return sorted(mine, key=lambda x: (codes.index(x.code), x.month))

    def deduction(self, component: Row, month: int, what: str) -> int:
        """Return a deduction of the lines above it: of what is due, kept or free."""
        lines = self.above(component, month)
        monthly = component.get("months") == "each"
        codes = self._codes_above(component)
        before = sum(self.recorded(code, month if monthly else None) for code in codes)
        totals = {
            "amount": sum(x.amount for x in lines) + before,
            "kept": sum(x.amount - x.forfeited for x in lines),
            "free": sum(x.free for x in lines),
        }
        scope = replace(self.place(component, month, {}), extras={"subtotal": totals[what]})
        try:
            if not scope.test(component.get("where", "TRUE")):
                return 0
            return int(scope.value(component["amount"]))
        except NotInForceError:
            return 0


def _tie(shrink: Row, line: Line) -> list[int]:
    found = []
    for entry in shrink["tie"]:
        name, _, direction = entry.partition(" ")
        number = line.amount if name == "amount" else line.member
        found.append(-number if direction == "DESC" else number)
    return found
