"""Households: looked up without a trace in addresses, shown in a single window."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

import ledger
from cct_engine import cycle as cycles_door
from cct_engine import entitlement, messages, registry
from cct_engine.console.answers import Answer, Goto, View
from cct_engine.console.marks import kind_of
from cct_engine.console.pages.payments import note_read
from cct_engine.console.reading import households as reading
from cct_engine.console.reading import notices, pay_days, reasons
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.people import acts

if TYPE_CHECKING:
    from datetime import date

__all__ = ["router"]

router = Router()

_MAY: Final = letters("MCANWF")
_CLEAR: Final = letters("MCWF")
_ASKS: Final = letters("MWF")
"""Who asks a family whether it wants messages."""
_LOOKUP_KEPT: Final = timedelta(minutes=30)
_FACTS_MONTHS: Final = 200
_READERS_DAYS: Final = 30
_NO_CYCLE: Final = 0
"""What the books have of a family outside of every cycle."""


@router.page("/households", _MAY, fields=("lookup",))
def search(visit: Visit) -> Answer:
    """Ask for a family; what was looked up stands under a word that means nothing elsewhere."""
    rows: list[dict[str, Any]] = []
    code = visit.fields["lookup"]
    if code:
        found = visit.connection.execute(
            sa.text(
                "SELECT household_ids FROM console.lookup WHERE code = :code"
                " AND session_id = :session_id AND made_at > :since"
            ),
            {
                "code": code,
                "session_id": visit.session.session_id,
                "since": visit.at - _LOOKUP_KEPT,
            },
        ).scalar()
        if found is None:
            raise NotThere
        for household_id in found:
            row = reading.profile(visit.connection, household_id)
            if row is not None and visit.opens(row["centre_id"], visit.roles):
                rows.append(row | {"number": registry.number_of(household_id)})
    return View(
        "households.html",
        "Households",
        {"rows": rows, "looked": bool(code), "may_look": visit.has(*_CLEAR)},
    )


@router.act("/households/lookups", letters("MCWF"), fields=("asked",))
def look_up(visit: Visit) -> Answer:
    """Look a name or a number of a person up: recorded, and never part of an address."""
    asked = " ".join(visit.fields.get("asked", "").split())[:120]
    try:
        return Goto(f"/households/{registry.number_of(registry.id_of(asked))}")
    except ValueError:
        key = visit.place.settings.token_key.get_secret_value().encode()
    code = f"L-{secrets.token_hex(6).upper()}"
    with visit.place.database.transaction() as connection:
        ids = reading.looked_up(connection, asked, token_key=key, centres=visit.centres)
        connection.execute(
            sa.text(
                "INSERT INTO console.lookup (code, session_id, made_at, household_ids) "
                "VALUES (:code, :session_id, :at, :ids)"
            ),
            {"code": code, "session_id": visit.session.session_id, "at": visit.at, "ids": ids},
        )
        connection.execute(
            sa.text("DELETE FROM console.lookup WHERE made_at < :old"),
            {"old": visit.at - _LOOKUP_KEPT},
        )
        acts.record(
            connection,
            at=visit.at,
            officer_id=visit.session.officer_id,
            verb="household.lookup",
            subject=f"lookup/{code}",
            outcome="done",
            detail={"found": len(ids)},
        )
    return Goto(f"/households?lookup={code}")


@router.page("/households/{number}", _MAY, fields=("explained", "whole"))
def window(visit: Visit) -> Answer:
    """One family: what it got, what comes next, why, and what can be done."""
    connection = visit.connection
    household_id, row = _named(visit)
    clear = visit.opens(row["centre_id"], _CLEAR)
    number = registry.number_of(household_id)
    readers = reading.recent_readers(
        connection, number, since=visit.at - timedelta(days=_READERS_DAYS)
    )
    if clear:
        note_read(visit, household_id)
    members = reading.members(connection, household_id, clear=clear)
    enrolled = reading.enrolments(connection, household_id)
    found = reading.programmes(connection, household_id, enrolled)
    programmes = [_programme(one) | {"pays_on": _pays_on(visit, one)} for one in found]
    newest = {number for one in enrolled for number in one["cycle_ids"]} | {_NO_CYCLE}
    cycle_ids = None if visit.fields["whole"] else sorted(newest)
    facts = reading.conditions(
        connection,
        [one["person_id"] for one in members],
        since=(visit.at - timedelta(days=_FACTS_MONTHS)).date().replace(day=1),
    )
    return View(
        "household.html",
        f"Household – {number}",
        {
            "number": number,
            "row": row,
            "clear": clear,
            "readers": readers,
            "members": members,
            "programmes": programmes,
            "months": sorted({one["window_start"] for one in facts}),
            "facts": _grid(facts),
            "payments": reading.payments(connection, household_id, cycle_ids=cycle_ids),
            "statement": ledger.statement(connection, household_id, cycle_ids=cycle_ids),
            "newest": None if cycle_ids is None else reading.NEWEST,
            "sentences": _sentences(visit, household_id, programmes, members),
            "choice": notices.choice_of(connection, household_id),
            "may_choose": visit.opens(row["centre_id"], _ASKS),
        },
    )


@router.act("/households/{number}/messages", _ASKS, fields=("language",), secret=("phone",))
def choose_messages(visit: Visit) -> Answer:
    """Keep what a family chose: short messages to this telephone, or, without one, none."""
    with visit.reading() as looking:
        household_id, _ = _named(looking)
    messages.choose(
        visit.place.database,
        household_id=household_id,
        phone="".join(visit.fields.get("phone", "").split()) or None,
        language=visit.fields.get("language", ""),
        token_key=visit.place.settings.token_key.get_secret_value().encode(),
        at=visit.at,
        by=visit.session.officer_id,
    )
    return Goto(f"/households/{visit.names['number']}#messages")


def _named(visit: Visit) -> tuple[int, dict[str, Any]]:
    """Return the household that the address names, if it is of a centre of this visitor."""
    try:
        household_id = registry.id_of(visit.names["number"])
    except ValueError as miscopied:
        raise NotThere from miscopied
    row = reading.profile(visit.connection, household_id)
    if row is None or not visit.opens(row["centre_id"], visit.roles):
        raise NotThere
    return household_id, row


def _programme(row: dict[str, Any]) -> dict[str, Any]:
    if row["cycle"] is None:
        return row | {"state": "", "why": "", "amount_minor": None}
    sums = (row["pay_now_minor"], row["held_minor"], row["withheld_minor"], row["forfeited_minor"])
    state = kind_of(*sums)
    shown = dict(
        zip(("payable", "held", "withheld", "forfeited", "not_due"), (*sums, 0), strict=True)
    )
    if state == "payable" and row["payment_state"]:
        shown[row["payment_state"]], state = shown["payable"], row["payment_state"]
    return row | {
        "state": state,
        "amount_minor": shown[state],
        "why": reasons.why(row["reason_code"], reasons.meanings_of(row["code"], row["currency"]))
        or reasons.STANDINGS.get(row["standing"], row["standing"]),
    }


def _pays_on(visit: Visit, row: dict[str, Any]) -> date | None:
    """Return the day the family's money arrives: as it was sent, else as its digit says."""
    if row["pays_on"] or not row["pay_now_minor"]:
        found: date | None = row["pays_on"]
        return found
    cycle = cycles_door.by_code(visit.connection, row["cycle"])
    return pay_days.day_of(
        visit.connection, cycle, row["pay_digit"], home=visit.place.home, at=visit.at
    )


def _sentences(
    visit: Visit,
    household_id: int,
    programmes: list[dict[str, Any]],
    members: list[dict[str, Any]],
) -> list[tuple[str, ...]]:
    """Return what is read aloud, programme by programme; asked for, because it is run anew."""
    if not visit.fields["explained"]:
        return []
    names = {one["person_id"]: one["given"] for one in members if one["given"]}
    return [
        entitlement.explain(
            visit.connection,
            visit.place.home,
            household_id,
            one["cycle"],
            language=visit.told_in,
            names=names,
        ).sentences
        for one in programmes
        if one["cycle"] and visit.sees(one["code"])
    ]


def _grid(facts: list[dict[str, Any]]) -> dict[tuple[int, str], dict[Any, dict[str, Any]]]:
    grid: dict[tuple[int, str], dict[Any, dict[str, Any]]] = {}
    for one in facts:
        grid.setdefault((one["person_id"], one["kind"]), {})[one["window_start"]] = one
    return grid
