"""Sign-in and sign-out, by a password of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cct_engine.console.answers import Answer, Goto, View
from cct_engine.console.local import local
from cct_engine.console.reading.cycles import logins
from cct_engine.console.routes import ANYBODY, SIGNED_IN, Router
from cct_engine.people import ENGINE, Refused, WrongPassword, passwords, record_refusal, sessions

if TYPE_CHECKING:
    from cct_engine.console.visit import Visit

__all__ = ["asking", "router"]

router = Router()


@router.page("/sign-in", ANYBODY, fields=("next", "ended", "undone", "left"))
def ask(visit: Visit) -> Answer:
    """Ask who it is."""
    if visit.session.officer_id > 0:
        return Goto(local(visit.fields["next"]))
    said = {name: bool(visit.fields[name]) for name in ("ended", "undone")}
    return View("sign_in.html", "Sign in", asking(visit, local(visit.fields["next"])) | said)


@router.act("/sign-in", ANYBODY, fields=("login", "next"), secret=("password",))
def sign_in(visit: Visit) -> Answer:
    """Open a session for who proves to be an officer; its token is new, whatever was sent."""
    place = visit.place
    login = visit.fields.get("login", "").strip().lower()[:60]
    target = local(visit.fields.get("next", ""))
    if not place.settings.password_sign_in:
        raise _switched_off(visit)
    with place.database.transaction() as connection:
        known = {name: number for number, name in logins(connection).items()}
    try:
        proved = passwords.prove(
            place.database,
            officer_id=known.get(login),
            password=visit.fields.get("password", ""),
            at=visit.at,
            purpose="session.open",
        )
    except WrongPassword as wrong:
        text = "Login or password is not right."
        if wrong.rule == "locked":
            text = "Too many tries. Sign-in is locked for 15 minutes."
        return View(
            "sign_in.html",
            "Sign in",
            asking(visit, target),
            status=422,
            errors=[("password", text)],
        )
    with place.database.transaction() as connection:
        token = sessions.open_for(
            connection,
            officer_id=proved,
            at=visit.at,
            device="browser",
            hours=place.settings.session_hours,
            idle_minutes=place.settings.session_idle_minutes,
        )
    return Goto(target, cookie=token)


@router.act("/sessions/closings", SIGNED_IN)
def sign_out(visit: Visit) -> Answer:
    """Close the session; the provider's own may be open still, and the page says so."""
    with visit.place.database.transaction() as connection:
        sessions.close(connection, visit.session, at=visit.at)
    left = "?left=1" if visit.session.opened_by == "openid" else ""
    return Goto(f"/sign-in{left}", cookie="")


def asking(visit: Visit, target: str) -> dict[str, Any]:
    """Return what the sign-in page shows: the ways in, and where they lead."""
    settings = visit.place.settings
    return {
        "next": target,
        "ended": False,
        "undone": False,
        "left": bool(visit.fields.get("left")) and visit.place.provider is not None,
        "by_password": settings.password_sign_in,
        "provider": settings.oidc_name if visit.place.provider is not None else "",
    }


def _switched_off(visit: Visit) -> Refused:
    refusal = Refused(
        "switched_off", "Passwords are switched off here: sign in by the ministry's account."
    )
    record_refusal(
        visit.place.database,
        refusal,
        at=visit.at,
        officer_id=ENGINE,
        verb="session.open",
        subject="sign-in",
    )
    return refusal
