"""The gate: from a request to an answer. Who asks is found, allowed or turned away, and recorded.

The order is the same for every address: sign-in, role, form token, repeated form, then the page.
What is not somebody's looks exactly like what does not exist.
"""

from __future__ import annotations

import hmac
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import sqlalchemy as sa
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from cct_engine.console import once
from cct_engine.console.answers import File, Goto, View
from cct_engine.console.forms import BadForm, Posted, read
from cct_engine.console.guard import cookie_name, is_secure
from cct_engine.console.refusals import REFUSALS, is_conflict
from cct_engine.console.routes import ANYBODY, SIGNED_IN
from cct_engine.console.visit import NotThere, Visit
from cct_engine.people import Refused, record_refusal, sessions
from cct_engine.people.sessions import Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.requests import Request

    from cct_engine.console.answers import Answer
    from cct_engine.console.paper import Paper
    from cct_engine.console.routes import Route
    from cct_engine.console.visit import Place

__all__ = ["COOKIE", "DOOR", "Gate"]

COOKIE: Final = "cct"
DOOR: Final = "cct-door"
"""The cookie of somebody who is not signed in yet: its forms are bound to it."""
AWAY: Final = "cct-away"
"""The cookie of a browser that was sent to the provider: by it we know the one that comes back."""
_ALONE: Final = sa.text("SET LOCAL max_parallel_workers_per_gather = 0")
"""A page reads little: starting helpers takes longer, and takes from the other visitors."""
_WAIT_SECONDS: Final = 10.0
_STRANGER: Final = -1
_LANDING_MAX: Final = 4096
"""Codes of providers are long: some are tokens themselves."""


