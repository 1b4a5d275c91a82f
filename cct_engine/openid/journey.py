"""There and back: where a browser is sent, and who it is when it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

import httpx2
from authlib.common.errors import AuthlibBaseError

from cct_engine.openid.provider import ProviderError
from cct_engine.openid.tokens import SKEW_SECONDS, claims_of
from cct_engine.people import Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cct_engine.openid.provider import Provider
    from cct_engine.people.attempts import Begun

__all__ = ["Identity", "leaving", "returned", "sent"]


class Identity(NamedTuple):
    """Whom the provider names. ``login`` is empty where it names none.

    ``roles`` None: the installation asks for none. ``proved_at`` is the instant at which the
    provider saw the person, in seconds; None: it does not say.
    """

    subject: str
    login: str
    roles: frozenset[Role] | None
    proved_at: int | None


def sent(provider: Provider, begun: Begun, *, at: datetime, anew: bool = False) -> str:
    """Return the address to send a browser to; ``anew``: the person must prove it again now."""
    metadata = provider.metadata(at=at)
    more = {"prompt": "login", "max_age": "0"} if anew else {}
    with provider.client(metadata) as client:
        url, _ = client.create_authorization_url(
            metadata.authorization_endpoint,
            state=begun.state,
            code_verifier=begun.verifier,
            nonce=begun.nonce,
            **more,
        )
    return str(url)


def returned(
    provider: Provider,
    begun: Begun,
    *,
    code: str,
    at: datetime,
    seen_since: datetime | None = None,
) -> Identity:
    """Exchange a code and return who it is.

    ``seen_since``: the provider must have seen the person since then. Raises ``ProviderError``.
    """
    metadata = provider.metadata(at=at)
    try:
        with provider.client(metadata) as client:
            answer = client.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=begun.verifier,
            )
    except AuthlibBaseError as refused:
        raise ProviderError("code", "The provider does not know this code, or not any more.") from (
            refused
        )
    except (httpx2.HTTPError, ValueError) as error:
        raise ProviderError(
            "provider", f"The provider does not answer rightly: {type(error).__name__}."
        ) from error
    claims = claims_of(provider, answer, nonce=begun.nonce, at=at)
    identity = Identity(
        str(claims["sub"]),
        _login(claims, provider),
        _roles(claims, provider.roles_claim),
        _instant(claims.get("auth_time")),
    )
    if seen_since is not None:
        seen_at, earliest = identity.proved_at, int(seen_since.timestamp()) - SKEW_SECONDS
        if seen_at is None or seen_at < earliest:
            raise ProviderError("stale", "The provider did not ask again who it is.")
    return identity


def leaving(provider: Provider, *, back: str, at: datetime) -> str:
    """Return where a browser ends its sign-in at the provider; empty: it has no such place."""
    end = provider.metadata(at=at).end_session_endpoint
    if not end:
        return ""
    asked = urlencode({"client_id": provider.client_id, "post_logout_redirect_uri": back})
    return f"{end}{'&' if '?' in end else '?'}{asked}"


def _login(claims: Mapping[str, Any], provider: Provider) -> str:
    """Return the login that is claimed; an unverified or foreign mail address names nobody."""
    name = provider.login_claim
    value = claims.get(name)
    if not isinstance(value, str):
        return ""
    if name == "email" and claims.get("email_verified") is not True:
        return ""
    login, _, domain = value.strip().lower().partition("@")
    return login if domain in {"", provider.login_domain} else ""


def _roles(claims: Mapping[str, Any], name: str) -> frozenset[Role] | None:
    if not name:
        return None
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    words = value.split() if isinstance(value, str) else value
    known = {role.value for role in Role}
    return frozenset(Role(one) for one in words or () if isinstance(one, str) and one in known)


def _instant(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value)
