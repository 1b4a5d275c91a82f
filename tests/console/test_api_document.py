"""What the OpenAPI document says is what the API does: schemathesis finds nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import schemathesis
from api_clients import program
from schemathesis.engine import events, from_schema

from cct_engine.api import routes
from cct_engine.people import Role

if TYPE_CHECKING:
    from console_visits import Counter
    from starlette.types import ASGIApp, Receive, Scope, Send

EXAMPLES: Final = int(os.environ.get("CCT_TEST_API", "3"))
"""Drawn for each address and method, besides those at its edges; 200 for a long hunt."""


class _Local:
    """The application as one of this machine asks it; its workers live as long as the test."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for end in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{end}.complete"})
            return
        heads = [(name, value) for name, value in scope["headers"] if name != b"host"]
        await self._app({**scope, "headers": [*heads, (b"host", b"localhost")]}, receive, send)


def test_schemathesis_finds_nothing_in_the_whole_api(closed: Counter) -> None:
    closed.appoint("everybody", *(role for role in Role if role is not Role.ADMINISTRATOR))
    words = program(closed, "everybody").words
    config = schemathesis.Config.from_dict(
        {
            "headers": {"Authorization": f"Bearer {words}"},
            "seed": 20261122,
            "generation": {"max-examples": EXAMPLES, "database": "none"},
            "phases": {"stateful": {"enabled": False}},
            "continue-on-failure": True,
            "workers": 1,
        }
    )
    app = _Local(closed.app)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, config=config)
    found, asked = [], set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(str(event))
        if isinstance(event, events.ScenarioFinished):
            asked.add(event.label)
            for name, checks in event.recorder.checks.items():
                sent = event.recorder.cases[name].value.as_curl_command()
                found += [
                    f"{sent}: {one.failure_info.failure}" for one in checks if one.failure_info
                ]
    assert found == []
    assert {way.key.replace("/api/v1", "") for way in routes()} <= asked
