"""The provider: where its doors are and which keys it signs with, asked for over HTTPS.

Both are kept for an hour. A key that is not among those kept is asked for at once, at most once a
minute, so that a provider may change its keys any time and a forged token cannot make us ask on.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr

if TYPE_CHECKING:
    from datetime import datetime

    from joserfc.jwk import KeySetSerialization

    from cct_engine.settings import Settings

__all__ = ["CALLBACK", "Metadata", "Provider", "ProviderError", "provider_of"]

CALLBACK: Final = "/sign-in/openid/answers"
_BYTES_MAX: Final = 256 * 1024
_KEPT_FOR: Final = timedelta(hours=1)
_KEYS_AGAIN_AFTER: Final = timedelta(minutes=1)
_SECONDS: Final = 5.0
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})
_DOORS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderError(Exception):
    """The provider, or what came by it, is not as it must be; ``rule`` says which in one word."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(text)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the discovery document says, of what is used here."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str
    secret_in_body: bool
    """Our secret goes into the form: the provider takes no basic authentication."""
    has_s256: bool
    """The provider says that it takes PKCE with SHA-256, or says nothing of PKCE."""


@dataclass(slots=True)
class _Kept:
    metadata: Metadata | None = None
    asked_at: datetime | None = None
    keys: KeySet | None = None
    keys_at: datetime | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as the settings name it, and what was asked of it lately."""

    issuer: str
    client_id: str
    secret: SecretStr | None
    redirect_uri: str
    scope: str
    login_claim: str
    login_domain: str
    roles_claim: str
    _kept: _Kept = field(default_factory=_Kept, repr=False, compare=False)

    def client(self, metadata: Metadata) -> OAuth2Client:
        """Return a client for one exchange; close it."""
        secret = None if self.secret is None else self.secret.get_secret_value()
        method = "client_secret_post" if metadata.secret_in_body else "client_secret_basic"
        return OAuth2Client(
            client_id=self.client_id,
            client_secret=secret,
            token_endpoint_auth_method=method if secret else "none",
            scope=self.scope,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            timeout=_SECONDS,
        )

    def metadata(self, *, at: datetime) -> Metadata:
        """Return where the provider's doors are. Raises ``ProviderError``."""
        kept = self._kept
        with kept.lock:
            if kept.metadata is None or kept.asked_at is None or at - kept.asked_at > _KEPT_FOR:
                url = get_well_known_url(self.issuer, external=True)
                kept.metadata, kept.asked_at = _read(self.issuer, _asked(url)), at
            return kept.metadata

    def keys(self, *, at: datetime, again: bool = False) -> KeySet:
        """Return the provider's keys; ``again``: a token names one that is not among them."""
        metadata, kept = self.metadata(at=at), self._kept
        with kept.lock:
            old = _KEYS_AGAIN_AFTER if again else _KEPT_FOR
            if kept.keys is None or kept.keys_at is None or at - kept.keys_at > old:
                kept.keys, kept.keys_at = _key_set(_asked(metadata.jwks_uri)), at
            return kept.keys


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider of an installation; None where officers have passwords only.

    Raises ``ProviderError`` when the file of the secret cannot be read.
    """
    if not settings.oidc_issuer:
        return None
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret=_secret(settings),
        redirect_uri=f"{settings.console_url.rstrip('/')}{CALLBACK}",
        scope=settings.oidc_scope,
        login_claim=settings.oidc_login_claim,
        login_domain=settings.oidc_login_domain,
        roles_claim=settings.oidc_roles_claim,
    )


def _secret(settings: Settings) -> SecretStr | None:
    if settings.oidc_client_secret_file is None:
        return settings.oidc_client_secret
    try:
        words = settings.oidc_client_secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ProviderError(
            "secret",
            f"CCT_OIDC_CLIENT_SECRET_FILE: {settings.oidc_client_secret_file} cannot be read "
            f"({type(error).__name__}). The service's user must be able to read it.",
        ) from error
    if not words:
        raise ProviderError("secret", "CCT_OIDC_CLIENT_SECRET_FILE is empty.")
    return SecretStr(words)


def _asked(url: str) -> dict[str, Any]:
    """Return the JSON object at an address; no redirects, no endless answers."""
    try:
        with (
            httpx2.Client(timeout=_SECONDS, follow_redirects=False) as client,
            client.stream("GET", url, headers={"accept": "application/json"}) as answer,
        ):
            answer.raise_for_status()
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > _BYTES_MAX:
                    raise ProviderError("provider", f"{url} answers more than {_BYTES_MAX} bytes.")
        found = json.loads(body)
    except (httpx2.HTTPError, ValueError) as error:
        raise ProviderError(
            "provider", f"{url} does not answer rightly: {type(error).__name__}."
        ) from error
    if not isinstance(found, dict):
        raise ProviderError("provider", f"{url} answers no JSON object.")
    return found


def _read(issuer: str, found: dict[str, Any]) -> Metadata:
    if found.get("issuer") != issuer:
        raise ProviderError(
            "issuer",
            "The provider calls itself otherwise than CCT_OIDC_ISSUER does; both must be the same "
            "to the last letter.",
        )
    for name in _DOORS:
        if not _is_safe(found.get(name), issuer):
            raise ProviderError("provider", f"The provider's {name} is no HTTPS address.")
    leaving = found.get("end_session_endpoint")
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Metadata(
        authorization_endpoint=found["authorization_endpoint"],
        token_endpoint=found["token_endpoint"],
        jwks_uri=found["jwks_uri"],
        end_session_endpoint=str(leaving) if _is_safe(leaving, issuer) else "",
        secret_in_body="client_secret_basic" not in methods and "client_secret_post" in methods,
        has_s256="S256" in found.get("code_challenge_methods_supported", ["S256"]),
    )


def _is_safe(url: object, issuer: str) -> bool:
    """Tell whether an address is HTTPS, or on this machine like its issuer."""
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    is_local = parts.hostname in _LOOPBACK and urlsplit(issuer).hostname in _LOOPBACK
    return parts.scheme == "https" or (parts.scheme == "http" and is_local)


def _key_set(found: dict[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set(cast("KeySetSerialization", found))
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise ProviderError("provider", "The provider's keys cannot be read.") from error
