"""A small OpenID provider: a real HTTP server, real signed tokens, and lies where it is told to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

CLIENT: Final = "cct-engine"
SECRET: Final = "a secret of ours at the provider"  # noqa: S105 - of a provider of a test
_KEY: Final = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})


@dataclass
class Provider:
    """Who is signed in there, what it says of them, and where it deviates from the truth."""

    now: Callable[[], datetime]
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "4711"})
    lies: dict[str, Any] = field(default_factory=dict)
    """Claims that replace the true ones; ``None`` leaves one out."""
    alg: str = "RS256"
    key: RSAKey = field(default_factory=lambda: _KEY)
    published: RSAKey = field(default_factory=lambda: _KEY)
    document: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    """The authorisation requests that came, as they were asked."""
    seen_before: int = 0
    """How many seconds ago the person last proved who they are, whatever is asked."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _server: ThreadingHTTPServer | None = None

    @property
    def issuer(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_ended: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def deviate(self, **how: Any) -> None:
        """Do what a provider must, but for what is named."""
        true = {"lies": {}, "alg": "RS256", "key": _KEY, "published": _KEY, "document": {}}
        for name, value in (true | {"seen_before": 0} | how).items():
            setattr(self, name, value)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorise",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/leave",
            "code_challenge_methods_supported": ["S256"],
        } | self.document

    def authorise(self, asked: dict[str, str]) -> str:
        """Return where the browser is sent back to."""
        self.asked.append(asked)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(300)  # as long as those that are tokens themselves
        self._codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, asked: dict[str, str], authorisation: str) -> tuple[int, dict[str, Any]]:
        """Give the token for a code to the client that holds the secret and the verifier."""
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "+").encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorisation not in {f"Basic {expected}", f"Basic {plain}"}:
            return 401, {"error": "invalid_client"}
        code = asked.get("code", "")
        known = self._codes.pop(code, None)
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if known is None or known["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        if known["redirect_uri"] != asked.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": secrets.token_urlsafe(),
            "token_type": "Bearer",
            "id_token": self._signed(known["nonce"]),
        }

    def _signed(self, nonce: str) -> str:
        now = int(self.now().timestamp())
        true = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        true |= {"auth_time": now - self.seen_before} | self.person
        claims = {name: value for name, value in (true | self.lies).items() if value is not None}
        if self.alg == "none":
            parts = ({"alg": "none"}, claims)
            return ".".join([*(_encoded(json.dumps(one).encode()) for one in parts), ""])
        if self.alg == "HS256":  # signed with the public key as if it were a shared secret
            head = _encoded(json.dumps({"alg": "HS256", "kid": "first"}).encode())
            text = f"{head}.{_encoded(json.dumps(claims).encode())}"
            made = hmac.new(self.published.as_pem(private=False), text.encode(), hashlib.sha256)
            return f"{text}.{_encoded(made.digest())}"
        return jwt.encode({"alg": self.alg, "kid": self.key.kid}, claims, self.key)


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/.well-known/openid-configuration":
                self._json(200, provider.discovery())
            elif parts.path == "/keys":
                self._json(200, {"keys": [provider.published.as_dict(private=False)]})
            elif parts.path == "/authorise":
                self.send_response(302)
                self.send_header("location", provider.authorise(_fields(parts.query)))
                self.end_headers()
            else:
                self._json(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._json(*provider.token(_fields(body), self.headers.get("authorization", "")))

        def _json(self, status: int, body: dict[str, Any]) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_told: object) -> None:
            """Say nothing."""

    return Handler


def _fields(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}
