"""A console whose officers sign in by an OpenID provider, and the people who come to its door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
from console_visits import Counter
from openid_provider import CLIENT, SECRET
from pydantic import SecretStr

from cct_engine.settings import Settings

if TYPE_CHECKING:
    from console_visits import Officer
    from openid_provider import Provider

__all__ = ["Door", "person_of"]


def person_of(login: str) -> dict[str, Any]:
    """Return what the provider says of the officer of a login."""
    return {"sub": f"sub-of-{login}", "preferred_username": login}


class Door:
    """The same books behind a console that sends browsers to the provider."""

    def __init__(self, books: Counter, provider: Provider, **more: Any) -> None:
        self.provider = provider
        settings = Settings(
            home=books.settings.home,
            console_url="http://localhost",
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret=SecretStr(SECRET),
            **more,
        )
        self.office = Counter(books.database, settings, books.clock)

    def visitor(self, login: str = "nobody") -> Officer:
        """Return a browser that nobody has signed in with."""
        return self.office.visitor(login)

    def sent_back(self, visitor: Officer, path: str = "/sign-in/openid?next=/cycles") -> str:
        """Go where the console sends a browser; return where the provider sends it back to."""
        sent = visitor.client.get(path, follow_redirects=False)
        assert sent.status_code == 303, sent.text
        there = httpx2.get(sent.headers["location"], follow_redirects=False)
        back = urlsplit(there.headers["location"])
        assert f"{back.scheme}://{back.netloc}" == "http://localhost"
        return f"{back.path}?{back.query}"

    def comes(self, **person: Any) -> Officer:
        """Let somebody sign in at the provider; return their browser, back at the console."""
        self.provider.person = person
        visitor = self.visitor()
        visitor.see(self.sent_back(visitor))
        return visitor

    def signed_in(self, login: str) -> Officer:
        """Let the officer of a login in."""
        officer = self.comes(**person_of(login))
        assert officer.page.status_code == 200, officer.text()
        return officer
