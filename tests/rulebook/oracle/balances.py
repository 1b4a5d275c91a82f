"""What becomes of money that was open before the cycle."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from .asked import Asked, When
from .judging import registration, windows
from .law import MONTHS, first_day, last_day

if TYPE_CHECKING:
    from .law import PlainLaw
    from .scope import Home, Row, Scope

Ladders = dict[tuple[str, int], "Row"]


def open_money(
    law: PlainLaw, home: Home, scope: Scope, ladders: Ladders, *, blocked: bool
) -> list[tuple[str, Row]]:
    """Return (fate, balance) for every balance that is released, lapses or is paid late."""
    found = []
    for balance in home.balances:
        fate = ""
        if balance["kind"] == "held":
            fate = _held(law, home, scope, ladders, balance)
        elif balance["kind"] == "withheld":
            fate = _withheld(law, home, scope, balance)
        elif balance["kind"] == "arrears":
            fate = "arrears"
        if fate and (fate == "lapsed" or not blocked):
            found.append((fate, balance))
    return found


def taken_back(home: Home, recovery: int) -> list[tuple[str, Row]]:
    """Return what each overpayment gives back now, the oldest first."""
    found = []
    owed = [balance for balance in home.balances if balance["kind"] == "recoverable"]
    for balance in sorted(owed, key=_age):
        taken = min(recovery, balance["amount"])
        recovery -= taken
        if taken:
            found.append(("recovery", {**balance, "amount": -taken}))
    return found


def rows_opened(
    opened: list[tuple[str, Row]], taken: list[tuple[str, Row]]
) -> list[tuple[Any, ...]]:
    """Return the rows of money that was open before: where it comes from, and why it waited."""
    names = ("component", "person_id", "pregnancy_id", "for_month", "origin_month", "amount")
    return sorted(
        (fate, *(balance[name] for name in names), _why(fate, balance))
        for fate, balance in [*opened, *taken]
    )


def _why(fate: str, balance: Row) -> str:
    reason = str(balance["reason_code"])
    return f"{balance['kind']}:{reason}" if fate in {"released", "lapsed"} else reason


def _age(balance: Row) -> tuple[Any, ...]:
    names = ("origin_month", "for_month", "component", "person_id", "pregnancy_id")
    return tuple(balance[name] for name in names)


def _held(law: PlainLaw, home: Home, scope: Scope, ladders: Ladders, balance: Row) -> str:
    reason = balance["reason_code"]
    if reason in {"no_payee", "new_payee", "incomplete", "review_hold"}:
        return "released"
    if reason == "recertify:hold" and "recertify" in law.law:
        lapses = law.law["recertify"].get("held_at_cancel") == "lapse"
        if lapses and registration(law, scope) == "cancel":
            return "lapsed"
        return "released"
    kind, _, rest = reason.partition(":")
    if kind == "stop":
        known = any(stop["name"] == rest for stop in law.many("stops"))
        return "released" if known and scope.test(f"event('cleared_{rest}')") else ""
    if kind == "missing":
        return _waiting(law, home, scope, rest, balance)
    return _ladder(law, scope, ladders, rest, balance) if kind == "ladder" else ""


def _ladder(law: PlainLaw, scope: Scope, ladders: Ladders, rest: str, balance: Row) -> str:
    name, _, code = rest.partition(":")
    ladder = law.section("ladders").get(name)
    if ladder is None or ladder["states"].get(code, {}).get("money") != "hold":
        return ""
    subject = 0 if ladder["each"] == "household" else balance["person_id"]
    rows = [row for key, row in ladders.items() if key == (name, subject)]
    if _is_deduction(law, balance):  # of nobody: it waits until the last of its lines goes out
        rows = [row for (of, _), row in ladders.items() if of == name]
    state = ladder["states"][code]
    still = any(
        row["effect"] == "hold"
        and row["state"] == code
        and (row["since"] or 0) <= balance["origin_month"]
        for row in rows
    )
    if still and "hold_limit" in state:
        length, unit = state["hold_limit"].split()
        months = int(length) * (law.span if unit.startswith("cycle") else 1)
        if balance["origin_month"] < scope.cycle - months:
            return "lapsed"
    over = (
        not still
        if state["release"] == "next_cycle"
        else all(row["effect"] == "none" for row in rows)
    )
    return "released" if over else ""


def _is_deduction(law: PlainLaw, balance: Row) -> bool:
    kinds = {component["code"]: component.get("kind") for component in law.components}
    return kinds.get(balance["component"]) == "deduction"


def _waiting(law: PlainLaw, home: Home, scope: Scope, name: str, balance: Row) -> str:
    condition = law.section("conditions").get(name, {})
    if "hold" not in condition:
        return ""
    cycles, then = int(condition["hold"]["cycles"]), condition["hold"]["then"]
    end = "released" if then == "release" else "lapsed"
    back = (scope.cycle - balance["origin_month"]) // law.span
    if back > cycles:
        return end
    monthly = {c["code"] for c in law.components if c.get("months") == "each"}
    by_month = condition["breach"].get("scope") in {"member_month", "household_month"}
    by_month = by_month and balance["component"] in monthly
    if balance["component"] in condition["breach"].get("forfeit", []):
        whole = condition["breach"]["scope"].startswith("household")
    else:
        ladder = law.section("ladders").get(condition["breach"].get("ladder", ""), {})
        whole = ladder.get("each") == "household"
    whole = whole or _is_deduction(law, balance)
    fates = {
        v["code"]
        for v in home.verdicts
        if v["condition"] == name
        and v["back"] == back
        and (whole or v["subject_id"] == balance["person_id"])
        and (not by_month or v["for_month"] == balance["for_month"])
    }
    if back < 1 or not _is_asked(law, condition, scope.cycle - back * law.span):
        return ""
    if "not_met" in fates:
        return "lapsed"
    if "waiting" in fates:
        return end if back == cycles else ""
    return "released"


def _is_asked(law: PlainLaw, condition: Row, cycle: int) -> bool:
    """Return whether a cycle judged some window of a condition for anybody."""
    where = condition.get("where", "TRUE")
    return any(
        Asked(law).of(where, condition["each"], When(cycle, month, (seen[0], seen[-1])))
        is not False
        for seen, month in windows(law, condition, cycle)
    )


def _withheld(law: PlainLaw, home: Home, scope: Scope, balance: Row) -> str:
    rule = next((w for w in law.many("withholding") if balance["component"] in w["of"]), None)
    if rule is None:
        return ""
    by_year = "calendar_year" in rule["balance_per"]
    year = balance["for_month"] // 12
    days = [
        fact["numerator"]
        for fact in home.facts
        if fact["kind"] == rule["release"]["by"]
        and fact["numerator"] is not None
        and ("member" not in rule["balance_per"] or fact["member_id"] == balance["person_id"])
        and (not by_year or fact["month"] // 12 == year)
    ]
    deadline = _deadline(rule, year)
    first = min(days, default=None)
    last = (last_day(scope.cycle + law.span - 1) - date(1970, 1, 1)).days
    in_time = first is not None
    if first is not None and deadline is not None:
        limit = (deadline - date(1970, 1, 1)).days
        in_time = first <= limit if rule["deadline"]["last_day"] == "valid" else first < limit
    waived = any(
        override.get("release") == "without_certificate"
        and date.fromisoformat(override["from"])
        <= first_day(scope.cycle)
        <= date.fromisoformat(override["to"])
        and scope.test(override.get("where", "TRUE"))
        and (not by_year or year < scope.cycle // 12)
        for override in law.many("overrides")
    )
    wait = int(rule["release"]["not_before"].split()[0])
    if waived or (in_time and first is not None and first + wait <= last):
        return "released"
    over = deadline is not None and deadline < first_day(scope.cycle)
    return "lapsed" if over and not in_time else ""


def _deadline(rule: Row, year: int) -> date | None:
    if rule["deadline"] == "never":
        return None
    for moved in rule["deadline"].get("exceptions", []):
        if int(moved["earned"]) == year:
            return date.fromisoformat(moved["until"])
    day, month, which = rule["deadline"]["default"].split()
    return date(year + (which == "next_year"), MONTHS.index(month) + 1, int(day))
