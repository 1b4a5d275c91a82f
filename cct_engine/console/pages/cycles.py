"""Cycles: the list, one cycle as a stepper, what changed, its proof, and the steps themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from cct_engine import cycle as steps_door
from cct_engine import entitlement
from cct_engine.clock import local_date
from cct_engine.console.answers import Answer, Table, View
from cct_engine.console.pages.acting import done
from cct_engine.console.pages.needs import needs
from cct_engine.console.reading import cycles as reading
from cct_engine.console.reading import figures as sums
from cct_engine.console.reading import pay_days
from cct_engine.console.reading.unfinished import unfinished
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.console.words import plain
from cct_engine.cycle import TRANSITIONS, State, tiers
from cct_engine.cycle.states import permission
from cct_engine.people import Role, who_may
from cct_engine.reports import CHANGE_WORDS as WORDS
from cct_engine.reports import charts
from cct_engine.reports.values import Change, Sum

if TYPE_CHECKING:
    from collections.abc import Callable

    from cct_engine.cycle import Cycle, Desk, StepReport

__all__ = ["list_of", "router"]

router = Router()

_CHART_HEIGHT: Final = 140
READERS: Final = letters("MCRBANW")
"""Who opens a cycle's page."""
_VERBS: Final[dict[str, Callable[[Desk, str], StepReport]]] = {
    "freeze": steps_door.freeze,
    "calculate": steps_door.calculate,
    "check": steps_door.check,
    "recheck": steps_door.recheck,
    "release": steps_door.release,
    "close": steps_door.close,
}
"""Steps that need nothing but the cycle; submitting and signing have pages of their own."""
_OFFERED: Final = {
    State.OPENED: ("freeze",),
    State.FROZEN: ("calculate",),
    State.CALCULATED: ("check",),
    State.CHECKED: ("submit", "recheck"),
    State.SUBMITTED: ("approve",),
    State.APPROVED: ("release",),
    State.RELEASED: ("close",),
    State.CLOSED: (),
}


@router.page("/cycles", READERS, fields=("programme",), csv=True)
def list_of(visit: Visit) -> Answer:
    """Every cycle, the late ones first."""
    connection = visit.connection
    titles, wanted = reading.titles(connection), visit.fields["programme"]
    found = [
        one
        for one in reading.in_scope(connection, visit.scope())
        if not wanted or one.programme == wanted
    ]
    rows = [_row(visit, one, titles) for one in found]
    rows.sort(key=lambda row: row["step"].kind != "late")
    return View(
        "cycles.html",
        "Cycles",
        {
            "rows": rows,
            "programmes": {one: titles[one] for one in _programmes(visit, titles)},
            "wanted": wanted,
            "may_open": visit.has(Role.MAKER),
            "openable": {k: v for k, v in reading.own(connection).items() if visit.sees(k)},
            "standings": [
                (cycles, charts.piles([one.parts for one in cycles], _CHART_HEIGHT))
                for cycles in unfinished(connection, visit.scope())
                if not wanted or cycles[0].programme == wanted
            ],
            "marked": {one.cycle for one in steps_door.emergencies(connection)},
        },
        table=Table(
            ("cycle", "programme", "period", "step", "families", "to_pay", "currency", "due"),
            [
                (
                    row["cycle"].code,
                    row["title"],
                    row["cycle"].period,
                    row["step"].name,
                    row["figures"].paid_families if row["figures"] else "",
                    plain(row["figures"].pay_now_minor, row["cycle"].currency)
                    if row["figures"]
                    else "",
                    row["cycle"].currency,
                    row["cycle"].value_on,
                )
                for row in rows
            ],
        ),
    )


@router.act("/cycles", letters("M"), fields=("programme", "period"))
def open_cycle(visit: Visit) -> Answer:
    """Open the next cycle of a programme."""
    programme, period = visit.fields.get("programme", ""), visit.fields.get("period", "")
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", period) or not visit.sees(programme):
        raise visit.refuse("period", "Name a programme and a month such as 2026-12.")
    first = date.fromisoformat(f"{period}-01")
    code = steps_door.code_of(programme, first)
    return done(
        visit,
        "open",
        f"cycle/{code}",
        lambda desk: steps_door.open_cycle(desk, programme, first).sentence,
        then=f"/cycles/{code}",
    )


@router.page("/cycles/{code}", READERS)
def one(visit: Visit) -> Answer:
    """One cycle: its nine steps, its money, what changed, what the current step needs."""
    cycle = visit.cycle()
    connection = visit.connection
    known = reading.facts(connection, cycle)
    figures = sums.figures(connection, cycle)
    names = reading.logins(connection)
    compared = _compared(visit, cycle) if figures else None
    today = local_date(visit.at, ZoneInfo(reading.zones(connection)[cycle.programme]))
    days = pay_days.days_of(connection, cycle, on=today)
    return View(
        "cycle.html",
        f"{cycle.code}",
        {
            "cycle": cycle,
            "programme": reading.titles(connection)[cycle.programme],
            "zone": reading.zones(connection)[cycle.programme],
            "steps": reading.steps(
                cycle, on=visit.at.date(), known=known, figures=figures, names=names
            ),
            "figures": figures,
            "sent": sums.sent(connection, cycle),
            "known": known,
            "days": days,
            "names": names,
            "compared": compared,
            "bars": bridge_bars(compared) if compared else [],
            "needs": needs(visit, cycle, known, names, days),
            "acts": reading.latest_acts(connection, cycle.code),
            "emergencies": steps_door.emergencies(connection, cycle.code),
            "offered": [_offer(visit, cycle, verb, known) for verb in _offered(visit, cycle)],
        },
    )


