"""The payment list of a cycle, and one family's payment: how much, why, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from bank_adapters import reason_for
from cct_engine import entitlement, registry
from cct_engine.console.answers import Answer, Goto, Table, View
from cct_engine.console.marks import kind_of
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.reading import payments as reading
from cct_engine.console.reading import reasons
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.console.words import plain
from cct_engine.cycle import State
from cct_engine.people import acts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy as sa

    from cct_engine.cycle import Cycle

__all__ = ["note_read", "router"]

router = Router()

_KEPT: Final = ("held", "withheld", "forfeited")
"""What of a family's sum is not paid now, and why not."""

_FILTERS: Final = ("difference", "state", "place", "component")


@router.page(
    "/cycles/{code}/payments", letters("MCRBANW"), fields=(*_FILTERS, "q", "after"), csv=True
)
def listed(visit: Visit) -> Answer:
    """Who gets how much, and what is different from last time."""
    cycle = visit.cycle()
    connection, fields = visit.connection, visit.fields
    if cycle.state in {State.OPENED, State.FROZEN}:
        return View(
            "payments_none.html",
            f"Payments – {cycle.code}",
            {"cycle": cycle, "programme": cycles_reading.titles(connection)[cycle.programme]},
        )
    wanted: dict[str, Any] = {name: fields[name] for name in _FILTERS}
    if fields["q"].strip():
        wanted["household_id"] = _household_id(fields["q"])
    rows = reading.listed(
        connection, cycle, **wanted, after=visit.asked("after"), most=visit.most()
    )
    page = visit.page(rows)
    checks = reasons.meanings(cycle)
    named = visit.components(cycle)
    shown = [_shown(row, checks, named) for row in page.rows]
    query = {name: fields[name] for name in (*_FILTERS, "q") if fields[name]}
    return View(
        "payments.html",
        f"Payments – {cycle.code}",
        {
            "cycle": cycle,
            "programme": cycles_reading.titles(connection)[cycle.programme],
            "chips": reading.chips(connection, cycle),
            "differences": reading.DIFFERENCES,
            "states": reading.STATES,
            "components": named,
            "rows": shown,
            "wanted": fields,
            "query": urlencode(query),
            "others": {
                name: urlencode({k: v for k, v in query.items() if k != name}) for name in query
            },
            "next_after": page.after("household_id"),
        },
        table=_sheet(cycle, shown),
    )


@router.page("/cycles/{code}/payments/{household}", letters("MCRBANW"), fields=("explained",))
def one(visit: Visit) -> Answer:
    """One family's payment: the sum, the lines behind it, every attempt, and why on demand."""
    cycle = visit.cycle()
    connection, household_id = visit.connection, visit.number("household")
    rows = reading.listed(
        connection, cycle, household_id=household_id, after=household_id - 1, most=1
    )
    if not rows:
        raise NotThere
    checks, named = reasons.meanings(cycle), visit.components(cycle)
    explained = None
    if visit.fields["explained"]:
        explained = entitlement.explain(
            connection, visit.place.home, household_id, cycle.code, language=visit.told_in
        )
    attempts = [
        row
        | {"told": reason_for(row["reason_list"], row["reason"], language=visit.told_in).clerk_text}
        if row["reason"]
        else row | {"told": ""}
        for row in reading.sent_of(connection, cycle, household_id)
    ]
    return View(
        "payment.html",
        f"Payment – {cycle.code}",
        {
            "cycle": cycle,
            "programme": cycles_reading.titles(connection)[cycle.programme],
            "row": _shown(rows[0], checks, named),
            "household_id": household_id,
            "number": registry.number_of(household_id),
            "lines": _lines(connection, cycle, household_id, checks),
            "components": named,
            "attempts": attempts,
            "explained": explained,
        },
    )


@router.page("/payments/{payment}", letters("MCRBANW"))
def by_number(visit: Visit) -> Answer:
    """Go from the number of an order to the bank to the family's payment it belongs to."""
    row = reading.of_order(visit.connection, visit.number("payment"))
    if row is None:
        raise NotThere
    code, household_id = row
    return Goto(f"/cycles/{code}/payments/{household_id}")


def _household_id(text: str) -> int:
    try:
        return registry.id_of(text)
    except ValueError:
        return 0


def _shown(row: Mapping[str, Any], checks: dict[str, str], named: dict[str, str]) -> dict[str, Any]:
    state = kind_of(
        row["pay_now_minor"] or 0,
        row["held_minor"] or 0,
        row["withheld_minor"] or 0,
        row["forfeited_minor"] or 0,
    )
    payee = " ".join(f"{part[0]}•••••" for part in (row["given"], row["family"]) if part)
    return {
        **row,
        "number": registry.number_of(row["household_id"]),
        "state": state,
        "why": reasons.why(row["reason_code"], checks),
        "made_of": reasons.listed(row["components"], named),
        "payee": payee,
        "place": row["municipality"] or row["zone"],
    }


def _sheet(cycle: Cycle, rows: list[dict[str, Any]]) -> Table:
    currency = cycle.currency
    kept = [f"{name}_{currency}" for name in _KEPT]
    return Table(
        ("household", "place", f"this_{currency}", f"last_{currency}", *kept, "state", "why"),
        [
            (
                f"{row['number']}",
                row["place"],
                plain(row["pay_now_minor"] or 0, currency),
                plain(row["last_minor"] or 0, currency),
                *(plain(row[f"{name}_minor"] or 0, currency) for name in _KEPT),
                row["state"],
                row["why"] or row["made_of"],
            )
            for row in rows
        ],
        currency,
    )


def _lines(
    connection: sa.Connection, cycle: Cycle, household_id: int, checks: dict[str, str]
) -> list[dict[str, Any]]:
    rows = reading.lines(connection, cycle, household_id)
    return [row | {"why": reasons.why(row["reason_code"], checks)} for row in rows]


def note_read(visit: Visit, household_id: int) -> None:
    """Record that somebody saw who a family is."""
    with visit.place.database.transaction() as connection:
        acts.record(
            connection,
            at=visit.at,
            officer_id=visit.session.officer_id,
            verb="household.read",
            subject=f"household/{registry.number_of(household_id)}",
            outcome="done",
        )
