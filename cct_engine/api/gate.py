"""The gate of the API: whose token, what for, said before?, and every use on the record.

The order is the same for every address: token, scope, role, key, then the endpoint. Nothing of a
cookie counts here, so no browser can be led to act.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cct_engine.api import once
from cct_engine.api.caller import Caller
from cct_engine.api.problems import (
    REFUSALS,
    Trouble,
    answered,
    misfits,
    problem,
    trouble_of,
)
from cct_engine.api.routes import ANYBODY, BASE, SIGNED_IN
from cct_engine.api.values.work import Job
from cct_engine.console.visit import Upload
from cct_engine.console.works import job_of
from cct_engine.people import acts, tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.types import Message

    from cct_engine.api.routes import Way
    from cct_engine.console.visit import Place

    Handler = Callable[[Request], Awaitable[Response]]

__all__ = ["Gate"]

JSON_MAX: Final = 64 * 1024
FILE_MAX: Final = 64 * 1024 * 1024
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NOT_KEPT: Final = frozenset({"malformed", "invalid", "media_type", "too_large", "failed", "key"})
"""After these nothing was decided: the same key may be used for the request put right."""


class Gate:
    """Lets requests in, one route at a time."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def route_class(self, way: Way) -> type[APIRoute]:
        """Return the class of FastAPI's route that stands behind this gate."""
        gate = self

        class Gated(APIRoute):
            def get_route_handler(self) -> Any:
                inner = super().get_route_handler()

                async def answer(request: Request) -> Response:
                    return await gate.answer(request, way, inner)

                return answer

        return Gated

    async def answer(self, request: Request, way: Way, inner: Handler) -> Response:
        """Answer a request, whatever becomes of it, and put its use on the record."""
        at = self.place.clock.now()
        caller: Caller | None = None
        rule = ""
        try:
            if way.may != ANYBODY:
                caller = await run_in_threadpool(self._let_in, request, way, at)
                request.state.caller = caller
            response = await self._admitted(request, way, inner, caller)
        except Exception as error:  # noqa: BLE001 - said, logged with its place, nothing is hidden
            trouble = self._trouble(error, way)
            rule = trouble.word
            response = answered(trouble, way.key)
            if caller is not None:
                await run_in_threadpool(self._settle, caller, trouble, way)
        if caller is not None:
            await run_in_threadpool(self._record, request, way, caller.client, at, rule)
        return response

    async def _admitted(
        self, request: Request, way: Way, inner: Handler, caller: Caller | None
    ) -> Response:
        if way.method == "GET" or caller is None:
            return await inner(request)
        key = request.headers.get("idempotency-key", "")
        if not _KEY.fullmatch(key):
            raise Trouble("key", "Every act needs an Idempotency-Key of its own.")
        body = await self._body(request, way, caller)
        try:
            address = f"{request.url.path}?{request.url.query}"
            secret = self.place.settings.token_key.get_secret_value().encode()
            digest = once.digest_of("POST", address, body, secret=secret)
            caller.key = once.Key(caller.client.token_id, key, digest, caller.at)
            earlier = await run_in_threadpool(self._earlier, caller)
            if earlier is not None:
                return earlier
            try:
                response = await inner(_again(request, b"" if caller.upload else body))
            except once.Taken:
                earlier = await run_in_threadpool(self._earlier, caller)
                if earlier is None:
                    raise
                return earlier
            await run_in_threadpool(self._keep, caller, response)
            return response
        finally:
            if caller.upload is not None:
                caller.upload.path.unlink(missing_ok=True)

    def _let_in(self, request: Request, way: Way, at: datetime) -> Caller:
        kind, _, words = request.headers.get("authorization", "").partition(" ")
        client = None
        if kind.lower() == "bearer" and words.strip():
            with self.place.database.transaction() as connection:
                client = tokens.seen(connection, words.strip(), at=at)
        if client is None:
            structlog.get_logger().warning(
                "api.refused",
                route=way.key,
                rule="token",
                host=request.client.host if request.client else None,
            )
            raise Trouble("token", "The request names no token that was granted.")
        try:
            return self._checked(client, way, at)
        except Trouble as trouble:
            self._record(request, way, client, at, client.refusal or trouble.word)
            raise

    def _checked(self, client: tokens.Client, way: Way, at: datetime) -> Caller:
        if client.refusal:
            raise Trouble("token", f"The token opens nothing any more: {client.refusal}.")
        if way.scope is not None and way.scope not in client.scopes:
            raise Trouble("scope", f"It needs a token with the scope '{way.scope.value}'.")
        roles = client.roles
        if not isinstance(way.may, str):
            roles = client.roles & way.may
            if not roles:
                needed = " or ".join(sorted(role.value for role in way.may))
                raise Trouble("role", f"It needs an officer who is {needed}.")
        elif way.may != SIGNED_IN:
            raise Trouble("role", "Nobody may do this.")
        return Caller(self.place, at, client, roles)

    async def _body(self, request: Request, way: Way, caller: Caller) -> bytes:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if way.takes and kind != way.takes:
            raise Trouble("media_type", f"The body of this address is {way.takes}.")
        if way.takes == "application/octet-stream":
            folder = self.place.home / "console" / "uploads"
            caller.upload, digest = await _uploaded(request, folder)
            return digest
        body = b"".join([chunk async for chunk in _bounded(request, JSON_MAX)])
        if body and not way.takes:
            raise Trouble("malformed", "This address takes no body.")
        if way.takes:
            _refuse_unreadable(body)
        return body

    def _earlier(self, caller: Caller) -> Response | None:
        """Return the first answer of a key that was used, or None for a new one."""
        key = caller.key
        if key is None:
            return None
        with self.place.database.transaction() as connection:
            earlier = once.found(connection, key)
            job = job_of(connection, earlier.job_id) if earlier and earlier.job_id else None
        if earlier is None:
            return None
        if earlier.digest != key.digest:
            raise Trouble("key_reused", "This key came with another request before.")
        again = {"idempotency-replayed": "true"}
        if earlier.status is not None and earlier.answer is not None:
            return _told(earlier.status, earlier.answer, again)
        if job is None:
            raise Trouble("under_way", "The same request came a moment ago and is not over.")
        value = Job.of(job)
        status = 202 if value.state == "running" else 200
        return _told(status, value.model_dump_json(), again)

    def _keep(self, caller: Caller, response: Response) -> None:
        if caller.key is not None and response.status_code < 300:  # noqa: PLR2004 - it was done
            answer = bytes(response.body).decode()
            with self.place.database.transaction() as connection:
                once.settle(connection, caller.key, status=response.status_code, answer=answer)

    def _settle(self, caller: Caller, trouble: Trouble, way: Way) -> None:
        """Keep a refusal as the answer of its key; not where nothing was decided."""
        if caller.key is None or trouble.word in {*_NOT_KEPT, "key_reused", "under_way"}:
            return
        answer = problem(trouble, way.key).model_dump_json()
        with self.place.database.transaction() as connection:
            once.settle(connection, caller.key, status=trouble.status, answer=answer)

    def _trouble(self, error: Exception, way: Way) -> Trouble:
        if isinstance(error, Trouble):
            return error
        if isinstance(error, RequestValidationError):
            return Trouble("invalid", "A field does not fit.", misfits(error.errors()))
        if isinstance(error, REFUSALS):
            return trouble_of(error)
        if isinstance(error, ClientDisconnect):
            return Trouble("malformed", "The request ended before its body.")
        number = f"{int(self.place.clock.now().timestamp()) & 0xFFFFFF:06X}"
        structlog.get_logger().exception("api.failed", route=way.key, number=number)
        return Trouble("failed", f"Its number in the log is {number}.")

    def _record(
        self, request: Request, way: Way, client: tokens.Client, at: datetime, rule: str
    ) -> None:
        """Put a use on the record; what an address names, only where it was found."""
        detail: dict[str, object] = {"token": client.token_id, "client": client.client}
        if rule:
            detail["rule"] = rule
        elif request.path_params:
            detail["names"] = {name: str(one) for name, one in request.path_params.items()}
        with self.place.database.transaction() as connection:
            acts.record(
                connection,
                at=at,
                officer_id=client.officer_id,
                verb="api.read" if way.method == "GET" else "api.act",
                subject=way.key,
                outcome="refused" if rule else "done",
                detail=detail,
            )


