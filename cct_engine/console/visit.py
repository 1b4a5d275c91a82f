"""One visit: who asks, for what, when, and what the console works with."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cct_engine import cycle
from cct_engine.console.asked import EXPORTED_MAX, ROWS, cut, whole
from cct_engine.console.reading import reasons
from cct_engine.cycle import Cycle, CycleError, Desk
from cct_engine.people import Refused, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import sqlalchemy as sa

    from cct_engine.clock import Clock
    from cct_engine.console.asked import Page
    from cct_engine.console.works import Works
    from cct_engine.database import Database
    from cct_engine.openid import Provider
    from cct_engine.people import Session
    from cct_engine.settings import Settings

__all__ = ["NotThere", "Place", "Upload", "Visit"]


class NotThere(Exception):  # noqa: N818 - reads as what the visitor is told
    """There is no such page for this visitor: it does not exist, or it is not theirs."""


class Upload(NamedTuple):
    """A file handed in by a form: the name it was given, and where its bytes lie for now."""

    name: str
    path: Path
    byte_count: int


@dataclass(frozen=True, slots=True)
class Place:
    """What the console works with: the books, the clock, the workers."""

    database: Database
    settings: Settings
    clock: Clock
    works: Works
    provider: Provider | None = None
    """The OpenID provider by which officers sign in; None: they have passwords."""

    @property
    def home(self) -> Path:
        """The data folder."""
        return self.settings.home


@dataclass(frozen=True)
class Visit:
    """A request that passed the gate.

    ``connection`` is the transaction a page reads in; an act opens its own. ``fields`` are the
    form's or, for a page, the address's; nothing in them is trusted.
    """

    place: Place
    at: datetime
    session: Session
    roles: frozenset[Role]
    """The roles that let this visitor pass; with them the programmes in scope are found."""
    names: Mapping[str, str]
    fields: Mapping[str, str]
    connection: sa.Connection
    path: str
    form_token: str = ""
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    chosen: Sequence[str] = ()
    wants: str = "html"
    browser: str = ""
    """The word this browser was given when it was sent to the provider."""

    @cached_property
    def programmes(self) -> frozenset[str] | None:
        """The programmes in scope; None: all."""
        return self.session.programmes_of(self.roles)

    @property
    def centres(self) -> frozenset[int] | None:
        """The centres whose households are in scope; None: every one."""
        return self.session.centres_of(self.roles)

    def opens(self, centre_id: int | None, roles: frozenset[Role]) -> bool:
        """Tell whether one of the roles opens the households of a centre."""
        centres = self.session.centres_of(roles)
        return centres is None or centre_id in centres

    def sees(self, programme: str) -> bool:
        """Tell whether a programme is in this visitor's scope."""
        return self.programmes is None or programme in self.programmes

    def scope(self) -> list[str] | None:
        """Return the programmes in scope as a bound value; None: all."""
        return None if self.programmes is None else sorted(self.programmes)

    def cycle(self, name: str = "code") -> Cycle:
        """Return the cycle the address names; raise ``NotThere`` for one out of scope."""
        try:
            found = cycle.by_code(self.connection, self.names[name])
        except CycleError as missing:
            raise NotThere from missing
        if not self.sees(found.programme):
            raise NotThere
        return found

    def number(self, name: str) -> int:
        """Return a number of the address; raise ``NotThere`` for what is none."""
        found = whole(self.names[name])
        if found is None:
            raise NotThere
        return found

    def asked(self, name: str) -> int:
        """Return a number among the fields, such as where a list goes on; 0 where none is."""
        return whole(self.fields.get(name, "")) or 0

    def most(self, rows: int = ROWS) -> int:
        """Return how many rows of a list to read: one beyond the page, or all for a spreadsheet."""
        return EXPORTED_MAX if self.wants == "csv" else rows + 1

    def page(self, rows: Sequence[Mapping[str, Any]], most: int = ROWS) -> Page:
        """Return what a page shows of a list that ``most`` was read for."""
        return cut(rows, EXPORTED_MAX if self.wants == "csv" else most)

    def has(self, *roles: Role) -> bool:
        """Tell whether the visitor has one of the roles, in any programme."""
        return bool(self.session.roles & set(roles))

    @property
    def told_in(self) -> str:
        """The language of what a page tells; what machines read is told in English."""
        return self.session.language if self.wants == "html" else "en"

    def components(self, cycle: Cycle) -> dict[str, str]:
        """Return what the components of a cycle's law are called, in the visitor's language."""
        return reasons.components(
            self.connection, cycle, home=self.place.home, language=self.told_in
        )

    @contextmanager
    def reading(self) -> Iterator[Visit]:
        """The same visit in a transaction of its own: for an act that looks before or after."""
        with self.place.database.transaction() as connection:
            yield replace(self, connection=connection)

    def desk(self, tell: Any = None) -> Desk:
        """Return the desk at which this officer acts."""
        place = self.place
        asked = (place.database, place.settings, place.clock, self.session.officer_id)
        return Desk(*asked) if tell is None else Desk(*asked, tell)

    def refuse(self, rule: str, text: str) -> Refused:
        """Return a refusal in words, to be raised."""
        return Refused(rule, text)
