"""The approval sheet: submitted by one officer, read and signed or returned by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cct_engine import cycle as steps_door
from cct_engine.console.answers import Answer, Goto, View
from cct_engine.console.pages.acting import done, too_short
from cct_engine.console.pages.cycles import bridge_bars
from cct_engine.console.reading import approval as reading
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.reading import figures as sums
from cct_engine.console.reading import reasons
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.cycle import State, tiers
from cct_engine.cycle.states import permission
from cct_engine.people import WrongPassword, attempts, passwords, who_may

if TYPE_CHECKING:
    from collections.abc import Collection

    from cct_engine.cycle import Cycle

__all__ = ["router"]

router = Router()

_REASON_MIN: Final = 15


@router.page("/cycles/{code}/approval", letters("MCRA"))
def sheet(visit: Visit) -> Answer:
    """What is signed: sums that must be one sum, ten cases drawn, the largest, the digest."""
    cycle = visit.cycle()
    if cycle.state in {State.OPENED, State.FROZEN, State.CALCULATED}:
        raise NotThere
    return View("approval.html", f"Approval – {cycle.code}", _values(visit, cycle))


@router.act("/cycles/{code}/submissions", letters("M"), fields=("version",))
def submit(visit: Visit) -> Answer:
    """Put the list forward; it stands still from here."""
    cycle = _same_version(visit)
    return done(
        visit,
        "submit",
        f"cycle/{cycle.code}",
        lambda desk: steps_door.submit(desk, cycle.code).sentence,
        then=f"/cycles/{cycle.code}",
    )


@router.act(
    "/cycles/{code}/approvals", letters("C"), fields=("digest", "version"), secret=("password",)
)
def approve(visit: Visit) -> Answer:
    """Sign the list by its digest; the password is asked for here and now."""
    try:
        cycle = _same_version(visit)
        prove_signer(visit, cycle)
        digest = visit.fields.get("digest", "")
        return done(
            visit,
            "approve",
            f"cycle/{cycle.code}",
            lambda desk: steps_door.approve(desk, cycle.code, list_digest=digest).sentence,
            then=f"/cycles/{cycle.code}/approval",
        )
    except WrongPassword as wrong:
        return _again(visit, errors=[("password", _told(wrong))])
    except steps_door.Changed as changed:
        return _again(visit, conflict=str(changed))


@router.act(
    "/cycles/{code}/countersignatures",
    letters("C"),
    fields=("digest", "version"),
    secret=("password",),
)
def countersign(visit: Visit) -> Answer:
    """Give a further signature that a large sum needs, by the list's digest and a password."""
    try:
        cycle = _same_version(visit)
        prove_signer(visit, cycle)
        digest = visit.fields.get("digest", "")
        return done(
            visit,
            "countersign",
            f"cycle/{cycle.code}",
            lambda desk: steps_door.countersign(desk, cycle.code, list_digest=digest).sentence,
            then=f"/cycles/{cycle.code}/approval",
        )
    except WrongPassword as wrong:
        return _again(visit, errors=[("password", _told(wrong))])
    except steps_door.Changed as changed:
        return _again(visit, conflict=str(changed))


@router.act("/cycles/{code}/rejections", letters("C"), fields=("reason", "version"))
def reject(visit: Visit) -> Answer:
    """Give the list back to its maker, with the reason."""
    reason = visit.fields.get("reason", "").strip()
    if len(reason) < _REASON_MIN:
        return _again(visit, errors=[("reason", too_short(reason, _REASON_MIN))])
    try:
        cycle = _same_version(visit)
        return done(
            visit,
            "reject",
            f"cycle/{cycle.code}",
            lambda desk: steps_door.reject(desk, cycle.code, remark=reason).sentence,
            then=f"/cycles/{cycle.code}",
        )
    except steps_door.Changed as changed:
        return _again(visit, conflict=str(changed))


@router.act("/cycles/{code}/cases", letters("MCRA"), fields=("household",))
def open_case(visit: Visit) -> Answer:
    """Open one of the ten cases, and remember that this officer did."""
    with visit.reading() as looking:
        cycle = looking.cycle()
        drawn = {one["household_id"] for one in reading.random_cases(looking.connection, cycle)}
        household_id = visit.asked("household")
        if household_id not in drawn:
            raise NotThere
        reading.note_opened(
            looking.connection,
            cycle,
            household_id,
            officer_id=visit.session.officer_id,
            at=visit.at,
        )
    return Goto(f"/cycles/{cycle.code}/payments/{household_id}")


