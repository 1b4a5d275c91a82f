"""The API as an application of its own, to be mounted at its base; and its OpenAPI document."""

from __future__ import annotations

import inspect
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.routing import Route as Address

from cct_engine.api import (
    bank,
    books,
    cycles,
    exceptions,
    families,
    office,
    people,
    rules,
    suspense,
)
from cct_engine.api.gate import Gate
from cct_engine.api.problems import KINDS, MEDIA_TYPE, Problem, Trouble, answered
from cct_engine.api.routes import ANYBODY, BASE

if TYPE_CHECKING:
    from starlette.requests import Request

    from cct_engine.api.routes import Way
    from cct_engine.console.visit import Place

__all__ = ["application", "routes"]

_ROUTERS: Final = (
    office.router,
    cycles.router,
    families.router,
    exceptions.router,
    bank.router,
    suspense.router,
    books.router,
    rules.router,
    people.router,
)
_ABOUT: Final = (
    "Cycles of conditional cash transfers, from opening to the proof. Every request carries a "
    "token ('cct token grant'), every act an Idempotency-Key. Amounts are integers of minor "
    "units. What goes wrong is told as RFC 9457 problems."
)


def routes() -> list[Way]:
    """Return every route of the API, in the order in which addresses are matched."""
    return [way for router in _ROUTERS for way in router]


def application(place: Place) -> FastAPI:
    """Return the API over the console's database, data folder and workers."""
    gate = Gate(place)
    app = FastAPI(
        title="cct-engine",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    for way in routes():
        app.router.add_api_route(
            way.path,
            way.endpoint,
            methods=[way.method],
            route_class_override=gate.route_class(way),
            operation_id=way.endpoint.__name__,
            summary=(inspect.getdoc(way.endpoint) or "").partition("\n")[0],
            description="",
            responses=_responses(way),
            openapi_extra=_extra(way),
            response_class=JSONResponse if way.gives == "application/json" else Response,
        )
    document = cache(partial(_document, app))  # it costs more than all the rest, and few ask

    async def give(_request: Request) -> Response:
        return JSONResponse(document())

    app.router.routes.append(Address("/openapi.json", give, methods=["GET"]))

    async def missing(request: Request, _error: Exception) -> Response:
        return answered(Trouble("not_there", "There is no such address."), request.method)

    async def wrong_method(request: Request, _error: Exception) -> Response:
        near = [one for one in app.routes if one.matches(request.scope)[0] is not Match.NONE]
        methods = sorted({name for one in near for name in getattr(one, "methods", None) or ()})
        response = answered(Trouble("method", "Not by this method."), request.method)
        response.headers["allow"] = ", ".join(methods)
        return response

    app.add_exception_handler(404, missing)
    app.add_exception_handler(405, wrong_method)
    return app


def _responses(way: Way) -> dict[int | str, dict[str, Any]]:
    words = ["failed", "invalid"]
    if way.may != ANYBODY:
        words += ["token", "scope", "role", "not_there"]
    if way.method == "POST":
        words += ["key", "conflict", "too_large", "media_type"]
    told: dict[int | str, dict[str, Any]] = {
        KINDS[word].status: {
            "description": KINDS[word].title,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for word in words
    }
    if way.is_work:
        job = {"$ref": "#/components/schemas/Job"}
        told[202] = {
            "description": "It goes on: look at the job.",
            "content": {"application/json": {"schema": job}},
            "headers": {"Location": {"schema": {"type": "string"}, "required": True}},
        }
    if way.gives != "application/json":
        told[200] = {
            "description": "The file.",
            "content": {way.gives: {"schema": {"type": "string"}}},
        }
    return told


def _extra(way: Way) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if way.may != ANYBODY:
        extra["security"] = [{"token": []}]
        extra["x-scope"] = way.scope.value if way.scope else None
        extra["x-roles"] = sorted(way.may) if not isinstance(way.may, str) else []
    if way.takes == "application/octet-stream":
        whole = {"schema": {"type": "string", "format": "binary"}}
        extra["requestBody"] = {"required": True, "content": {way.takes: whole}}
    return extra


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=_ABOUT,
        routes=app.routes,
        servers=[{"url": BASE}],
    )
    parts = document["components"]
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"] |= problem.pop("$defs") | {"Problem": problem}
    for gone in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(gone, None)
    return document
