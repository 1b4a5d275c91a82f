"""The console as an application: every route of every module, behind the guard and the gate."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from anyio import to_thread
from fastapi import FastAPI
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.routing import Route as Address

from cct_engine.console.gate import Gate
from cct_engine.console.guard import Guard
from cct_engine.console.pages import ROUTERS
from cct_engine.console.paper import ASSETS, Paper, asset
from cct_engine.console.visit import Place
from cct_engine.console.works import Works
from cct_engine.openid import provider_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from cct_engine.clock import Clock
    from cct_engine.console.routes import Route
    from cct_engine.database import Database
    from cct_engine.people import Role, Session
    from cct_engine.settings import Settings

__all__ = ["application", "opens", "routes"]

_PAGES_AT_ONCE: Final = 20
_FOREVER: Final = {"cache-control": "public, max-age=31536000, immutable"}


def routes() -> list[Route]:
    """Return every route of the console, in the order in which addresses are matched."""
    return [route for router in ROUTERS for route in router]


@cache
def _pages() -> list[tuple[re.Pattern[str], frozenset[Role] | str]]:
    pages = [route for route in routes() if route.method == "GET"]
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", one.path)), one.may) for one in pages]


def opens(who: Session, href: str) -> bool:
    """Tell whether somebody's roles open an address of ours, so that no page links to a wall."""
    path = href.partition("?")[0].partition("#")[0]
    for pattern, may in _pages():
        if pattern.fullmatch(path):
            return isinstance(may, str) or bool(may & who.roles)
    return False


def application(
    database: Database,
    settings: Settings,
    clock: Clock,
    *,
    hosts: Collection[str] = (),
    healthy: Callable[[], bool] = lambda: True,
) -> ASGIApp:
    """Return the console over a database and its data folder.

    ``hosts`` are the names it is reached by besides this machine's own; ``healthy`` tells whether
    what runs beside it (the schedule) is alive.
    """
    from cct_engine import api  # noqa: PLC0415 - it stands on the console's readings and works

    works = Works(database, clock)
    place = Place(database, settings, clock, works, provider_of(settings))
    paper = Paper(zone=settings.time_zone, opens=opens)
    gate = Gate(place, paper)

    @asynccontextmanager
    async def alive(_app: FastAPI) -> AsyncIterator[None]:
        # A page may hold two connections (it reads, and records that it was read): so few at once
        # that they never wait for one another.
        to_thread.current_default_thread_limiter().total_tokens = _PAGES_AT_ONCE
        works.begin()
        yield
        works.close()

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=alive)
    app.state.place = place
    known = app.router.routes
    known += [_asset(name) for name in ASSETS]
    known.append(Address("/health", _health(database, healthy), methods=["GET"]))
    known.append(_mounted(api.BASE, api.application(place)))
    for route in routes():
        methods = ["GET"] if route.method == "GET" else ["POST"]
        for wants in route.formats:
            address = f"{route.path}.{wants}"
            known.append(Address(address, gate.endpoint(route, wants), methods=["GET"]))
        known.append(Address(route.path, gate.endpoint(route, "html"), methods=methods))

    async def missing(request: Request, _error: Exception) -> Response:
        return gate.missing(request)

    async def wrong_method(request: Request, _error: Exception) -> Response:
        return gate.missing(request, 405)

    app.add_exception_handler(404, missing)
    app.add_exception_handler(405, wrong_method)
    return Guard(app, hosts)


def _mounted(base: str, app: ASGIApp) -> Mount:
    """Mount what answers below a base, whatever stands in the address: line breaks too."""
    mount = Mount(base, app)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


def _asset(name: str) -> Address:
    body = asset(name)

    async def give(_request: Request) -> Response:
        return Response(body, media_type=ASSETS[name], headers=_FOREVER)

    return Address(f"/assets/{{version}}/{name}", give, methods=["GET"])


def _health(database: Database, healthy: Callable[[], bool]) -> Callable[[Request], Response]:
    def look(_request: Request) -> Response:
        found = {"database": _answers(database), "schedule": healthy()}
        well = all(found.values())
        return JSONResponse(found | {"ok": well}, status_code=200 if well else 503)

    return look


def _answers(database: Database) -> bool:
    try:
        with database.transaction() as connection:
            return bool(connection.execute(sa.text("SELECT true")).scalar_one())
    except sa.exc.OperationalError:
        return False
