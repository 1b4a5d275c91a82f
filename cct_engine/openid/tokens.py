"""What the provider's ID token must be before it is believed (OpenID Connect Core 3.1.3.7).

Signed by a key of the provider with an asymmetric algorithm, whatever its header says; of this
issuer, for this client, not over, and the answer to our own question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import (
    ClaimError,
    ExpiredTokenError,
    InvalidKeyIdError,
    JoseError,
    UnsupportedAlgorithmError,
)
from joserfc.jws import JWSRegistry

from cct_engine.openid.provider import ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from joserfc.jwt import Token

    from cct_engine.openid.provider import Provider

__all__ = ["claims_of"]

_ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519"),
)
"""Never ``none``, never a shared secret: a public key must not become one."""
SKEW_SECONDS: Final = 60
_RULES: Final = {"aud": "audience", "azp": "audience", "iss": "issuer", "nonce": "nonce"}


def claims_of(
    provider: Provider, answer: Mapping[str, Any], *, nonce: str, at: datetime
) -> dict[str, Any]:
    """Return the claims of the token in a provider's answer. Raises ``ProviderError``."""
    words = answer.get("id_token")
    if not isinstance(words, str):
        raise ProviderError("token", "The provider sent no ID token.")
    token = _verified(provider, words, at)
    claims = CodeIDToken(
        token.claims,
        token.header,
        options={
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        },
        params={
            "nonce": nonce,
            "client_id": provider.client_id,
            "access_token": answer.get("access_token"),
        },
    )
    try:
        claims.validate(now=int(at.timestamp()), leeway=SKEW_SECONDS)
    except ExpiredTokenError as over:
        raise ProviderError("expired", "The provider's token is over.") from over
    except ClaimError as wrong:
        name = getattr(wrong, "claim", "") or "token"
        raise ProviderError(
            _RULES.get(name, "claim"), f"The provider's token is not for this: {name}."
        ) from wrong
    except (KeyError, TypeError, ValueError) as wrong:
        raise ProviderError("claim", "The provider's token cannot be read.") from wrong
    return dict(claims)


def _verified(provider: Provider, words: str, at: datetime) -> Token:
    registry = JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
    try:
        try:
            return jwt.decode(words, provider.keys(at=at), registry=registry)
        except InvalidKeyIdError:
            return jwt.decode(words, provider.keys(at=at, again=True), registry=registry)
    except UnsupportedAlgorithmError as wrong:
        raise ProviderError("algorithm", "The provider's token is not signed rightly.") from wrong
    except (JoseError, ValueError, TypeError) as wrong:
        raise ProviderError("signature", "The provider's token is not signed by it.") from wrong
