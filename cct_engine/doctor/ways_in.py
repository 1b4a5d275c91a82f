"""How officers sign in: the OpenID provider must answer as the settings say."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

from cct_engine.doctor.findings import Finding, fine, look_at, mend
from cct_engine.openid import ProviderError, provider_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cct_engine.settings import Settings

__all__ = ["sign_in"]

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def sign_in(given: Settings, *, at: datetime) -> Iterator[Finding]:
    """Ask the provider for its discovery document and its keys, as the first sign-in would."""
    try:
        provider = provider_of(given)
        if provider is None:
            yield fine("sign-in", "by passwords of ours")
            return
        metadata = provider.metadata(at=at)
        key_count = len(provider.keys(at=at).keys)
    except ProviderError as wrong:
        left = "" if given.password_sign_in else " Until then nobody signs in."
        yield mend("sign-in", str(wrong), f"Check CCT_OIDC_* and the provider.{left}")
        return
    yield fine("sign-in", f"{given.oidc_issuer} answers, {key_count} keys")
    if not metadata.has_s256:
        yield look_at(
            "sign-in",
            "the provider does not say that it takes PKCE with S256",
            "Ask who runs it to switch it on for this client.",
        )
    if provider.secret is None:
        yield look_at(
            "sign-in",
            "this engine has no secret at the provider",
            "Ask for one and set CCT_OIDC_CLIENT_SECRET_FILE.",
        )
    file = given.oidc_client_secret_file
    if file is not None and file.stat().st_mode & _OTHERS:
        yield mend("sign-in", f"{file} can be read by others", f"chmod 0600 {file}")
    if not given.console_url.startswith("https://"):
        yield look_at(
            "sign-in",
            f"officers come back to {given.console_url}",
            "Set CCT_CONSOLE_URL to the HTTPS address of the proxy.",
        )