@router.act("/cycles/{code}/steps", letters("MRCB"), fields=("verb", "version"))
def step(visit: Visit) -> Answer:
    """Do a step that needs nothing but the cycle: the engine's own verb, by this officer."""
    with visit.reading() as looking:
        cycle = looking.cycle()
    verb = visit.fields.get("verb", "")
    if verb not in _VERBS:
        raise NotThere
    if visit.fields.get("version") != str(cycle.version):
        raise steps_door.Changed(
            f"{cycle.code} changed while you were reading: it is {cycle.state.value} now. "
            "Nothing was done. Read the cycle again."
        )
    act = _VERBS[verb]
    return done(
        visit,
        verb,
        f"cycle/{cycle.code}",
        lambda desk: act(desk, cycle.code).sentence,
        then=f"/cycles/{cycle.code}",
    )


@router.page("/cycles/{code}/changes", letters("MCAN"), csv=True)
def changes(visit: Visit) -> Answer:
    """What differs from the last cycle, and why: every unit has one reason."""
    cycle = visit.cycle()
    compared = _compared(visit, cycle)
    if compared is None:
        raise NotThere
    return View(
        "changes.html",
        f"Changes – {cycle.code}",
        {
            "cycle": cycle,
            "programme": reading.titles(visit.connection)[cycle.programme],
            "compared": compared,
            "words": WORDS,
            "components": visit.components(cycle),
            "bars": bridge_bars(compared),
        },
        table=Table(
            ("reason", "component", "families", f"amount_{cycle.currency}"),
            [
                (
                    one.reason,
                    one.component,
                    one.household_count,
                    plain(one.amount_minor, cycle.currency),
                )
                for one in compared.changes
            ],
        ),
    )


@router.page("/cycles/{code}/proof", letters("MCRBA"))
def proof(visit: Visit) -> Answer:
    """Whether entitled, approved, sent, bank and books are one sum."""
    cycle = visit.cycle()
    return View(
        "proof.html",
        f"Proof – {cycle.code}",
        {
            "cycle": cycle,
            "programme": reading.titles(visit.connection)[cycle.programme],
            "proof": sums.proof(visit.connection, cycle),
            "offer": _offer(visit, cycle, "close", None) if cycle.state is State.RELEASED else None,
            "names": reading.logins(visit.connection),
        },
    )


@router.page("/proofs", letters("MCRBA"))
def proofs(visit: Visit) -> Answer:
    """The proof of each cycle: which tie and are closed."""
    view = list_of(visit_with(visit, programme=""))
    if not isinstance(view, View):
        raise NotThere
    return View("proofs.html", "Proof", view.values)


def visit_with(visit: Visit, **fields: str) -> Visit:
    """Return the same visit asking for other fields."""
    return replace(visit, fields=dict(visit.fields) | fields)


def bridge_bars(compared: entitlement.Comparison, width: int = 430) -> list[charts.Bar]:
    """Return the bars from the last cycle's sum to this one's."""
    first = Sum(compared.previous or "Before", "whole", 0, compared.previous_minor)
    last = Sum(compared.cycle, "whole", 0, compared.this_minor)
    steps = [
        Change(WORDS.get(reason, reason), "", 0, minor)
        for reason, minor in compared.by_reason().items()
        if minor
    ]
    return charts.bridge(first, steps, last, width)


def _compared(visit: Visit, cycle: Cycle) -> entitlement.Comparison | None:
    found = sums.compared(visit.connection, cycle)
    return found if found is not None and found.previous is not None else None


def _programmes(visit: Visit, titles: dict[str, str]) -> list[str]:
    known = {one.programme for one in reading.in_scope(visit.connection, visit.scope())}
    return sorted(one for one in titles if one in known)


def _row(visit: Visit, cycle: Cycle, titles: dict[str, str]) -> dict[str, Any]:
    steps = reading.steps(cycle, on=visit.at.date())
    return {
        "cycle": cycle,
        "title": titles[cycle.programme],
        "step": next((one for one in steps if one.kind in {"now", "late"}), steps[-1]),
        "figures": sums.figures(visit.connection, cycle),
    }


def _offered(visit: Visit, cycle: Cycle) -> tuple[str, ...]:
    found = tiers.signatures(visit.connection, cycle.cycle_id)
    if cycle.state is State.APPROVED and found.missing:
        return ("countersign",)
    return _OFFERED[cycle.state]


def _offer(visit: Visit, cycle: Cycle, verb: str, known: reading.Facts | None) -> dict[str, Any]:
    """Return an act of the current step, with the reason where this officer may not do it."""
    way = TRANSITIONS[verb]
    me = visit.session.officer_id
    done_by = {
        "prepared": cycle.prepared_by,
        "approved": cycle.approved_by,
        "released": cycle.released_by,
    }
    signers = tiers.signatures(visit.connection, cycle.cycle_id).countersigned_by
    could = who_may(
        visit.connection,
        permission(verb),
        at=visit.at,
        programme=cycle.programme,
    )
    mine = [word for word in way.differs_from if done_by.get(word) == me]
    mine += ["countersigned"] if "countersigned" in way.differs_from and me in signers else []
    took_part = {me, *done_by.values(), *signers}
    others = {k: v for k, v in could.items() if k not in took_part}
    if mine:
        rule = f"own:{mine[0]}"
    elif me not in could:
        rule = "role"
    elif verb == "submit" and known is not None and known.blocking_count:
        rule = "blocked"
    else:
        rule = ""
    again = (
        steps_door.goes_again(visit.connection, cycle, home=visit.place.home, at=visit.at)
        if verb == "release" and not rule
        else None
    )
    return {"verb": verb, "rule": rule, "others": sorted(others.values()), "again": again}
