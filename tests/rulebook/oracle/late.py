"""Months before the enrolment: each past cycle as if it came now, less what is recorded for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .judging import counted
from .law import NotInForceError
from .money import Dues, Line, due_months

if TYPE_CHECKING:
    from .law import PlainLaw
    from .scope import Home, Row, Scope


def late_lines(law: PlainLaw, home: Home, scope: Scope) -> list[Line]:
    """Return the lines of months before the enrolment that come with it."""
    arrears, start = law.law.get("arrears"), home.row.get("entitled_from_month")
    if not arrears or start is None:
        return []
    most = int(arrears["most"].split()[0])
    most *= law.span if "cycle" in arrears["most"] else 1
    found: list[Line] = []
    for back in range(-(-most // law.span), 0, -1):
        past = replace(scope, cycle=scope.cycle - back * law.span)
        past = replace(past, month=past.cycle)
        found += _PastDues(law, home, past, max(start, scope.cycle - most), most).lines_now()
    return found


class _PastDues(Dues):
    """The lines of a cycle that is over; a line of 0 keeps the place of who was recorded."""

    def __init__(self, law: PlainLaw, home: Home, scope: Scope, start: int, most: int) -> None:
        super().__init__(law, home, scope, lambda *_: False)
        self.start, self.oldest = start, scope.now - most

    def lines_now(self) -> list[Line]:
        self.make()
        return [line for line in self.lines if line.amount]

    def _claim(self, component: Row, month: int, row: Row) -> None:
        if {"once", "instalments"} & component.keys() or month < self.oldest:
            return
        scope = self.place(component, month, row)
        mine = [h for h in scope.history(component["code"]) if h["for_month"] == month]
        try:
            self._bounds(component, month)
            amount = 0 if mine or month < self.start else self._amount(component, row, scope)
        except NotInForceError:
            return
        amount = self.by_days(component, month, row, amount, late=True)
        taken = any(h["due"] > 0 for h in mine) and component["each"] != "household"
        if amount or taken:
            monthly = component.get("months") == "each"
            ids = (row.get("member_id", 0), row.get("pregnancy_id", 0))
            self.lines.append(Line(component, month, monthly, *ids, amount, row))

    def _amount(self, component: Row, row: Row, scope: Scope) -> int:
        if component["each"] == "member" and not counted(self.law, row, self.scope):
            return 0
        refused = any(scope.test(u["when"]) for u in component.get("unless", []))
        if refused or not scope.test(component.get("where", "TRUE")):
            return 0
        return int(scope.value(component["amount"]))

    def _bounds(self, component: Row, month: int) -> None:
        """Ask for every limit and cap over a component: without a value nothing is due."""
        here = replace(self.scope, month=month, component=lambda *_: 0)
        for limit in self.law.many("limits"):
            if component["code"] in limit["over"]:
                here.value(limit["at_most"])
        for cap in self.law.many("caps"):
            if component["code"] in cap["of"]:
                here.value(cap["at_most"])

    def _deduct(self, component: Row) -> None:
        if {"once", "instalments"} & component.keys():
            return
        codes = [c["code"] for c in self.law.components]
        above = codes[: codes.index(component["code"])]
        monthly = component.get("months") == "each"
        for month in due_months(self.law, component, self.scope.cycle):
            above_it = [x for x in self.lines if x.code in above and x.amount]
            late = [x for x in above_it if not monthly or (x.monthly and x.month == month)]
            if month < self.oldest or not late:
                continue
            amount = -self.deduction(component, month, "amount")
            amount -= self.recorded(component["code"], month if monthly else None)
            if amount:
                self.lines.append(Line(component, month, monthly, 0, 0, amount, {}))
