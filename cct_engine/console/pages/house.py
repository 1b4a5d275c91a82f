"""The office: calendar, controls, people and what everybody did."""

from __future__ import annotations

import re
from typing import Any, Final

from cct_engine import schedule
from cct_engine.console.answers import Answer, Goto, Table, View
from cct_engine.console.coming import coming
from cct_engine.console.deeds import ACT_WORDS
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.reading import exceptions as found
from cct_engine.console.reading import office as reading
from cct_engine.console.routes import EVERY_ROLE, Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.console.words import speech
from cct_engine.cycle.checks.policy import policy
from cct_engine.people import Role, acts, officers, passwords, sessions

__all__ = ["router"]

router = Router()

_ALL_ACTS: Final = (Role.AUDITOR, Role.ADMINISTRATOR)
_ACTS: Final = 100
"""How many acts stand on a page: each is one short line."""
_LOGIN: Final = r"[a-z][a-z0-9._-]{1,39}"
"""As the table of officers takes it."""


@router.page("/calendar", letters("MCRBAND"))
def calendar(visit: Visit) -> Answer:
    """What ran, what is next, what was missed: computed from the law's calendar."""
    connection, home = visit.connection, visit.place.home
    due = schedule.due(connection, visit.at, home=home)
    return View(
        "calendar.html",
        "Calendar",
        {
            "due": [one for one in due if not one.programme or visit.sees(one.programme)],
            "coming": coming(visit),
            "ran": reading.ran(connection),
            "titles": cycles_reading.titles(connection),
        },
    )


@router.page("/controls", letters("MCRBAN"), csv=True)
def controls(visit: Visit) -> Answer:
    """Which checks found something in the newest cycles."""
    rows = [
        row | {"meaning": policy(row["programme"], row["currency"])[row["code"]].meaning}
        for row in found.controls(visit.connection, visit.scope())
    ]
    return View(
        "controls.html",
        "Controls",
        {"rows": rows, "titles": cycles_reading.titles(visit.connection)},
        table=Table(
            ("cycle", "check", "meaning", "effect", "found", "open", "overridden"),
            [
                (
                    row["cycle"],
                    row["code"],
                    row["meaning"],
                    row["effect"],
                    row["found"],
                    row["open"],
                    row["overridden"],
                )
                for row in rows
            ],
        ),
    )


@router.page("/people", letters("AD"), csv=True)
def people(visit: Visit) -> Answer:
    """Who may do what."""
    rows = reading.people(visit.connection)
    return View(
        "people.html",
        "People",
        {
            "rows": rows,
            "sessions": sessions.listed(visit.connection, at=visit.at),
            "may_change": visit.has(Role.ADMINISTRATOR),
        },
        table=Table(
            ("officer", "roles", "since", "disabled"),
            [
                (
                    row["login"],
                    " ".join(
                        f"{role}{f'@{programme}' if programme else ''}"
                        for role, programme, *_ in row["grants"]
                    ),
                    row["created_at"],
                    row["disabled_at"],
                )
                for row in rows
            ],
        ),
    )


@router.act("/people", letters("D"), fields=("login",))
def add(visit: Visit) -> Answer:
    """Add an officer, without any role."""
    login = visit.fields.get("login", "").strip().lower()
    if not re.fullmatch(_LOGIN, login):
        raise visit.refuse("login", "A login is 2 to 40 small letters, digits, points or dashes.")
    officers.add(visit.place.database, login=login, at=visit.at, by=visit.session.officer_id)
    return Goto(f"/people/{login}")


@router.page("/people/{person}", letters("AD"))
def person(visit: Visit) -> Answer:
    """One officer: roles, sessions, what was done."""
    row = _person(visit)
    return View(
        "person.html",
        f"Officer – {row['login']}",
        {
            "row": row,
            "sessions": sessions.listed(
                visit.connection, at=visit.at, officer_id=row["officer_id"]
            ),
            "acts": reading.activity(
                visit.connection,
                officer_id=row["officer_id"],
                subject="",
                verb="",
                refused=False,
                before=0,
                most=20,
            ),
            "names": cycles_reading.logins(visit.connection),
            "roles": list(Role),
            "programmes": sorted(cycles_reading.titles(visit.connection)),
            "may_change": visit.has(Role.ADMINISTRATOR)
            and row["officer_id"] != visit.session.officer_id
            and row["officer_id"] > 2,  # noqa: PLR2004 - engine and bank are no persons
        },
    )


