"""Every address of the API, who may ask for it and what a token must be for: one table.

The role matrix of the tests is made from this table; a route without a row there fails it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cct_engine.console.routes import ANYBODY, SIGNED_IN, letters
from cct_engine.people.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cct_engine.people import Role

__all__ = ["ANYBODY", "BASE", "SIGNED_IN", "Router", "Way", "letters"]

BASE: Final = "/api/v1"

F = TypeVar("F", bound="Callable[..., Any]")


@dataclass(frozen=True, slots=True)
class Way:
    """A method, an address below the base, who may, for what, and what answers.

    ``takes`` is the media type of the body, empty for none; ``gives`` that of the answer.
    ``is_work``: it may go on after the answer (202).
    """

    method: str
    path: str
    endpoint: Callable[..., Any]
    may: frozenset[Role] | str
    scope: Scope | None
    takes: str = ""
    gives: str = "application/json"
    is_work: bool = False

    @property
    def key(self) -> str:
        """The name of the route in the matrix."""
        return f"{self.method} {BASE}{self.path}"


class Router:
    """Collects routes; each module has one."""

    def __init__(self) -> None:
        self.ways: list[Way] = []

    def reads(
        self,
        path: str,
        may: frozenset[Role] | str,
        scope: Scope | None = Scope.READ,
        *,
        gives: str = "application/json",
    ) -> Callable[[F], F]:
        """Register what only reads."""

        def keep(endpoint: F) -> F:
            self.ways.append(Way("GET", path, endpoint, may, scope, gives=gives))
            return endpoint

        return keep

    def acts(
        self,
        path: str,
        may: frozenset[Role],
        scope: Scope,
        *,
        takes: str = "application/json",
        is_work: bool = True,
    ) -> Callable[[F], F]:
        """Register what changes something."""

        def keep(endpoint: F) -> F:
            self.ways.append(Way("POST", path, endpoint, may, scope, takes, is_work=is_work))
            return endpoint

        return keep

    def __iter__(self) -> Iterator[Way]:
        return iter(self.ways)
