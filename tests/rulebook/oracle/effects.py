"""What becomes of a line that is due, and why: lost, kept back, or a share that waits.

A line may be lost for several reasons, and wait for several; it tells one of each. What takes the
whole is told before what takes a share. What keeps this line alone is told before what keeps all
money of the household, because the reason told says when the money goes out, and what keeps all
money is asked again before any goes out.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from .judging import registration
from .language import rounded
from .law import NotInForceError, first_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .law import PlainLaw
    from .money import Dues, Line
    from .scope import Home, Row, Scope

Ladders = dict[tuple[str, int], "Row"]
OF_HOUSEHOLD = ("household", "household_month")


class Effects:
    """What the law's ladders, conditions, stops and holds do to lines in this cycle."""

    def __init__(self, law: PlainLaw, home: Home, scope: Scope, ladders: Ladders) -> None:
        self.law, self.home, self.scope, self.ladders = law, home, scope, ladders
        self.kept = ""

    def split(self, dues: Dues, kept: str) -> None:
        """Write into the lines what is lost, held and withheld of each, with its reason.

        ``kept``: why all money of the household is kept, if it is.
        """
        self.kept = kept
        for line in dues.lines:
            if line.component.get("kind") != "deduction":
                self._split(line)
        for line in dues.lines:
            if line.component.get("kind") == "deduction":
                self._deduct(dues, line)

    def _split(self, line: Line) -> None:
        line.lost_why = next(self._losses(line), "")
        if line.lost_why:
            line.forfeited = line.amount
            return
        self._reduce(line)
        left = line.amount - line.forfeited
        line.own_hold = next(self._holds(line, own=True), "")
        line.held_why = line.own_hold or next(self._holds(line, own=False), self.kept)
        if line.held_why:
            line.held = left
        else:
            self._withhold(line, left)

    def _deduct(self, dues: Dues, line: Line) -> None:
        """Split a deduction: it is lost, and waits, with the lines above it, for their reasons."""
        kept = -dues.deduction(line.component, line.month, "kept")
        free = -dues.deduction(line.component, line.month, "free")
        line.forfeited, line.held = line.amount - kept, kept - free
        above = dues.above(line.component, line.month)
        line.lost_why, line.held_why = _first_lost(above), _first_held(above)

    def dead(self, code: str, member: int, each: str) -> bool:
        """Return whether a ladder says that a line does not arise."""
        return any(
            row["effect"] == "not_due"
            and self._applies(name, code)
            and (subject == 0 or (each == "member" and subject == member))
            for (name, subject), row in self.ladders.items()
        )

    def _losses(self, line: Line) -> Iterator[str]:
        """Yield why all of a line is lost: by the household first, ladders before conditions."""
        for own in (False, True):
            for name, row in self._climbed(line, own=own):
                if row["effect"] == "forfeit":
                    yield f"ladder:{name}:{row['state']}"
            for verdict, breach in self._judged(line, "not_met"):
                whole = _by_household(breach)
                heard = own != whole and (whole or _is_own(verdict, line))
                if heard and line.code in breach.get("forfeit", []):
                    yield f"condition:{verdict['condition']}"

    def _reduce(self, line: Line) -> None:
        """Take the share of the first ladder that reduces: the member's own before the family's."""
        for own in (True, False):
            for name, row in self._climbed(line, own=own):
                if row["effect"] == "reduce" and not line.forfeited:
                    state = self.law.section("ladders")[name]["states"][row["state"]]
                    mode, unit = self.law.convention
                    share = line.amount * self.law.typed("percent", state["by"])
                    line.forfeited = min(line.amount, rounded(Fraction(share), unit, mode))
                    line.lost_why = f"ladder:{name}:{row['state']}"
                    return

    def _holds(self, line: Line, *, own: bool) -> Iterator[str]:
        """Yield why a line alone waits, for its subject's own sake or not."""
        for name, row in self._climbed(line, own=own):
            if row["effect"] == "hold":
                yield f"ladder:{name}:{row['state']}"
        for verdict, breach in self._judged(line, "waiting"):
            whose = self._waits_for(line, breach)
            mine = whose == "own" and own and _is_own(verdict, line)
            if mine or (whose == "household" and not own):
                yield f"missing:{verdict['condition']}"
        for stop in self.law.many("stops"):
            if own != (stop["each"] == "household") and self._is_stopped(line, stop):
                yield f"stop:{stop['name']}"

    def _climbed(self, line: Line, *, own: bool) -> Iterator[tuple[str, Row]]:
        """Yield the ladders that this line hears, of its own member or of the household."""
        each = "member" if own else "household"
        for (name, subject), row in self.ladders.items():
            if self.law.section("ladders")[name]["each"] != each or not self._applies(
                name, line.code
            ):
                continue
            if not own or (line.component["each"] == "member" and subject == line.member):
                yield name, row

    def _applies(self, ladder: str, code: str) -> bool:
        codes = self.law.section("ladders")[ladder]["applies_to"]
        return bool(codes == "all" or code in codes)

    def _judged(self, line: Line, code: str) -> Iterator[tuple[Row, Row]]:
        """Yield this cycle's verdicts of a code that speak of the line's month, and the breach."""
        for verdict in self.home.verdicts:
            breach = self.law.section("conditions")[verdict["condition"]]["breach"]
            by_month = breach.get("scope") in {"member_month", "household_month"}
            same = not (by_month and line.monthly) or verdict["for_month"] == line.month
            if not verdict["back"] and verdict["code"] == code and same:
                yield verdict, breach

    def _waits_for(self, line: Line, breach: Row) -> str:
        """Return whose silence holds a line: anybody's of the household, the subject's own."""
        if line.code in breach.get("forfeit", []):
            return "household" if _by_household(breach) else "own"
        if "ladder" in breach and self._applies(breach["ladder"], line.code):
            each = self.law.section("ladders")[breach["ladder"]]["each"]
            return "household" if each == "household" else "own"
        return ""

    def _is_stopped(self, line: Line, stop: Row) -> bool:
        if stop["lines"] != "all" and line.code not in stop["lines"]:
            return False
        if stop["each"] not in {"household", line.component["each"]}:
            return False
        here = self.scope.of(stop["each"], {} if stop["each"] == "household" else line.row)
        cleared = self.scope.test(f"event('cleared_{stop['name']}')")
        return here.test(stop["when"]) and not cleared

    def _withhold(self, line: Line, left: int) -> None:
        rule = next((w for w in self.law.many("withholding") if line.code in w["of"]), None)
        if rule is None:
            return
        try:
            share = self.law.parameter(rule["share"], first_day(self.scope.cycle))
        except NotInForceError:
            return
        mode, unit = self.law.convention
        line.withheld = min(left, rounded(left * share, unit, mode))
        line.withheld_why = f"withholding:{rule['name']}"


