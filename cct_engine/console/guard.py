"""What every answer of the console has in common, and what is turned away before anything else.

Only hosts that are named, only HTTPS but for this very machine; headers that keep the browser from
doing anything a page of ours does not do itself.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["LOOPBACK", "Guard", "cookie_name", "is_secure"]

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def is_secure(scope: Scope) -> bool:
    """Tell whether the request came over HTTPS (as the server or a trusted proxy says)."""
    return scope["scheme"] in {"https", "wss"}


def cookie_name(scope: Scope, name: str) -> str:
    """Return the name of a cookie: bound to this host where the connection allows it."""
    return f"__Host-{name}" if is_secure(scope) else name


class Guard:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = LOOPBACK | frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Turn a request away or let it pass, and set the headers of what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        secure, started = is_secure(scope), time.perf_counter()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
                # From the request's arrival, what it waited for others included.
                headers["server-timing"] = f"all;dur={(time.perf_counter() - started) * 1000:.1f}"
                if secure:
                    headers["strict-transport-security"] = "max-age=31536000"
            await send(message)

        host = _host(Headers(scope=scope).get("host", ""))
        if host not in self._hosts:
            answer = PlainTextResponse("There is no such host here.\n", status_code=421)
            await answer(scope, receive, sent)
        elif not secure and host not in LOOPBACK:
            answer = PlainTextResponse("This console speaks HTTPS.\n", status_code=403)
            await answer(scope, receive, sent)
        else:
            await self._app(scope, receive, sent)


def _host(header: str) -> str:
    name, _, port = header.rpartition(":")
    return (name if name and port.isdigit() else header).lower()
