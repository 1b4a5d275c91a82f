"""Exceptions: what the checks found, and overrides by two persons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cct_engine import cycle as steps_door
from cct_engine import registry
from cct_engine.console.answers import Answer, Table, View
from cct_engine.console.pages.acting import done, too_short
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.reading import exceptions as reading
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.cycle.checks.policy import policy
from cct_engine.people import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GROUNDS", "router"]

router = Router()

_MAY: Final = letters("MCANW")
_REASON_MIN: Final = 15
GROUNDS: Final = (
    "The registry was corrected after the cut-off",
    "A document was seen at the centre",
    "The case worker visited the family",
    "The finding is about another person",
)


@router.page("/exceptions", _MAY, fields=("cycle", "code", "state", "after"), csv=True)
def listed(visit: Visit) -> Answer:
    """What the checks found, blocking ones first."""
    fields = visit.fields
    rows = reading.exceptions(
        visit.connection,
        visit.scope(),
        cycle=fields["cycle"],
        code=fields["code"],
        state=fields["state"],
        after=visit.asked("after"),
        most=visit.most(),
    )
    page = visit.page(rows)
    shown = [_shown(row) for row in page.rows]
    known = cycles_reading.in_scope(visit.connection, visit.scope(), most=12)
    return View(
        "exceptions.html",
        "Exceptions",
        {
            "rows": shown,
            "wanted": fields,
            "codes": reading.findings_by_code(
                visit.connection, visit.scope(), cycle=fields["cycle"]
            ),
            "cycles": [one.code for one in known],
            "titles": cycles_reading.titles(visit.connection),
            "next_after": page.after("finding_id"),
        },
        table=Table(
            ("finding", "cycle", "code", "effect", "state", "household", "meaning"),
            [
                (
                    row["finding_id"],
                    row["cycle"],
                    row["code"],
                    row["effect"],
                    row["state"],
                    row["number"],
                    row["meaning"],
                )
                for row in shown
            ],
        ),
    )


@router.page("/exceptions/{finding}", _MAY)
def one(visit: Visit) -> Answer:
    """One finding: what was found, what it stops, and the override by two persons."""
    row = reading.exception(visit.connection, visit.number("finding"))
    if row is None or not visit.sees(row["programme"]):
        raise NotThere
    return View("exception.html", f"Exception – {row['finding_id']}", _values(visit, row))


@router.act("/exceptions/{finding}/overrides", letters("MW"), fields=("ground", "reason"))
def propose(visit: Visit) -> Answer:
    """Propose to pay although the finding stands."""
    row = _of(visit)
    text = " ".join(visit.fields.get("reason", "").split())
    ground = visit.fields.get("ground", "")
    if ground not in GROUNDS or len(text) < _REASON_MIN:
        error = (
            "reason",
            too_short(text, _REASON_MIN),
        )
        with visit.reading() as again:
            values = _values(again, row)
        return View("exception.html", "Exception", values, status=422, errors=[error])
    return done(
        visit,
        "propose override",
        f"finding/{row['finding_id']}",
        lambda desk: (
            steps_door.propose_override(
                desk, row["cycle"], row["finding_id"], reason=f"{ground}: {text}"
            ).sentence
        ),
        then=f"/exceptions/{row['finding_id']}",
    )


@router.act("/exceptions/{finding}/confirmations", letters("C"))
def confirm(visit: Visit) -> Answer:
    """Confirm an override as the second person."""
    row = _of(visit)
    return done(
        visit,
        "confirm override",
        f"finding/{row['finding_id']}",
        lambda desk: steps_door.confirm_override(desk, row["cycle"], row["finding_id"]).sentence,
        then=f"/exceptions/{row['finding_id']}",
    )


def _of(visit: Visit) -> dict[str, Any]:
    with visit.reading() as looking:
        row = reading.exception(looking.connection, visit.number("finding"))
    if row is None or not visit.sees(row["programme"]):
        raise NotThere
    return row


def _values(visit: Visit, row: dict[str, Any]) -> dict[str, Any]:
    check = policy(row["programme"], row["currency"])[row["code"]]
    me = visit.session.officer_id
    return {
        "row": row,
        "number": registry.number_of(row["household_id"]) if row["household_id"] else "",
        "check": check,
        "grounds": GROUNDS,
        "names": cycles_reading.logins(visit.connection),
        "may_propose": visit.has(Role.MAKER, Role.CASE_WORKER)
        and row["state"] == "open"
        and row["proposed_by"] is None
        and row["cycle_state"] == "checked",
        "may_confirm": visit.has(Role.CHECKER)
        and row["state"] == "open"
        and row["proposed_by"] not in {None, me}
        and row["confirmed_by"] is None
        and row["cycle_state"] == "checked",
        "is_mine": row["proposed_by"] == me,
    }


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    check = policy(row["programme"], row["currency"]).get(row["code"])
    state = "proposed" if row["state"] == "open" and row["proposed_by"] else row["state"]
    return {
        **row,
        "number": registry.number_of(row["household_id"]) if row["household_id"] else "",
        "meaning": check.meaning if check else row["code"],
        "state": state,
    }
