"""Officers at the console: browsers that read pages and send the forms that stand on them."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from starlette.testclient import TestClient

from cct_engine.console import application
from cct_engine.people import ENGINE, Role, officers, passwords
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo_plays import Books
    from httpx2 import Response

    from cct_engine.database import Database

WORDS: Final = "seven pale lanterns drift"
SIGNED: Final = datetime(2026, 11, 4, 8, tzinfo=UTC)
ROLES: Final = {
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
"""The letters by which the tables of the tests say who may."""


class MovingClock:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the instant, a little later each time: acts have an order."""
        self.at += timedelta(milliseconds=1)
        return self.at


class Officer:
    """A browser of an officer: pages are read, forms are sent as they stand on the page."""

    def __init__(self, client: TestClient, login: str) -> None:
        self.client = client
        self.login = login
        self.page: Response
        self.said = ""

    def sign_in(self, password: str = WORDS) -> Response:
        self.see("/sign-in")
        return self.send("/sign-in", login=self.login, password=password)

    def see(self, path: str, **how: Any) -> Response:
        self.page = self.client.get(path, **how)
        return self.page

    def form(self, action: str, page: str | None = None) -> dict[str, str]:
        """Return the hidden fields of the first form that is sent to an address."""
        text = self.page.text if page is None else page
        found = re.search(
            rf'<form(?=[^>]*method="post")[^>]*action="{re.escape(action)}".*?</form>',
            text,
            re.DOTALL,
        )
        assert found, f"no form for {action} on {self.page.url}"
        pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found.group())
        return dict(pairs)

    def send(self, action: str, **fields: str) -> Response:
        """Send the page's form with what a person fills in; go where it leads."""
        return self.post(action, self.form(action) | fields)

    def speak(self, language: str) -> None:
        """Choose the language of the pages."""
        self.see("/me")
        self.post(
            "/me/preferences",
            self.form("/me/preferences") | {"language": language, "theme": "auto"},
        )

    def post(self, action: str, fields: dict[str, str]) -> Response:
        self.page = self.client.post(action, data=fields)
        return self.patiently()

    def patiently(self) -> Response:
        """Wait for work that takes longer than a moment, and go on from where it ended."""
        while "/jobs/" in str(self.page.url) and 'http-equiv="refresh"' in self.page.text:
            time.sleep(0.02)
            self.page = self.client.get(str(self.page.url))
        if "/jobs/" in str(self.page.url):
            back = re.search(r'<a class="button first" href="([^"]+)"', self.page.text)
            said = re.search(r'<p class="note[^>]*>(.*?)</p>', self.page.text, re.DOTALL)
            assert back
            assert said
            self.page = self.client.get(back.group(1))
            self.said = said.group(1)
        return self.page

    def text(self) -> str:
        """Return the words of the page without its markup, spaces made one."""
        shown = f"{self.page.text} {self.said}"
        plain = re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style).*?</\1>", "", shown))
        return re.sub(r"\s+", " ", plain.replace("&#39;", "'").replace("&#34;", '"'))


class Counter:
    """The console over some books: officers come in, the clock is set."""

    def __init__(self, database: Database, settings: Settings, clock: MovingClock) -> None:
        self.database = database
        self.settings = settings
        self.clock = clock
        self.app = application(database, settings, clock)

    def visitor(self, login: str = "nobody") -> Officer:
        """Return a browser that nobody has signed in with."""
        client = TestClient(self.app, base_url="http://localhost", follow_redirects=True)
        return Officer(client, login)

    def officer(self, login: str) -> Officer:
        """Return the browser of an officer who has signed in."""
        officer = self.visitor(login)
        assert officer.sign_in().status_code == 200, officer.text()
        return officer

    def number(self, login: str) -> int:
        with self.database.transaction() as connection:
            return int(
                connection.execute(
                    sa.text("SELECT officer_id FROM people.officer WHERE login = :login"),
                    {"login": login},
                ).scalar_one()
            )

    def appoint(
        self, login: str, *roles: Role, programme: str | None = None, centre_id: int | None = None
    ) -> int:
        """Add an officer with roles and a password."""
        at, by = self.clock.now(), self.number("administrator")
        number = officers.add(self.database, login=login, at=at, by=by)
        for role in roles:
            officers.grant(
                self.database,
                officer_id=number,
                role=role,
                programme=programme,
                centre_id=centre_id,
                at=at,
                by=by,
            )
        self.give_password(login)
        return number

    def give_password(self, login: str) -> None:
        passwords.set_for(
            self.database,
            officer_id=self.number(login),
            password=WORDS,
            at=self.clock.now(),
            by=ENGINE,
        )

    def acts(self, verb: str) -> list[tuple[str, str, dict[str, object]]]:
        """Return what was recorded of a verb: subject, outcome, detail."""
        with self.database.transaction() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT subject, outcome, detail FROM people.act WHERE verb = :verb"
                    " ORDER BY act_id"
                ),
                {"verb": verb},
            )
            return [tuple(row) for row in rows]

    def state(self, code: str) -> str:
        with self.database.transaction() as connection:
            return str(
                connection.execute(
                    sa.text("SELECT state FROM cycle.cycle WHERE code = :code"), {"code": code}
                ).scalar_one()
            )


@contextmanager
def opened(books: Books, at: datetime) -> Iterator[Counter]:
    with books.opened() as database:
        counter = Counter(database, Settings(home=books.corner), MovingClock(at))
        for login in ("maker", "checker", "releaser", "liaison", "administrator"):
            counter.give_password(login)
        counter.appoint("second", Role.CHECKER)
        counter.appoint("auditor", Role.AUDITOR)
        counter.appoint("analyst", Role.ANALYST)
        counter.appoint("caseworker", Role.CASE_WORKER)
        yield counter