def _refuse_unreadable(body: bytes) -> None:
    try:
        json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise Trouble("malformed", "The body is no JSON in UTF-8.") from error


def _told(status: int, answer: str, headers: dict[str, str]) -> Response:
    if status == 202:  # noqa: PLR2004 - goes on
        headers = headers | {"location": f"{BASE}/jobs/{json.loads(answer)['job_id']}"}
    kind = "application/json" if status < 300 else "application/problem+json"  # noqa: PLR2004 - done
    return Response(answer, status_code=status, media_type=kind, headers=headers)


def _again(request: Request, body: bytes) -> Request:
    """Return the same request with a body that was read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)


async def _bounded(request: Request, most: int) -> Any:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise Trouble("too_large", f"More than {most // 1024:,} KiB were sent.")
        yield chunk


async def _uploaded(request: Request, folder: Path) -> tuple[Upload, bytes]:
    """Keep a file for the time of the request; return it and the digest of its bytes."""
    seal, path = hashlib.sha256(), await run_in_threadpool(_place_in, folder)
    size = 0
    try:
        async for chunk in _bounded(request, FILE_MAX):
            seal.update(chunk)
            size += len(chunk)
            await run_in_threadpool(_append, path, chunk)
    except BaseException:
        await run_in_threadpool(path.unlink)
        raise
    return Upload("", path, size), seal.hexdigest().encode()


def _place_in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as made:
        return Path(made.name)


def _append(path: Path, chunk: bytes) -> None:
    with path.open("ab") as target:
        target.write(chunk)
