"""Sign-in by the OpenID provider of a ministry: authorisation code with PKCE, nothing else.

The provider says who somebody is; what an officer may do is decided here alone. This package
speaks with the provider and checks what it says; who is bound to whom and which browser was sent
away are kept by ``cct_engine.people``. Nothing here knows a page.
"""

from cct_engine.openid.journey import Identity, leaving, returned, sent
from cct_engine.openid.provider import Provider, ProviderError, provider_of

__all__ = ["Identity", "Provider", "ProviderError", "leaving", "provider_of", "returned", "sent"]