def what_keeps_all(law: PlainLaw, scope: Scope, payee: int, *, known: bool, new: bool) -> str:
    """Return why all money of a household is kept now, the first of several, empty if it is not.

    ``known``: whether all is known that decides its money; ``new``: whether its payee is new.
    """
    if not payee:
        return "no_payee"
    if not known:
        return "incomplete"
    if scope.test("event('review_hold')"):
        return "review_hold"
    if new:
        return "new_payee"
    return "recertify:hold" if registration(law, scope) == "hold" else ""


def _by_household(breach: Row) -> bool:
    return breach.get("scope") in OF_HOUSEHOLD


def _is_own(verdict: Row, line: Line) -> bool:
    return bool(verdict["subject_id"] == line.member and line.component["each"] == "member")


def _together(above: list[Line]) -> list[list[Line]]:
    """Return the lines above a deduction, those of one component and month together."""
    keys = dict.fromkeys((line.code, line.month) for line in above)
    return [[line for line in above if (line.code, line.month) == key] for key in keys]


def _first_lost(above: list[Line]) -> str:
    """Return why the first lines of those above were lost; of several reasons the first word."""
    for lines in _together(above):
        lost = {line.lost_why for line in lines if line.forfeited}
        if lost:
            return min(lost)
    return ""


def _first_held(above: list[Line]) -> str:
    """Return why the first lines of those above wait: the subjects' own reasons before others."""
    for lines in _together(above):
        held = [line for line in lines if line.held]
        if held:
            return min({x.own_hold for x in held if x.own_hold} or {x.held_why for x in held})
    return ""