def _same_version(visit: Visit) -> Cycle:
    """Return the cycle if it is as the page showed it; raise ``Changed`` if not."""
    with visit.reading() as looking:
        cycle = looking.cycle()
    if visit.fields.get("version") != str(cycle.version):
        raise steps_door.Changed(
            f"{cycle.code} changed while you were reading: it is {cycle.state.value} now, in "
            f"version {cycle.version}. Nothing was done. Read the new version."
        )
    return cycle


def signed_thing(cycle: Cycle) -> str:
    """Name what a signature is under: a cycle and its list; a changed list is another thing."""
    return f"cycle/{cycle.code}/{cycle.list_digest}"


def prove_signer(visit: Visit, cycle: Cycle) -> None:
    """Let only a person pass who proves here and now who they are, as they did at sign-in.

    By password: it is asked for on the form. By the provider: it saw the person again for this
    very list, minutes ago, and that is used up.
    """
    if visit.session.opened_by == "openid":
        attempts.spend(
            visit.place.database,
            session_id=visit.session.session_id,
            officer_id=visit.session.officer_id,
            subject=signed_thing(cycle),
            at=visit.at,
        )
        return
    passwords.prove(
        visit.place.database,
        officer_id=visit.session.officer_id,
        password=visit.fields.get("password", ""),
        at=visit.at,
        purpose="cycle.sign",
        subject=f"cycle/{cycle.code}",
    )


def _told(wrong: WrongPassword) -> str:
    if wrong.rule == "locked":
        return f"{wrong} Nothing was signed."
    return (
        f"The password is not right. Nothing was signed. After {wrong.tries_left} more tries you "
        "are locked out for 15 minutes."
    )


def _again(
    visit: Visit, *, errors: list[tuple[str, str]] | None = None, conflict: str = ""
) -> Answer:
    """Show the sheet as it is now, with what was typed and why nothing was done."""
    with visit.reading() as looking:
        cycle = looking.cycle()
        return View(
            "approval.html",
            f"Approval – {cycle.code}",
            _values(looking, cycle),
            status=409 if conflict else 422,
            errors=errors or (),
            conflict=conflict,
        )


def _values(visit: Visit, cycle: Cycle) -> dict[str, Any]:
    connection = visit.connection
    figures = sums.figures(connection, cycle)
    if figures is None:
        raise NotThere
    compared = sums.compared(connection, cycle)
    checks = reasons.meanings(cycle)
    cases = reading.random_cases(connection, cycle)
    large = reading.large(connection, cycle)
    shown = [*cases, *large["amounts"]]
    named = visit.components(cycle)
    _name_components(shown, named)
    codes = {one["reason_code"] for one in shown if one["reason_code"]}
    given = tiers.signatures(connection, cycle.cycle_id)
    could = who_may(connection, permission("approve"), at=visit.at, programme=cycle.programme)
    signed = {cycle.approved_by or 0, *given.countersigned_by}
    done = {visit.session.officer_id, cycle.prepared_by, *signed}
    return {
        "cycle": cycle,
        "programme": cycles_reading.titles(connection)[cycle.programme],
        "zone": cycles_reading.zones(connection)[cycle.programme],
        "figures": figures,
        "controls": reading.control_totals(connection, cycle, figures),
        "compared": compared if compared and compared.previous else None,
        "bars": bridge_bars(compared) if compared and compared.previous else [],
        "cases": cases,
        "said": {code: reasons.why(code, checks) for code in codes},
        "seed": reading.seed_of(cycle),
        "large": large,
        "overrides": reading.overrides(connection, cycle),
        "known": cycles_reading.facts(connection, cycle),
        "names": cycles_reading.logins(connection),
        "rule": _rule(visit, cycle, could, signed),
        "given": given,
        "tiers": tiers.tiers(connection, cycle.programme),
        "emergencies": steps_door.emergencies(connection, cycle.code),
        "proved_until": attempts.proved_until(
            connection,
            session_id=visit.session.session_id,
            subject=signed_thing(cycle),
            at=visit.at,
        )
        if visit.session.opened_by == "openid"
        else None,
        "others": sorted(login for number, login in could.items() if number not in done),
    }


def _name_components(rows: list[dict[str, Any]], named: dict[str, str]) -> None:
    """Give each row the titles of its components, as the law names them."""
    for one in rows:
        one["titles"] = reasons.listed(one["components"], named)


def _rule(visit: Visit, cycle: Cycle, could: Collection[int], signed: Collection[int]) -> str:
    """Say why this officer cannot sign now; empty: they can."""
    me = visit.session.officer_id
    if cycle.state not in {State.SUBMITTED, State.APPROVED}:
        return "state"
    if cycle.prepared_by == me:
        return "own"
    if me in signed:
        return "signed"
    return "" if me in could else "role"
