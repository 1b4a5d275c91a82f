"""Sign-in and sign-out."""

from __future__ import annotations

from cct_engine.console.answers import Answer, Goto, View
from cct_engine.console.reading.cycles import logins
from cct_engine.console.routes import ANYBODY, SIGNED_IN, Router
from cct_engine.console.visit import Visit  # noqa: TC001 - endpoints are read by people
from cct_engine.people import WrongPassword, passwords, sessions

__all__ = ["local", "router"]

router = Router()


@router.page("/sign-in", ANYBODY, fields=("next", "ended"))
def ask(visit: Visit) -> Answer:
    """Ask who it is."""
    if visit.session.officer_id > 0:
        return Goto(local(visit.fields["next"]))
    values = {"next": local(visit.fields["next"]), "ended": bool(visit.fields["ended"])}
    return View("sign_in.html", "Sign in", values)


@router.act("/sign-in", ANYBODY, fields=("login", "next"), secret=("password",))
def sign_in(visit: Visit) -> Answer:
    """Open a session for who proves to be an officer; its token is new, whatever was sent."""
    place = visit.place
    login = visit.fields.get("login", "").strip().lower()[:60]
    target = local(visit.fields.get("next", ""))
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
            {"next": target, "ended": False},
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
    """Close the session."""
    with visit.place.database.transaction() as connection:
        sessions.close(connection, visit.session, at=visit.at)
    return Goto("/sign-in", cookie="")


def local(target: str) -> str:
    """Return an address of ours, or ``/``: nothing that could lead elsewhere.

    >>> local("//evil.example/x"), local("/cycles"), local("https://evil.example")
    ('/', '/cycles', '/')
    """
    plain = target.startswith("/") and not target.startswith(("//", "/\\"))
    harmless = all(" " < letter < "\x7f" and letter != "\\" for letter in target)
    return target if plain and harmless and len(target) < 300 else "/"  # noqa: PLR2004 - long enough
