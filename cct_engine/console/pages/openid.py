"""Sign-in by the ministry's OpenID provider, and proving there again who signs.

Neither address changes anything by itself: the first sends the browser away, the second takes it
back, once and only if it is the one that was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cct_engine import openid
from cct_engine.console.answers import Answer, Goto, View
from cct_engine.console.local import local
from cct_engine.console.pages.approval import signed_thing
from cct_engine.console.pages.sign_in import asking
from cct_engine.console.reading.cycles import logins
from cct_engine.console.routes import ANYBODY, Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.openid import ProviderError
from cct_engine.people import ENGINE, Refused, attempts, record_refusal, sessions, subjects

if TYPE_CHECKING:
    from cct_engine.openid import Identity, Provider
    from cct_engine.people import Role
    from cct_engine.people.attempts import Attempt, Begun

__all__ = ["router"]

router = Router()


@router.landing("/sign-in/openid", ANYBODY, fields=("next",))
def go(visit: Visit) -> Answer:
    """Send the browser to the provider."""
    provider = visit.place.provider
    if provider is None:
        return Goto("/sign-in")
    return _sent(visit, provider, target=local(visit.fields["next"]))


@router.landing("/cycles/{code}/identification", letters("C"))
def identify(visit: Visit) -> Answer:
    """Send a checker to the provider, to prove again who signs this very list."""
    provider = visit.place.provider
    with visit.reading() as looking:
        cycle = looking.cycle()
    if provider is None or visit.session.opened_by != "openid" or not cycle.list_digest:
        raise NotThere
    return _sent(
        visit,
        provider,
        target=f"/cycles/{cycle.code}/approval#decision",
        session_id=visit.session.session_id,
        subject=signed_thing(cycle),
    )


@router.landing("/sign-in/openid/answers", ANYBODY, fields=("code", "state", "error", "iss"))
def come_back(visit: Visit) -> Answer:
    """Take the browser back: open a session, or keep what was proved for one signature."""
    provider = visit.place.provider
    if provider is None:
        return Goto("/sign-in")
    begun = attempts.Begun(visit.browser, visit.fields["state"])
    target = "/"
    try:
        attempt = _attempt(visit, begun)
        target = attempt.target
        who = _named(visit, provider, begun, attempt)
        if attempt.session_id is None:
            return Goto(target, cookie=_opened(visit, provider, who), browser="")
        return _proved(visit, provider, who, attempt)
    except (ProviderError, Refused) as refusal:
        return _turned_away(visit, refusal, target)


@router.landing("/sign-in/openid/leave", ANYBODY)
def leave(visit: Visit) -> Answer:
    """Send the browser to where the provider ends its own session."""
    provider = visit.place.provider
    if provider is None:
        return Goto("/sign-in")
    parts = urlsplit(provider.redirect_uri)
    try:
        there = openid.leaving(
            provider, back=f"{parts.scheme}://{parts.netloc}/sign-in", at=visit.at
        )
    except ProviderError:
        there = ""
    return Goto(there or "/sign-in")


def _attempt(visit: Visit, begun: Begun) -> Attempt:
    with visit.place.database.transaction() as connection:
        attempt = attempts.answer(connection, begun, at=visit.at)
    if attempt is None:
        raise ProviderError(
            "state",
            "This browser was not sent to the provider for that, or too long ago. Sign in again "
            "from here.",
        )
    return attempt


def _sent(
    visit: Visit,
    provider: Provider,
    *,
    target: str,
    session_id: int | None = None,
    subject: str = "",
) -> Answer:
    try:
        provider.metadata(at=visit.at)
    except ProviderError as down:
        return _turned_away(visit, down, target)
    with visit.place.database.transaction() as connection:
        begun = attempts.begin(
            connection, at=visit.at, target=target, session_id=session_id, subject=subject
        )
    where = openid.sent(provider, begun, at=visit.at, anew=session_id is not None)
    return Goto(where, browser=begun.browser)


def _named(visit: Visit, provider: Provider, begun: Begun, attempt: Attempt) -> Identity:
    fields = visit.fields
    if fields["iss"] and fields["iss"] != provider.issuer:  # RFC 9207: no mixing of providers
        raise ProviderError("issuer", "Another provider answered. Nobody was signed in.")
    if fields["error"] or not fields["code"]:
        raise ProviderError("declined", "The provider let nobody in. Try again from here.")
    return openid.returned(
        provider,
        begun,
        code=fields["code"],
        at=visit.at,
        seen_since=None if attempt.session_id is None else attempt.begun_at,
    )


def _opened(visit: Visit, provider: Provider, who: Identity) -> str:
    place = visit.place
    officer_id = _officer(visit, provider, who)
    limit = _limit(who)
    with place.database.transaction() as connection:
        return sessions.open_for(
            connection,
            officer_id=officer_id,
            at=visit.at,
            device="browser",
            hours=place.settings.session_hours,
            idle_minutes=place.settings.session_idle_minutes,
            opened_by="openid",
            role_limit=limit,
        )


def _limit(who: Identity) -> frozenset[Role] | None:
    if who.roles is not None and not who.roles:
        raise Refused(
            "roles",
            "Your account at the provider names no role of this office. Ask who keeps the accounts "
            "there to add them; here nothing is wrong.",
        )
    return who.roles


def _officer(visit: Visit, provider: Provider, who: Identity) -> int:
    """Return the officer whose account it is; the first sign-in binds it to one who is there."""
    database = visit.place.database
    asked = {"issuer": provider.issuer, "subject": who.subject}
    with database.transaction() as connection:
        found = subjects.officer_of(connection, at=visit.at, **asked)
        known = {name: number for number, name in logins(connection).items()}
    if found is not None:
        return found
    officer_id = known.get(who.login)
    if officer_id is None or officer_id == ENGINE:
        raise Refused(
            "stranger",
            "Nobody here has your account. Officers are never made by signing in: ask an "
            "administrator to add you and to bind the account, on your page or by "
            f"'cct people bind LOGIN {who.subject[:80]}'.",
        )
    subjects.bind(database, officer_id=officer_id, at=visit.at, by=ENGINE, **asked)
    return officer_id


def _proved(visit: Visit, provider: Provider, who: Identity, attempt: Attempt) -> Answer:
    """Keep the proof if it is of the officer of the session that asked for it."""
    session = visit.session
    if session.session_id != attempt.session_id:
        raise ProviderError("session", "The session that asked for this is over. Sign in again.")
    with visit.place.database.transaction() as connection:
        found = subjects.officer_of(
            connection, issuer=provider.issuer, subject=who.subject, at=visit.at
        )
    if found != session.officer_id:
        raise Refused(
            "another_person",
            f"The provider saw another person than {session.login}. Nothing can be signed by it.",
        )
    attempts.prove(
        visit.place.database,
        session_id=session.session_id,
        officer_id=session.officer_id,
        subject=attempt.subject,
        at=visit.at,
    )
    return Goto(attempt.target, browser="")


def _turned_away(visit: Visit, refusal: ProviderError | Refused, target: str) -> Answer:
    """Say why, and record it: under the officer who is signed in, else under the engine."""
    is_known = visit.session.officer_id > 0
    record_refusal(
        visit.place.database,
        refusal,
        at=visit.at,
        officer_id=visit.session.officer_id if is_known else ENGINE,
        verb="identity.prove" if is_known else "session.open",
        subject="sign-in",
    )
    if is_known:
        raise Refused(refusal.rule, f"{refusal} Nothing was signed.")
    values = asking(visit, local(target))
    return View("sign_in.html", "Sign in", values, status=403, errors=[("provider", str(refusal))])
