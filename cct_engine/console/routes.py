"""Every address of the console and who may ask for it: one table, and nothing else decides.

The role matrix of the tests is made from this table; a route without a row there fails it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cct_engine.people import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cct_engine.console.answers import Answer
    from cct_engine.console.visit import Visit

__all__ = ["ANYBODY", "EVERY_ROLE", "SIGNED_IN", "Route", "Router", "letters"]

_LETTERS: Final = {
    "M": Role.MAKER,
    "C": Role.CHECKER,
    "R": Role.RELEASER,
    "B": Role.BANK_LIAISON,
    "A": Role.AUDITOR,
    "N": Role.ANALYST,
    "W": Role.CASE_WORKER,
    "J": Role.ADJUDICATOR,
    "F": Role.CENTRE_STAFF,
    "D": Role.ADMINISTRATOR,
}
EVERY_ROLE: Final = frozenset(Role)
SIGNED_IN: Final = "signed in"
"""Whoever is signed in, with any role or none."""
ANYBODY: Final = "anybody"
"""Without sign-in."""


def letters(text: str) -> frozenset[Role]:
    """Return the roles of letters such as ``MCRA``."""
    return frozenset(_LETTERS[letter] for letter in text)


@dataclass(frozen=True, slots=True)
class Route:
    """An address, a method, who may, and what answers.

    ``fields`` are the only form fields taken; ``file`` names the one that may be a file.
    ``formats``: a page also answers as JSON, a list as CSV, at the same address.
    """

    method: str
    path: str
    endpoint: Callable[[Visit], Answer]
    may: frozenset[Role] | str
    fields: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    file: str = ""
    formats: tuple[str, ...] = ()
    is_landing: bool = False
    """A page by whose address a browser is sent to the provider or comes back from it: it takes
    long fields and opens transactions of its own."""

    @property
    def key(self) -> str:
        """The name of the route in the matrix."""
        return f"{self.method} {self.path}"


class Router:
    """Collects routes; each module of pages has one."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def page(
        self,
        path: str,
        may: frozenset[Role] | str,
        *,
        fields: tuple[str, ...] = (),
        csv: bool = False,
    ) -> Callable[[Callable[[Visit], Answer]], Callable[[Visit], Answer]]:
        """Register a page that only reads."""

        def keep(endpoint: Callable[[Visit], Answer]) -> Callable[[Visit], Answer]:
            formats = () if path == "/" else (("json", "csv") if csv else ("json",))
            self.routes.append(Route("GET", path, endpoint, may, fields, formats=formats))
            return endpoint

        return keep

    def act(
        self,
        path: str,
        may: frozenset[Role] | str,
        *,
        fields: tuple[str, ...] = (),
        secret: tuple[str, ...] = (),
        file: str = "",
    ) -> Callable[[Callable[[Visit], Answer]], Callable[[Visit], Answer]]:
        """Register what a form is sent to; ``secret`` fields are never kept or shown again."""

        def keep(endpoint: Callable[[Visit], Answer]) -> Callable[[Visit], Answer]:
            self.routes.append(Route("POST", path, endpoint, may, fields + secret, secret, file))
            return endpoint

        return keep

    def landing(
        self, path: str, may: frozenset[Role] | str, *, fields: tuple[str, ...] = ()
    ) -> Callable[[Callable[[Visit], Answer]], Callable[[Visit], Answer]]:
        """Register where browsers are sent on to the provider, or come back from it."""

        def keep(endpoint: Callable[[Visit], Answer]) -> Callable[[Visit], Answer]:
            self.routes.append(Route("GET", path, endpoint, may, fields, is_landing=True))
            return endpoint

        return keep

    def download(
        self, path: str, may: frozenset[Role] | str
    ) -> Callable[[Callable[[Visit], Answer]], Callable[[Visit], Answer]]:
        """Register a file that is given out as it is."""

        def keep(endpoint: Callable[[Visit], Answer]) -> Callable[[Visit], Answer]:
            self.routes.append(Route("GET", path, endpoint, may))
            return endpoint

        return keep

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes)
