"""Sessions kept by the server: opened by a proof, limited in time, ended by anybody who may.

The browser holds a random token, the database only its SHA-256. A session ends after a time
without activity, after a day's work at the latest, with the officer's sign-out, when the officer
is disabled or gets another password, and when an administrator says so.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine.people import acts
from cct_engine.people.accountable import accountable
from cct_engine.people.grants import Grant, centres_of, programmes_of, roles_of
from cct_engine.people.permissions import ENGINE, OFFICE, Refused, Role, authorise

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from cct_engine.database import Database

__all__ = ["Session", "close", "form_token", "listed", "open_for", "revoke", "seen"]

HOURS: Final = 10
IDLE_MINUTES: Final = 30
_SEEN_EVERY: Final = timedelta(seconds=30)
"""How exactly the last activity is kept; a write for each page would cost more than it tells."""


class Session(NamedTuple):
    """Who is signed in, what they may, until when, and how they like their pages."""

    session_id: int
    officer_id: int
    login: str
    opened_at: datetime
    seen_at: datetime
    idle_at: datetime
    ends_at: datetime
    grants: tuple[Grant, ...]
    language: str
    theme: str
    single_keys: bool
    opened_by: str = "password"
    """How its officer proved who they are: ``password`` or ``openid``."""

    @property
    def roles(self) -> frozenset[Role]:
        """Return the roles, wherever they hold."""
        return roles_of(self.grants)

    def programmes_of(self, roles: frozenset[Role]) -> frozenset[str] | None:
        """Return the programmes in which one of the roles holds; None: in every one."""
        return programmes_of(self.grants, roles)

    def centres_of(self, roles: frozenset[Role]) -> frozenset[int] | None:
        """Return the centres whose households one of the roles opens; None: every one."""
        return centres_of(self.grants, roles)


class OpenSession(NamedTuple):
    """A session as an administrator sees it; the token is nobody's to see."""

    session_id: int
    officer_id: int
    login: str
    opened_at: datetime
    seen_at: datetime
    device: str


def open_for(
    connection: sa.Connection,
    *,
    officer_id: int,
    at: datetime,
    device: str,
    hours: int = HOURS,
    idle_minutes: int = IDLE_MINUTES,
    opened_by: str = "password",
    role_limit: Collection[Role] | None = None,
) -> str:
    """Open a session, record it, and return its token: new at every sign-in, known once.

    ``role_limit``: the only roles of the officer that this session has; None: all.
    """
    token = secrets.token_urlsafe(32)
    connection.execute(sa.text("LOCK TABLE people.session IN SHARE ROW EXCLUSIVE MODE"))
    session_id = connection.execute(
        sa.text(
            "INSERT INTO people.session (token_digest, session_id, officer_id, opened_at, seen_at,"
            " ends_at, idle_minutes, device, opened_by, role_limit)"
            " SELECT :digest, coalesce(max(session_id), 0) + 1, :officer_id, :at, :at, :ends_at,"
            " :idle, :device, :opened_by, :role_limit FROM people.session"
            " RETURNING session_id"
        ),
        {
            "digest": _digest(token),
            "officer_id": officer_id,
            "at": at,
            "ends_at": at + timedelta(hours=hours),
            "idle": idle_minutes,
            "device": device[:120],
            "opened_by": opened_by,
            "role_limit": None if role_limit is None else sorted(role_limit),
        },
    ).scalar_one()
    acts.record(
        connection,
        at=at,
        officer_id=officer_id,
        verb="session.open",
        subject=f"session/{session_id}",
        outcome="done",
        detail={} if opened_by == "password" else {"by": opened_by},
    )
    return token


def seen(connection: sa.Connection, token: str, *, at: datetime) -> Session | None:
    """Return the session of a token if it is open now, and note the activity; else None."""
    row = connection.execute(_OPEN, {"digest": _digest(token), "at": at}).mappings().one_or_none()
    if row is None:
        return None
    if at - row["seen_at"] >= _SEEN_EVERY:
        connection.execute(
            sa.text(
                "UPDATE people.session SET seen_at = :at WHERE session_id = :session_id "
                "AND seen_at < :at"
            ),
            {"session_id": row["session_id"], "at": at},
        )
    columns = dict(row)
    idle_minutes = columns.pop("idle_minutes")
    grants = tuple(
        Grant(Role(role), programme, centre) for role, programme, centre in row["grants"]
    )
    idle_at = min(at + timedelta(minutes=idle_minutes), row["ends_at"])
    return Session(**columns | {"grants": grants, "idle_at": idle_at})


