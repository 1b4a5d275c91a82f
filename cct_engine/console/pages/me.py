"""What an officer sets for themselves: language, theme, keys, password; sessions; help."""

from __future__ import annotations

from cct_engine.console.answers import Answer, Goto, View
from cct_engine.console.routes import SIGNED_IN, Router
from cct_engine.console.visit import Visit  # noqa: TC001 - endpoints are read by people
from cct_engine.people import Refused, WrongPassword, passwords, preferences, sessions

__all__ = ["router"]

router = Router()


@router.page("/me", SIGNED_IN)
def me(visit: Visit) -> Answer:
    """Show what this officer has set, and where they are signed in."""
    found = sessions.listed(visit.connection, at=visit.at, officer_id=visit.session.officer_id)
    return View("me.html", "Me", {"sessions": found, "themes": preferences.THEMES})


@router.act("/me/preferences", SIGNED_IN, fields=("language", "theme", "single_keys"))
def prefer(visit: Visit) -> Answer:
    """Keep language, theme and keys."""
    fields = visit.fields
    language, theme = fields.get("language", ""), fields.get("theme", "")
    if language not in preferences.LANGUAGES or theme not in preferences.THEMES:
        raise visit.refuse("choice", "There is no such language or theme. Nothing was changed.")
    with visit.place.database.transaction() as connection:
        preferences.keep(
            connection,
            visit.session.officer_id,
            language=language,
            theme=theme,
            single_keys=fields.get("single_keys") == "on",
        )
    return Goto("/me")


@router.act("/me/password", SIGNED_IN, secret=("old", "new", "again"))
def change_password(visit: Visit) -> Answer:
    """Choose another password; every session ends, this one too."""
    fields = visit.fields
    error = ("old", "")
    if fields.get("new", "") != fields.get("again", ""):
        error = ("again", "The two new passwords differ.")
    else:
        try:
            passwords.change(
                visit.place.database,
                officer_id=visit.session.officer_id,
                old=fields.get("old", ""),
                new=fields.get("new", ""),
                at=visit.at,
            )
        except WrongPassword as wrong:
            error = ("old", str(wrong))
        except Refused as weak:
            error = ("new", str(weak))
    if error[1]:
        with visit.reading() as again:
            view = me(again)
        if isinstance(view, View):
            return View(view.template, view.title, view.values, status=422, errors=[error])
    return Goto("/sign-in", cookie="")


@router.act("/sessions/revocations", SIGNED_IN, fields=("session",))
def revoke(visit: Visit) -> Answer:
    """End one of one's own sessions, or anybody's as an administrator."""
    number = visit.asked("session")
    if not number:
        raise visit.refuse("choice", "There is no such session. Nothing was ended.")
    sessions.revoke(
        visit.place.database,
        session_id=number,
        at=visit.at,
        by=visit.session.officer_id,
    )
    return Goto("/me")


@router.page("/help", SIGNED_IN)
def help_page(_visit: Visit) -> Answer:
    """Say how the pages work and which keys there are."""
    return View("help.html", "Help")
