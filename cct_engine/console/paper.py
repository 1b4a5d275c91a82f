"""From a view to bytes: HTML in the reader's language, or the same values as JSON or CSV."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import jinja2
from starlette.responses import Response

from cct_engine.console import deeds, sheets, words
from cct_engine.console.marks import KINDS, MARKS, ROLE_WORDS
from cct_engine.console.once import fresh
from cct_engine.console.rail import RAIL
from cct_engine.console.reading.waiting import waiting
from cct_engine.console.works import job_of
from cct_engine.people import Role, officers
from cct_engine.people.preferences import LANGUAGES
from cct_engine.plain import jsonable
from cct_engine.registry import number_of
from cct_engine.reports import CHANGE_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import sqlalchemy as sa

    from cct_engine.console.answers import View
    from cct_engine.console.visit import Visit
    from cct_engine.people import Session

__all__ = ["ASSETS", "Paper", "asset"]

ASSETS: Final = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}


def asset(name: str) -> bytes:
    """Return the bytes of a file that pages load."""
    return files("cct_engine.console").joinpath("assets", name).read_bytes()


def _unbroken(minor: int | None, currency: str) -> str:
    """Write money for a page, where no line ends between its symbol and its number."""
    return words.money(minor, currency).replace(" ", "\u00a0")


class _Templates(jinja2.PackageLoader):
    """Templates without the indentation of their source: readers of the page need none of it."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool] | None]:
        source, name, is_current = super().get_source(environment, template)
        return re.sub(r"(?m)^[ \t]+", "", source), name, is_current


class Paper:
    """Renders views. One set of templates, one environment per language."""

    def __init__(
        self,
        *,
        zone: str,
        opens: Callable[[Session, str], bool],
        product: str = "cct-engine",
    ) -> None:
        self._zone = ZoneInfo(zone)
        self._opens = opens
        self._product = product
        self._assets = {
            name: f"/assets/{hashlib.sha256(asset(name)).hexdigest()[:12]}/{name}"
            for name in ASSETS
        }
        self._pages = {language: self._environment(language) for language in LANGUAGES}

    def response(self, visit: Visit, view: View, connection: sa.Connection) -> Response:
        """Return a view as the visitor asked for it."""
        if visit.wants == "json":
            body = json.dumps(jsonable({"title": view.title} | dict(view.values)))
            return Response(body, status_code=view.status, media_type="application/json")
        if visit.wants == "csv" and view.table is not None:
            name = view.template.removesuffix(".html")
            return Response(
                sheets.written(view.table),
                media_type="text/csv; charset=utf-8",
                headers={"content-disposition": f'attachment; filename="{name}.csv"'},
            )
        frame = self._frame(visit.session, visit.at, visit.path)
        frame |= {
            "waiting": waiting(connection, visit.session, at=visit.at)
            if visit.session.officer_id > 0
            else [],
            "lent": _lent(visit, connection),
            "note": _note(visit, connection),
            "form_token": visit.form_token,
            "errors": view.errors,
            "wrong": dict(view.errors),
            "conflict": view.conflict,
            "typed": visit.fields if view.status >= 400 else {},  # noqa: PLR2004 - refused
            "visit": visit,
        }
        return self._page(view.template, view.title, frame | dict(view.values), view.status)

    def message(self, who: Session, status: int, text: str, *, at: datetime, path: str) -> Response:
        """Return a page that says what was not done."""
        frame = self._frame(who, at, path)
        frame |= {"status": status, "text": text, "waiting": [], "lent": []}
        frame |= {"note": None, "errors": ()}
        return self._page("message.html", "", frame, status)

    def _page(self, template: str, title: str, values: dict[str, Any], status: int) -> Response:
        who: Session = values["who"]
        page = self._pages[who.language].get_template(template)
        first, dash, rest = title.partition(" – ")
        said = words.speech(who.language).text(first) + dash + rest
        body = page.render(values | {"title": said})
        return Response(body, status_code=status, media_type="text/html; charset=utf-8")

    def _frame(self, who: Session, at: datetime, path: str) -> dict[str, Any]:
        speech = words.speech(who.language)
        return {
            "who": who,
            "now": at,
            "path": path,
            "here": path.partition("?")[0],
            "rail": RAIL if who.officer_id > 0 else (),
            "conflict": "",
            "opens": partial(self._opens, who),
            "age": partial(speech.age, now=at),
        }

    def _environment(self, language: str) -> jinja2.Environment:
        speech = words.speech(language)
        pages = jinja2.Environment(
            loader=_Templates("cct_engine.console", "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        )
        known = words.catalogue(language)
        pages.install_gettext_callables(  # type: ignore[attr-defined]
            lambda english: known.get(english, english),
            lambda one, more, n: known.get(one if n == 1 else more, one if n == 1 else more),
            newstyle=True,
        )
        pages.globals |= {
            "amount": words.amount,
            "signed": words.signed,
            "money": _unbroken,
            "count": words.count,
            "day": speech.day,
            "month": speech.month,
            "retold": speech.told,
            "month_short": speech.month_short,
            "instant": lambda at, zone=None: speech.instant(at, zone or self._zone),
            "clock": lambda at, zone=None: speech.clock(at, zone or self._zone),
            "month_of": lambda code: speech.month(date.fromisoformat(f"{code[-7:]}-01")),
            "number_of": number_of,
            "once": fresh,
            "assets": self._assets,
            "product": self._product,
            "MARKS": MARKS,
            "CHANGE_WORDS": CHANGE_WORDS,
            "KINDS": KINDS,
            "ROLE_WORDS": ROLE_WORDS,
            "LANGUAGES": LANGUAGES,
            "ACT_WORDS": deeds.ACT_WORDS,
            "RULE_WORDS": deeds.RULE_WORDS,
            "STEP_WORDS": deeds.STEP_WORDS,
            "subject_of": deeds.subject_of,
            "READS_ALL": {Role.AUDITOR, Role.ADMINISTRATOR},
        }
        pages.filters["spoken"] = words.spoken
        pages.tests["shared"] = lambda may, roles: bool(may & roles)
        return pages


def _lent(visit: Visit, connection: sa.Connection) -> list[officers.Lent]:
    """Return the roles lent in an emergency where this visitor works: said while they last."""
    who = visit.session
    if who.officer_id <= 0:
        return []
    scope = who.programmes_of(who.roles)
    return [
        one
        for one in officers.lent(connection, at=visit.at)
        if scope is None or one.programme is None or one.programme in scope
    ]


def _note(visit: Visit, connection: sa.Connection) -> dict[str, Any] | None:
    """Return what the act before said, for whoever did it."""
    number = visit.asked("done")
    job = job_of(connection, number) if number else None
    if job is None or job.officer_id != visit.session.officer_id:
        return None
    return {"job": job, "again": visit.fields.get("again", "")[:5]}