class Gate:
    """Lets visits in, one route at a time."""

    def __init__(self, place: Place, paper: Paper) -> None:
        self.place = place
        self.paper = paper

    def endpoint(self, route: Route, wants: str) -> Callable[[Request], Awaitable[Response]]:
        """Return what Starlette calls for a route and a format."""

        async def answer(request: Request) -> Response:
            posted = Posted({}, (), {})
            if route.method == "POST":
                try:
                    folder = self.place.home / "console" / "uploads"
                    posted = await read(request, route, uploads=folder)
                except BadForm as bad:
                    return await run_in_threadpool(self._bad, request, route, bad)
            try:
                return await run_in_threadpool(self._answer, request, route, posted, wants)
            finally:
                for upload in posted.uploads.values():
                    upload.path.unlink(missing_ok=True)

        return answer

    def _answer(self, request: Request, route: Route, posted: Posted, wants: str) -> Response:
        at = self.place.clock.now()
        started = time.perf_counter()
        session: Session | None = None
        try:
            with self.place.database.transaction() as connection:
                session = self._session(request, connection, at)
                if session is None and route.may != ANYBODY:
                    return self._to_sign_in(request, route, wants)
                visit = self._visit(request, route, posted, wants, at, session, connection)
                if route.method == "GET" and not route.is_landing:
                    connection.execute(_ALONE)
                    return self._shown(request, visit, route.endpoint(visit), connection)
            return self._acted(request, route, visit, posted)
        except NotThere:
            self._record(request, session, route, Refused("scope", "not theirs"), at)
            return self._message(request, session, 404)
        except REFUSALS as refusal:
            return self._message(request, session, 403, str(refusal))
        except Exception:  # noqa: BLE001 - said, logged with a number, and nothing is hidden
            number = f"{int(at.timestamp()) & 0xFFFFFF:06X}"
            structlog.get_logger().exception("console.failed", route=route.key, number=number)
            return self._message(request, session, 500, number)
        finally:
            structlog.get_logger().debug(
                "console.answered",
                route=route.key,
                seconds=round(time.perf_counter() - started, 4),
                officer_id=session.officer_id if session else None,
            )

    def _visit(  # noqa: PLR0917 - what a visit is made of
        self,
        request: Request,
        route: Route,
        posted: Posted,
        wants: str,
        at: datetime,
        session: Session | None,
        connection: sa.Connection,
    ) -> Visit:
        who = session or _stranger(request, at)
        roles = who.roles
        if not isinstance(route.may, str):
            roles = who.roles & route.may
            if not roles:
                raise NotThere
        fields = dict(posted.fields)
        asked = (*request.path_params.values(), *request.query_params.values())
        if any("\0" in text for text in asked):
            raise NotThere
        if route.method == "GET":
            longest = _LANDING_MAX if route.is_landing else 200
            fields = {name: request.query_params.get(name, "")[:longest] for name in route.fields}
            fields |= {
                name: request.query_params[name][:20]
                for name in ("done", "again")
                if name in request.query_params
            }
        return Visit(
            place=self.place,
            at=at,
            session=who,
            roles=roles,
            names=dict(request.path_params),
            fields=fields,
            connection=connection,
            path=_path(request),
            form_token=self._form_token(request),
            uploads=posted.uploads,
            chosen=posted.chosen,
            wants=wants,
            browser=request.cookies.get(cookie_name(request.scope, AWAY), ""),
        )

    def _acted(self, request: Request, route: Route, visit: Visit, posted: Posted) -> Response:
        if route.is_landing:
            return self._shown(request, visit, route.endpoint(visit))
        if not self._is_ours(request, posted):
            refusal = Refused("form_token", "not sent from a page of ours")
            self._record(request, visit.session, route, refusal, visit.at)
            return self._message(request, visit.session, 403, "form_token")
        key = posted.fields.get("once", "")
        if route.may == ANYBODY or len(key) != 32:  # noqa: PLR2004 - as once.fresh makes them
            if route.may not in {ANYBODY, SIGNED_IN}:
                return self._message(request, visit.session, 400, "once")
            return self._shown(request, visit, route.endpoint(visit))
        told = {k: v for k, v in posted.fields.items() if k not in {"csrf", "once", *route.secret}}
        told |= {"chosen": "\n".join(posted.chosen)} if posted.chosen else {}
        earlier = self._earlier(request, visit, key, told)
        if earlier is not None:
            return earlier
        return self._for_the_first_time(request, route, visit, key)

    def _for_the_first_time(
        self, request: Request, route: Route, visit: Visit, key: str
    ) -> Response:
        database = self.place.database
        try:
            answer = route.endpoint(visit)
        except NotThere:
            once.answered(database, key, location=None, status=404)
            raise
        except REFUSALS as refusal:
            status = 409 if is_conflict(refusal) else 403
            once.answered(database, key, location=None, status=status)
            return self._message(request, visit.session, status, str(refusal))
        except Exception:
            once.forget(database, key)
            raise
        location = answer.location if isinstance(answer, Goto) else None
        status = answer.status if isinstance(answer, View) else 303
        once.answered(database, key, location=location, status=status)
        return self._shown(request, visit, answer)

    def _earlier(
        self, request: Request, visit: Visit, key: str, told: dict[str, str]
    ) -> Response | None:
        """Answer a form that was sent before as it was answered then; wait for one under way."""
        until = time.monotonic() + _WAIT_SECONDS
        while True:
            found = once.begin(
                self.place.database,
                key,
                officer_id=visit.session.officer_id,
                path=request.url.path,
                fields=told,
                at=visit.at,
            )
            if found is None:
                return None
            if not found.is_same:
                return self._message(request, visit.session, 409, "once")
            if found.location is not None:
                mark = "&" if "?" in found.location else "?"
                location = f"{found.location}{mark}again={found.sent_at:%H:%M}"
                return self._shown(request, visit, Goto(location))
            if found.status is not None or time.monotonic() > until:
                return self._message(request, visit.session, 409, "already")
            time.sleep(0.1)

    def _shown(
        self,
        request: Request,
        visit: Visit,
        answer: Answer,
        connection: sa.Connection | None = None,
    ) -> Response:
        if isinstance(answer, Goto):
            response = Response(status_code=303, headers={"location": answer.location})
            if answer.cookie is not None:
                self._set_cookie(request, response, COOKIE, answer.cookie)
            if answer.browser is not None:
                self._set_cookie(request, response, AWAY, answer.browser)
            return response
        if isinstance(answer, File):
            return _given_out(answer)
        if connection is not None:
            response = self.paper.response(visit, answer, connection)
        else:
            with self.place.database.transaction() as fresh:
                response = self.paper.response(visit, answer, fresh)
        if not visit.session.officer_id > 0 and DOOR not in str(request.cookies):
            self._set_cookie(request, response, DOOR, visit.form_token)
        return response

    def _form_token(self, request: Request) -> str:
        token = request.cookies.get(cookie_name(request.scope, COOKIE), "")
        if token:
            return sessions.form_token(token)
        return request.cookies.get(cookie_name(request.scope, DOOR), "") or once.fresh()

    def _is_ours(self, request: Request, posted: Posted) -> bool:
        site = request.headers.get("sec-fetch-site", "same-origin")
        origin = request.headers.get("origin")
        if site not in {"same-origin", "none"}:
            return False
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            return False
        token = request.cookies.get(cookie_name(request.scope, COOKIE), "")
        door = request.cookies.get(cookie_name(request.scope, DOOR), "")
        sent = posted.fields.get("csrf", "")
        expected = sessions.form_token(token) if token else door
        return bool(expected) and hmac.compare_digest(sent.encode(), expected.encode())

    def _set_cookie(self, request: Request, response: Response, name: str, value: str) -> None:
        response.set_cookie(
            cookie_name(request.scope, name),
            value,
            max_age=0 if not value else None,
            path="/",
            secure=is_secure(request.scope),
            httponly=True,
            samesite="strict" if name == DOOR else "lax",
        )

    def _to_sign_in(self, request: Request, route: Route, wants: str) -> Response:
        if wants != "html":
            return Response(status_code=401, headers={"www-authenticate": "Session"})
        target = _path(request) if route.method == "GET" else "/"
        ended = "&ended=1" if request.cookies.get(cookie_name(request.scope, COOKIE)) else ""
        if ended and route.method != "GET":
            ended += "&undone=1"
        location = f"/sign-in?next={quote(target)}{ended}"
        return Response(status_code=303, headers={"location": location})

    def _bad(self, request: Request, route: Route, bad: BadForm) -> Response:
        at = self.place.clock.now()
        session = self._whose(request, at)
        self._record(request, session, route, Refused(bad.rule, str(bad)), at)
        return self._message(request, session, bad.status, str(bad))

    def _whose(self, request: Request, at: datetime) -> Session | None:
        """Return whose a refused request is; nobody's while the database does not answer."""
        try:
            with self.place.database.transaction() as connection:
                return self._session(request, connection, at)
        except sa.exc.OperationalError:
            return None

    def _session(self, request: Request, connection: sa.Connection, at: datetime) -> Session | None:
        token = request.cookies.get(cookie_name(request.scope, COOKIE), "")
        session = sessions.seen(connection, token, at=at) if token else None
        if session is not None and not self._still_opens(session):
            return None
        return session

    def _still_opens(self, session: Session) -> bool:
        """Tell whether the way by which a session was opened is one of this installation still."""
        if session.opened_by == "password":
            return self.place.settings.password_sign_in
        return self.place.provider is not None

    def _record(
        self,
        request: Request,
        session: Session | None,
        route: Route,
        refusal: Refused,
        at: datetime,
    ) -> None:
        """A refusal of somebody known is an act; of a stranger, a line in the log."""
        structlog.get_logger().warning(
            "console.refused",
            route=route.key,
            rule=refusal.rule,
            officer_id=session.officer_id if session else None,
            host=request.client.host if request.client else None,
        )
        if session is not None and session.officer_id > 0:
            record_refusal(
                self.place.database,
                refusal,
                at=at,
                officer_id=session.officer_id,
                verb="console.read" if route.method == "GET" else "console.act",
                subject=route.key,
            )

    def _message(
        self, request: Request, session: Session | None, status: int, text: str = ""
    ) -> Response:
        at = self.place.clock.now()
        who = session or _stranger(request, at)
        return self.paper.message(who, status, text, at=at, path=_path(request))

    def missing(self, request: Request, status: int = 404) -> Response:
        """Answer an address that does not exist like one that is not the visitor's."""
        session = self._whose(request, self.place.clock.now())
        return self._message(request, session, status)


def _path(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}"


def _stranger(request: Request, at: datetime) -> Session:
    asked = request.headers.get("accept-language", "en")[:40].lower()
    language = next((one for one in ("hi", "pt", "es") if asked.startswith(one)), "en")
    return Session(0, _STRANGER, "", at, at, at, at, (), language, "auto", True)


def _given_out(file: File) -> Response:
    """Send a file piece by piece; one that is gone is found here, where it is answered for."""
    return FileResponse(
        file.path,
        stat_result=file.path.stat(),
        media_type=file.media_type,
        headers={"content-disposition": f'attachment; filename="{file.name}"'},
    )
