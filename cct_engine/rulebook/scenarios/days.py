"""Expectations about days: when money is paid, until when it can be drawn or proven for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.calendar import pay_calendar, stale_after
from cct_engine.rulebook.values import read_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.rulebook.scenarios.scenario import Entry
    from cct_engine.rulebook.scenarios.world import World

__all__ = ["day_differences"]


def day_differences(world: World, expect: Entry) -> Iterator[str]:
    """Return the differences of a scenario that asks for days alone."""
    found: dict[str, Any] = {}
    rulebook, given = world.rulebook, world.scenario.given
    month = rulebook.cycle_of(world.first)
    if "dates" in expect:
        calendar = pay_calendar(rulebook, month)
        wanted = expect["dates"] if isinstance(expect["dates"], dict) else {}
        found["dates"] = {str(d): calendar.pay_on(str(d)).isoformat() for d in wanted}
    if "pay_date" in expect:
        found["pay_date"] = pay_calendar(rulebook, month).first.isoformat()
    if "payment_window" in expect:
        found["payment_window"] = _window(world, str(month))
    if "available_from" in given:
        found |= _staleness(world, expect)
    for key, value in expect.items():
        if key not in found:
            yield f"{key}: nobody understands this expectation"
        elif found[key] != value:
            yield f"{key}: expected {value}, found {found[key]}"


def _window(world: World, cycle: str) -> list[str]:
    calendar = world.rulebook.law.calendar
    for window in calendar.table if calendar is not None else ():
        if window.cycle == cycle:
            return [window.from_.isoformat(), window.to.isoformat()]
    return []


def _staleness(world: World, expect: Entry) -> dict[str, Any]:
    given, law = world.scenario.given, world.rulebook.law
    available_on = read_date(str(given["available_from"]))

    def last_day(channel: str) -> str | None:
        last = stale_after(world.rulebook, channel=channel, available_on=available_on)
        return None if last is None else last.isoformat()

    channels = given.get("channels")
    if isinstance(channels, list):
        return {"expires": {str(channel): last_day(str(channel)) for channel in channels}}
    channel = str(given.get("channel", law.unclaimed[0].channel))
    last, rule = last_day(channel), law.unclaimed[0]
    days = expect.get("status_on")
    status = {
        day: "available" if last is None or str(day) <= last else "stale"
        for day in (days if isinstance(days, dict) else {})
    }
    gone = last is not None and not given.get("withdrawn", False)
    back = rule.then == "return_to_programme" and gone
    return {
        "status_on": status,
        "expires": last,
        "returned_to_treasury": given.get("amount") if back else 0,
        "reissuable": rule.reissue == "on_request",
    }