def close(connection: sa.Connection, session: Session, *, at: datetime) -> None:
    """Sign out: the token opens nothing any more."""
    _end(connection, session.session_id, at=at, by=session.officer_id)
    acts.record(
        connection,
        at=at,
        officer_id=session.officer_id,
        verb="session.close",
        subject=f"session/{session.session_id}",
        outcome="done",
    )


def revoke(database: Database, *, session_id: int, at: datetime, by: int) -> None:
    """End a session of somebody else, as an administrator, or one of one's own."""
    subject = f"session/{session_id}"
    with accountable(
        database, at=at, officer_id=by, verb="session.revoke", subject=subject
    ) as deed:
        owner = deed.connection.execute(
            sa.text("SELECT officer_id FROM people.session WHERE session_id = :id"),
            {"id": session_id},
        ).scalar()
        if by not in {ENGINE, owner}:
            authorise(deed.connection, OFFICE["session.revoke"], officer_id=by, at=at)
        if not _end(deed.connection, session_id, at=at, by=by):
            raise Refused("absent", f"There is no open session {session_id}.")


def listed(
    connection: sa.Connection, *, at: datetime, officer_id: int | None = None
) -> Sequence[OpenSession]:
    """Return the open sessions, newest first; of one officer if one is named."""
    rows = connection.execute(
        sa.text(
            "SELECT s.session_id, s.officer_id, o.login, s.opened_at, s.seen_at, s.device "
            "FROM people.session s JOIN people.officer o USING (officer_id) "
            "WHERE s.ended_at IS NULL AND s.ends_at > :at "
            "AND s.seen_at + make_interval(mins => s.idle_minutes) > :at "
            "AND s.officer_id = coalesce(CAST(:officer_id AS integer), s.officer_id) "
            "ORDER BY s.session_id DESC LIMIT 500"
        ),
        {"at": at, "officer_id": officer_id},
    )
    return [OpenSession._make(row) for row in rows]


def form_token(token: str) -> str:
    """Return what forms of a session carry: made of its token, useless without its cookie."""
    return hmac.new(token.encode(), b"cct form", hashlib.sha256).hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _end(connection: sa.Connection, session_id: int, *, at: datetime, by: int) -> bool:
    ended = connection.execute(
        sa.text(
            "UPDATE people.session SET ended_at = :at, ended_by = :by "
            "WHERE session_id = :id AND ended_at IS NULL"
        ),
        {"id": session_id, "at": at, "by": by},
    )
    return ended.rowcount == 1


_OPEN: Final = sa.text("""
    SELECT s.session_id, s.officer_id, o.login, s.opened_at, s.seen_at, s.ends_at, s.idle_minutes,
           s.opened_by, coalesce(p.language, 'en') AS language, coalesce(p.theme, 'auto') AS theme,
           coalesce(p.single_keys, true) AS single_keys,
           coalesce((SELECT jsonb_agg(jsonb_build_array(g.role, g.programme, g.centre_id)
                                      ORDER BY g.role, g.programme, g.centre_id)
                     FROM people.role_grant g WHERE g.officer_id = s.officer_id
                       AND (s.role_limit IS NULL OR g.role = ANY(s.role_limit))
                       AND g.granted_at <= :at AND (g.revoked_at IS NULL OR g.revoked_at > :at)),
                    '[]') AS grants
    FROM people.session s JOIN people.officer o USING (officer_id)
    LEFT JOIN people.preference p USING (officer_id)
    WHERE s.token_digest = :digest AND s.ended_at IS NULL AND s.ends_at > :at
      AND s.seen_at + make_interval(mins => s.idle_minutes) > :at
      AND (o.disabled_at IS NULL OR o.disabled_at > :at)
""")
