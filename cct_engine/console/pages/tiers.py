"""Signatures that large sums need: what is decided for each programme, and which lists lack one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cct_engine.console.answers import Answer, Goto, Table, View
from cct_engine.console.reading import cycles as reading
from cct_engine.console.reading import figures as sums
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import Visit  # noqa: TC001 - endpoints are read by people
from cct_engine.console.words import plain
from cct_engine.cycle import CycleError, State, tiers
from cct_engine.cycle.states import permission
from cct_engine.money import parse_minor
from cct_engine.people import Role, who_may

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.cycle import Cycle

__all__ = ["router"]

router = Router()

_UNDER_WAY: Final = {State.CHECKED, State.SUBMITTED, State.APPROVED}


@router.page("/tiers", letters("MCRBAND"), csv=True)
def listed(visit: Visit) -> Answer:
    """Show above which sum a list needs more signatures, and which lists lack one."""
    values = _values(visit)
    return View(
        "tiers.html",
        "Signatures",
        values,
        table=Table(
            ("programme", "over", "currency", "signatures"),
            [
                (one.programme, plain(one.over_minor, one.currency), one.currency, one[3])
                for one in values["tiers"]
            ],
        ),
    )


@router.act("/tiers", letters("D"), fields=("programme", "over", "signatures"))
def decide(visit: Visit) -> Answer:
    """Decide how many signatures a list above a sum needs; 1 takes a tier back."""
    programme = visit.fields.get("programme", "")
    try:
        with visit.reading() as looking:
            currency = tiers.currency_of(looking.connection, programme)
        tiers.set_tier(
            visit.place.database,
            programme=programme,
            over_minor=parse_minor(visit.fields.get("over", "").strip(), currency),
            signature_count=visit.asked("signatures"),
            at=visit.at,
            by=visit.session.officer_id,
        )
    except (ValueError, CycleError) as wrong:
        with visit.reading() as again:
            values = _values(again)
        return View("tiers.html", "Signatures", values, status=422, errors=[("over", str(wrong))])
    return Goto("/tiers")


def _values(visit: Visit) -> dict[str, Any]:
    connection = visit.connection
    known = [one for one in tiers.tiers(connection) if visit.sees(one.programme)]
    titles, names = reading.titles(connection), reading.logins(connection)
    rows = [
        _signed(visit, one, known, names)
        for one in reading.in_scope(connection, visit.scope())
        if one.state in _UNDER_WAY
    ]
    return {
        "tiers": known,
        "rows": rows,
        "titles": titles,
        "currencies": {
            code: currency
            for code, currency in tiers.currencies(connection).items()
            if visit.sees(code)
        },
        "most": tiers.SIGNATURES_MAX,
        "may_decide": visit.has(Role.ADMINISTRATOR),
    }


def _signed(
    visit: Visit, cycle: Cycle, known: Sequence[tiers.Tier], names: dict[int, str]
) -> dict[str, Any]:
    """Return what a list needs, who signed it and when, and who still could."""
    connection = visit.connection
    figures = sums.figures(connection, cycle)
    found = tiers.signatures(connection, cycle.cycle_id)
    to_pay_minor = figures.pay_now_minor if figures else 0
    asked = max(
        (one for one in known if one.programme == cycle.programme and one[2] < to_pay_minor),
        key=lambda one: one.over_minor,
        default=None,
    )
    signers: list[tuple[int, Any]] = []
    if cycle.approved_by is not None:
        signers = [
            (cycle.approved_by, cycle.approved_at),
            *zip(found.countersigned_by, found.countersigned_at, strict=True),
        ]
    needed = max(found.needed, asked.signature_count if asked else 1)
    took_part = {cycle.prepared_by, *(one for one, _ in signers)}
    verb = "countersign" if signers else "approve"
    could = who_may(connection, permission(verb), at=visit.at, programme=cycle.programme)
    return {
        "cycle": cycle,
        "to_pay_minor": to_pay_minor,
        "needed": needed,
        "missing": max(needed - len(signers), 0),
        "given": [(names.get(one, ""), at) for one, at in signers],
        "others": sorted(login for one, login in could.items() if one not in took_part),
    }
