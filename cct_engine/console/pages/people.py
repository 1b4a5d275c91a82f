"""People: who may do what, who can sign in and by what, and ending it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from cct_engine.console.answers import Answer, Goto, Table, View
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.reading import office as reading
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.people import Role, officers, passwords, sessions, subjects

if TYPE_CHECKING:
    from cct_engine.console.visit import Place

__all__ = ["router"]

router = Router()

_LOGIN: Final = r"[a-z][a-z0-9._-]{1,39}"
"""As the table of officers takes it."""


@router.page("/people", letters("AD"), csv=True)
def people(visit: Visit) -> Answer:
    """Who may do what."""
    rows = [row | _ways_in(row, visit.place) for row in reading.people(visit.connection)]
    return View(
        "people.html",
        "People",
        {
            "rows": rows,
            "sessions": sessions.listed(visit.connection, at=visit.at),
            "may_change": visit.has(Role.ADMINISTRATOR),
        },
        table=Table(
            ("officer", "roles", "since", "disabled", "can_sign_in"),
            [
                (
                    row["login"],
                    " ".join(
                        f"{role}{f'@{programme}' if programme else ''}"
                        for role, programme, *_ in row["grants"]
                    ),
                    row["created_at"],
                    row["disabled_at"],
                    row["can_sign_in"],
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
            "has_provider": visit.place.provider is not None,
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


@router.act("/people/{person}/accounts", letters("D"), secret=("account",))
def bind_account(visit: Visit) -> Answer:
    """Let an officer sign in by an account of the ministry's provider."""
    row, provider = _of(visit), visit.place.provider
    subjects.bind(
        visit.place.database,
        officer_id=row["officer_id"],
        issuer=provider.issuer if provider else "",
        subject=visit.fields.get("account", "").strip(),
        at=visit.at,
        by=visit.session.officer_id,
    )
    return Goto(f"/people/{row['login']}")


@router.act("/people/{person}/accounts/endings", letters("D"))
def unbind_account(visit: Visit) -> Answer:
    """End it, with every session that it opened."""
    row = _of(visit)
    subjects.unbind(
        visit.place.database,
        officer_id=row["officer_id"],
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


def _ways_in(row: dict[str, Any], place: Place) -> dict[str, bool]:
    """Tell by what an officer can sign in here: only by what this installation lets in."""
    by_password = row["has_password"] and place.settings.password_sign_in
    by_account = row["has_account"] and place.provider is not None
    return {
        "by_password": by_password,
        "by_account": by_account,
        "can_sign_in": (by_password or by_account) and row["disabled_at"] is None,
    }


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
