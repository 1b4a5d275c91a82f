"""Today: what needs me, what is late, what will happen without me. And where a number leads."""

from __future__ import annotations

import re
from typing import Any, Final

from cct_engine import registry, schedule
from cct_engine.console.answers import Answer, Goto, View
from cct_engine.console.coming import coming
from cct_engine.console.reading import cycles as reading
from cct_engine.console.reading import figures as sums
from cct_engine.console.reading import pay_days, search
from cct_engine.console.reading.waiting import Waits, waiting
from cct_engine.console.routes import EVERY_ROLE, SIGNED_IN, Router
from cct_engine.console.visit import Visit  # noqa: TC001 - endpoints are read by people
from cct_engine.cycle import State

__all__ = ["router"]

router = Router()

_COMING: Final = 4
"""How many of the calendar's next steps stand on Today."""


@router.page("/", SIGNED_IN)
@router.page("/today", SIGNED_IN)
def today(visit: Visit) -> Answer:
    """What waits for this officer, the cycles in flight, what the calendar does next."""
    connection = visit.connection
    cycles = {one.cycle_id: one for one in reading.in_scope(connection, visit.scope())}
    titles = reading.titles(connection)
    flying = [one for one in cycles.values() if one.state is not State.CLOSED]
    items = [
        _with_sums(visit, one, cycles) for one in waiting(connection, visit.session, at=visit.at)
    ]
    due = schedule.due(connection, visit.at, home=visit.place.home)
    return View(
        "today.html",
        "Today",
        {
            "items": items,
            "cycles": [_line(visit, one, titles) for one in flying],
            "due": [one for one in due if not one.programme or visit.sees(one.programme)][:6],
            "coming": coming(visit)[:_COMING],
            "titles": titles,
            "watch": search.watch(connection, visit.scope()),
        },
    )


@router.page("/search", EVERY_ROLE, fields=("q",))
def search_page(visit: Visit) -> Answer:
    """Jump to what a number or code names; a name is never looked for here."""
    asked = visit.fields["q"].strip()
    if not asked:
        return Goto("/")
    target = search.target(visit.connection, asked)
    if target is not None:
        return Goto(target)
    if re.fullmatch(r"[\d -]{11,14}", asked):
        try:
            return Goto(f"/households/{registry.id_of(asked)}")
        except ValueError as miscopied:
            return View("search.html", "Search", {"reason": str(miscopied)}, status=404)
    return View("search.html", "Search", {"reason": ""}, status=404)


def _with_sums(visit: Visit, item: Waits, cycles: dict[int, Any]) -> dict[str, Any]:
    shown = item._asdict() | {"period": None}
    cycle = cycles.get(item.cycle_id)
    if cycle is not None:
        shown["period"] = cycle.period
        found = sums.figures(visit.connection, cycle)
        if found is not None:
            shown |= {"item_count": found.paid_families, "amount_minor": found.pay_now_minor}
    return shown


def _line(visit: Visit, cycle: Any, titles: dict[str, str]) -> dict[str, Any]:
    steps = reading.steps(cycle, on=visit.at.date())
    return {
        "cycle": cycle,
        "title": titles[cycle.programme],
        "steps": steps,
        "step_name": next((one.name for one in steps if one.kind in {"now", "late"}), "Close"),
        "figures": sums.figures(visit.connection, cycle),
        "days": pay_days.days_of(visit.connection, cycle, on=visit.at.date()),
    }