@router.act("/people/{person}/grants", letters("D"), fields=("role", "programme"))
def grant(visit: Visit) -> Answer:
    """Grant a role."""
    row, role, programme = _chosen(visit)
    officers.grant(
        visit.place.database,
        officer_id=row["officer_id"],
        role=role,
        programme=programme,
        at=visit.at,
        by=visit.session.officer_id,
    )
    return Goto(f"/people/{row['login']}")


@router.act("/people/{person}/revocations", letters("D"), fields=("role", "programme"))
def revoke(visit: Visit) -> Answer:
    """End a role."""
    row, role, programme = _chosen(visit)
    officers.revoke(
        visit.place.database,
        officer_id=row["officer_id"],
        role=role,
        programme=programme,
        at=visit.at,
        by=visit.session.officer_id,
    )
    return Goto(f"/people/{row['login']}")


@router.act("/people/{person}/password", letters("D"), secret=("password",))
def set_password(visit: Visit) -> Answer:
    """Set an officer's password; every session of theirs ends."""
    row = _of(visit)
    passwords.set_for(
        visit.place.database,
        officer_id=row["officer_id"],
        password=visit.fields.get("password", ""),
        at=visit.at,
        by=visit.session.officer_id,
    )
    return Goto(f"/people/{row['login']}")


@router.act("/people/{person}/disabling", letters("D"))
def disable(visit: Visit) -> Answer:
    """Shut an officer out; what was done stays under the name."""
    row = _of(visit)
    officers.disable(
        visit.place.database,
        officer_id=row["officer_id"],
        at=visit.at,
        by=visit.session.officer_id,
    )
    return Goto(f"/people/{row['login']}")


@router.act("/people/{person}/sessions", letters("D"), fields=("session",))
def end_session(visit: Visit) -> Answer:
    """End a session of an officer."""
    row, number = _of(visit), visit.asked("session")
    if not number:
        raise NotThere
    sessions.revoke(
        visit.place.database, session_id=number, at=visit.at, by=visit.session.officer_id
    )
    return Goto(f"/people/{row['login']}")


@router.page("/activity", EVERY_ROLE, fields=("subject", "verb", "refused", "before"), csv=True)
def activity(visit: Visit) -> Answer:
    """Who did, who saw, who was refused; one's own, or everybody's for who audits."""
    fields = visit.fields
    everybody = visit.has(*_ALL_ACTS)
    rows = reading.activity(
        visit.connection,
        officer_id=None if everybody else visit.session.officer_id,
        subject=fields["subject"],
        verb=fields["verb"],
        refused=bool(fields["refused"]),
        before=visit.asked("before"),
        most=visit.most(_ACTS),
    )
    page = visit.page(rows, _ACTS)
    return View(
        "activity.html",
        "Activity",
        {
            "rows": page.rows,
            "wanted": fields,
            "everybody": everybody,
            "names": cycles_reading.logins(visit.connection),
            "verbs": _verbs(visit),
            "next_before": page.after("act_id"),
            "head": acts.head(visit.connection),
        },
        table=Table(
            ("act", "at", "officer", "verb", "subject", "outcome", "digest"),
            [
                (
                    row["act_id"],
                    row["at"],
                    row["login"],
                    row["verb"],
                    row["subject"],
                    row["outcome"],
                    row["digest"],
                )
                for row in rows
            ],
        ),
    )


def _verbs(visit: Visit) -> list[tuple[str, str]]:
    """Return the acts to choose from, in the order of the reader's words."""
    said = speech(visit.session.language)
    known = ((code, said.text(word)) for code, word in ACT_WORDS.items())
    return sorted(known, key=lambda one: one[1].casefold())


def _person(visit: Visit) -> dict[str, Any]:
    row = reading.person(visit.connection, visit.names["person"][:60])
    if row is None:
        raise NotThere
    return row


def _of(visit: Visit) -> dict[str, Any]:
    with visit.reading() as looking:
        return _person(looking)


def _chosen(visit: Visit) -> tuple[dict[str, Any], Role, str | None]:
    try:
        role = Role(visit.fields.get("role", ""))
    except ValueError as unknown:
        raise visit.refuse("role", "There is no such role. Nothing was changed.") from unknown
    return _of(visit), role, visit.fields.get("programme") or None
