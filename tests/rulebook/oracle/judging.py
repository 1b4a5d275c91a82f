"""Standing and windows of one household, plainly."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from .grace import had_before, read_grace
from .law import MONTHS, NotInForceError, first_day, last_day, month_of

if TYPE_CHECKING:
    from .law import PlainLaw
    from .scope import Home, Row, Scope

OPEN = ("full", "grace", "not_eligible", "")


def months_minus(day: date, months: int) -> date:
    """Return the same day months earlier, or the last of a shorter month."""
    month = month_of(day) - months
    last = date.fromordinal(first_day(month + 1).toordinal() - 1)
    return first_day(month).replace(day=min(day.day, last.day))


def counted(law: PlainLaw, member: Row, scope: Scope) -> bool:
    """Return whether a member counts in the scope's cycle."""
    rules = law.law["conventions"]
    if "counted" in rules:
        return bool(scope.of("member", member).test(rules["counted"]))
    first, last = first_day(scope.cycle), last_day(scope.cycle + law.span - 1)
    joined, left, died = member["joined_on"], member["left_on"], member["died_on"]
    if joined is not None and joined > (first if rules["entry_month"] == "none" else last):
        return False
    if left is not None and left <= (last if rules["exit_month"] == "none" else first):
        return False
    if died is None:
        return True
    return bool(died > last if rules["month_of_death"] == "not_due" else died >= first)


def registration(law: PlainLaw, scope: Scope) -> str:
    recertify = law.law.get("recertify")
    if not recertify:
        return "none"
    source = scope.value(recertify["from"])
    if source == date.min:
        return "none"
    for rung in ("cancel", "hold", "warn"):
        if rung in recertify["ladder"]:
            months = int(recertify["ladder"][rung].split()[0])
            if source <= months_minus(first_day(scope.cycle), months):
                return rung
    return "none"


def standing(  # noqa: PLR0911 - one line of the law, one return
    law: PlainLaw, home: Home, scope: Scope
) -> tuple[str, str]:
    """Return the standing's label and, if the household is excluded, why."""
    past = next((s for s in home.states if s["ladder"] == "standing"), None)
    label, since = (past["state"], past["since_month"] or 0) if past else ("", 0)
    read_grace(home, past or {}, scope.cycle)
    enrolled = bool(home.row.get("enrolled"))
    on = home.row.get("enrolled_on_month")
    on = scope.cycle if on is None else on
    for when, reason in _excluded(law):
        if scope.test(when):
            return "not_eligible", reason
    if not home.members:
        return "no_members", ""
    for name, ladder in law.section("ladders").items():
        state = next((s for s in home.states if s["ladder"] == name and s["subject_id"] == 0), None)
        if ladder["each"] == "household" and state is not None:
            ends = "ends" in ladder["states"][state["state"]]
            if ends and on <= (state["since_month"] or 0):
                return state["state"], ""
    if scope.test("event('left_voluntarily')"):
        return "left_voluntarily", ""
    if label not in OPEN and enrolled and on <= since:
        return label, ""
    if registration(law, scope) == "cancel":
        return "registration_expired", ""
    return _by_lines(law, home, scope, enrolled=enrolled), ""


def _excluded(law: PlainLaw) -> list[tuple[str, str]]:
    """Return when a household is excluded, and why: by the law's lines, and where it waits."""
    lines = [(entry["when"], entry["reason"]) for entry in law.law["standing"].get("excluded", [])]
    budget = law.law.get("budget")
    return lines if budget is None else [*lines, ("event('waiting_list')", budget["reason"])]


def _by_lines(  # noqa: PLR0911 - one line of the law, one return
    law: PlainLaw, home: Home, scope: Scope, *, enrolled: bool
) -> str:
    rules = law.law["standing"]
    limit = rules.get("time_limit")
    if limit is not None:
        try:
            if scope.cycle - month_of(scope.value(limit["from"])) >= scope.value(limit["months"]):
                return str(limit["shows"])
        except NotInForceError:
            pass
    keep = rules["apply"] if rules["keep"] == "same" else rules["keep"]
    if enrolled and scope.test(keep):
        return "full"
    if not enrolled:
        return "full" if scope.test(rules["apply"]) else "not_eligible"
    grace = rules.get("grace")
    if grace is None:
        return "exited"
    if not scope.test(grace["while"]):
        return str(grace["otherwise"])
    if scope.cycle - home.grace_month >= scope.value(grace["months"]):
        return str(grace["then"])
    return str(grace["then"]) if had_before(law, home, scope.cycle) else "grace"


# Windows


def span_of(text: str, month: int, year: str) -> list[int]:
    """Return the months of ``Oct..Nov`` (or of ``Oct``) seen from a month of this or next year."""
    names = text.split("..")
    first, last = MONTHS.index(names[0]), MONTHS.index(names[-1])
    start = (month // 12 - (year in {"next", "previous"})) * 12 + first
    end = start - first + last
    return list(range(start, (end if end >= start else end + 12) + 1))


def windows(law: PlainLaw, condition: Row, cycle: int) -> list[tuple[list[int], int]]:
    """Return (months observed, month that bears the effect) for all windows a cycle judges."""
    form = law.section("windows")[condition["window"]]
    months = range(cycle, cycle + law.span)
    by_month = condition.get("grain") == "month"
    if isinstance(form, list):
        found = [
            (span_of(row["observe"], month, row.get("year", "same")), month)
            for month in months
            for row in form
            if MONTHS[month % 12] == row["judge"]
        ]
        return [([m], judge) for seen, judge in found for m in seen] if by_month else found
    if form["observe"] == "school_year":
        until = cycle - 1 if form.get("until") else cycle + law.span - 1
        start = law.school_year_start(cycle)
        return [(list(range(start, until + 1)), cycle)] if start <= until else []
    lag = form.get("lag")
    back = 0 if lag is None else int(lag.split()[0]) * (law.span if "cycle" in lag else 1)
    if form["observe"] == "month" or by_month:
        return [(_substituted(form, month - back), month) for month in months]
    return [([month - back for month in months], cycle)]


def _substituted(form: Row, month: int) -> list[int]:
    for other in form.get("except", []):
        if MONTHS[month % 12] in other["months"]:
            return span_of(other["observe"], month, other.get("year", "same"))
    return [month]


def in_force(override: Row, on: date) -> bool:
    return date.fromisoformat(override["from"]) <= on <= date.fromisoformat(override["to"])
