"""What a household keeps of its grace: the one that runs, one interrupted, one that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .law import PlainLaw
    from .scope import Home, Row, Scope


def read_grace(home: Home, past: Row, cycle: int) -> None:
    """Read whether a grace runs, also one that an exclusion interrupts, and when the last began."""
    running = past.get("since_month" if past.get("state") == "grace" else "phase_since_month")
    home.in_grace = bool(running)
    home.grace_month = running or cycle
    home.grace_had = running or past.get("last_effect_month") or 0


def had_before(law: PlainLaw, home: Home, cycle: int) -> bool:
    """Return whether the law grants no grace any more, because there was one."""
    again = law.law["standing"]["grace"].get("again", "always")
    if again == "always" or home.in_grace or not home.grace_had:
        return False
    on = home.row.get("enrolled_on_month")
    return again == "once" or bool(home.grace_had >= (cycle if on is None else on))


def remembered(law: PlainLaw, home: Home, scope: Scope, label: str) -> tuple[Any, ...] | None:
    """Return what the next cycle knows of the standing: state, since, running grace, last grace."""
    past = next((s for s in home.states if s["ladder"] == "standing"), {"state": ""})
    if label == "full" and past["state"] in {"", "full"}:
        return None
    since = past["since_month"] if label == past["state"] else scope.cycle
    rules = law.law["standing"]
    if "grace" not in rules:
        return label, since, None, None
    had, running = home.grace_had or None, None
    if label == "grace":
        had = since = home.grace_month
    if label == "not_eligible" and home.in_grace and home.row.get("enrolled"):
        keep = rules["apply"] if rules["keep"] == "same" else rules["keep"]
        running = None if scope.test(keep) else home.grace_month
    if rules["grace"].get("again", "always") == "always":
        had = None
    return label, since, running, had
