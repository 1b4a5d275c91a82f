"""Tokens of clients: a program that acts for an officer, never with more than the officer may.

The client holds a random token, the database only its SHA-256. A token opens what its scopes name
and, of that, only what its officer's roles allow at the moment of use: take a role away and the
token loses it too. It is shown once, ends by itself, and cannot be granted by the officer for
whom it acts.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine.people.accountable import accountable
from cct_engine.people.grants import Grant, centres_of, programmes_of, roles_of
from cct_engine.people.permissions import OFFICE, Refused, Role, authorise

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from cct_engine.database import Database

__all__ = ["DAYS_MAX", "Client", "Granted", "Scope", "Token", "grant", "listed", "revoke", "seen"]

_LOCK: Final = 0x63_63_74_74_6F_6B  # "ccttok": tokens are numbered by one writer at a time
PREFIX: Final = "cct_"
"""What every token begins with, so that one left in a file is found by a search."""
DAYS_MAX: Final = 366
SIGNING_DAYS_MAX: Final = 92
"""How long a token may live that can move money."""


class Scope(StrEnum):
    """What a token is for; each opens a part of what its officer may do."""

    READ = "read"
    HOUSEHOLDS = "households"
    PREPARE = "prepare"
    EXCEPTIONS = "exceptions"
    SIGN = "sign"
    RELEASE = "release"
    BANK = "bank"
    FEEDS = "feeds"
    PEOPLE = "people"


_MOVES_MONEY: Final = frozenset({Scope.SIGN, Scope.RELEASE, Scope.BANK, Scope.PEOPLE})
"""Who makes officers and grants them roles could have money moved."""


class Granted(NamedTuple):
    """A new token: its number, its words, known only here and now, and its last instant."""

    token_id: int
    words: str
    ends_at: datetime


class Client(NamedTuple):
    """Who knocks: the program, the officer it acts for, and what both together may.

    ``refusal`` is empty while the token opens anything; else the rule by which it does not.
    """

    token_id: int
    client: str
    officer_id: int
    login: str
    scopes: frozenset[Scope]
    ends_at: datetime
    grants: tuple[Grant, ...]
    refusal: str

    @property
    def roles(self) -> frozenset[Role]:
        """The officer's roles now, wherever they hold."""
        return roles_of(self.grants)

    def programmes_of(self, roles: frozenset[Role]) -> frozenset[str] | None:
        """Return the programmes in which one of the roles holds; None: in every one."""
        return programmes_of(self.grants, roles)

    def centres_of(self, roles: frozenset[Role]) -> frozenset[int] | None:
        """Return the centres whose households one of the roles opens; None: every one."""
        return centres_of(self.grants, roles)


class Token(NamedTuple):
    """A token as an administrator sees it; its words are nobody's to see."""

    token_id: int
    client: str
    login: str
    scopes: tuple[str, ...]
    granted_at: datetime
    granted_by: str
    ends_at: datetime
    ended_at: datetime | None


def grant(
    database: Database,
    *,
    client: str,
    officer_id: int,
    scopes: Collection[Scope],
    days: int,
    at: datetime,
    by: int,
) -> Granted:
    """Grant a client a token that acts for an officer; its words are returned once.

    Raises ``Refused`` when ``by`` is no administrator or the officer itself, when the officer is
    not there or is no person, and when the token would live longer than its scopes allow.
    """
    words = f"{PREFIX}{secrets.token_urlsafe(32)}"
    subject = f"officer/{officer_id}"
    with accountable(database, at=at, officer_id=by, verb="token.grant", subject=subject) as deed:
        authorise(deed.connection, OFFICE["token.grant"], officer_id=by, at=at)
        if officer_id == by:
            raise Refused("own_work", "No one grants a token to themselves; ask another one.")
        _refuse_long_life(frozenset(scopes), days)
        _refuse_nobody(deed.connection, officer_id, at)
        ends_at = at + timedelta(days=days)
        deed.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        token_id = deed.connection.execute(
            sa.text(
                "INSERT INTO people.token (token_digest, token_id, client, officer_id, scopes,"
                " granted_at, granted_by, ends_at) SELECT :digest, coalesce(max(token_id), 0) + 1,"
                " :client, :officer_id, :scopes, :at, :by, :ends_at FROM people.token"
                " RETURNING token_id"
            ),
            {
                "digest": _digest(words),
                "client": client,
                "officer_id": officer_id,
                "scopes": sorted(scope.value for scope in scopes),
                "at": at,
                "by": by,
                "ends_at": ends_at,
            },
        ).scalar_one()
        deed.detail.update(
            token=token_id,
            client=client,
            scopes=sorted(scope.value for scope in scopes),
            days=days,
        )
    return Granted(int(token_id), words, ends_at)


def revoke(database: Database, *, token_id: int, at: datetime, by: int) -> None:
    """End a token now, as an administrator or as the officer for whom it acts."""
    subject = f"token/{token_id}"
    with accountable(database, at=at, officer_id=by, verb="token.revoke", subject=subject) as deed:
        owner = deed.connection.execute(
            sa.text("SELECT officer_id FROM people.token WHERE token_id = :id"), {"id": token_id}
        ).scalar()
        if by != owner:
            authorise(deed.connection, OFFICE["token.revoke"], officer_id=by, at=at)
        ended = deed.connection.execute(
            sa.text(
                "UPDATE people.token SET ended_at = :at, ended_by = :by "
                "WHERE token_id = :id AND ended_at IS NULL"
            ),
            {"id": token_id, "at": at, "by": by},
        )
        if ended.rowcount != 1:
            raise Refused("absent", f"There is no token {token_id} that could be ended.")


def seen(connection: sa.Connection, words: str, *, at: datetime) -> Client | None:
    """Return whose token this is, also when it opens nothing any more; None: nobody's."""
    row = connection.execute(_SEEN, {"digest": _digest(words), "at": at}).mappings().one_or_none()
    if row is None:
        return None
    grants = tuple(
        Grant(Role(role), programme, centre) for role, programme, centre in row["grants"]
    )
    return Client(
        row["token_id"],
        row["client"],
        row["officer_id"],
        row["login"],
        frozenset(Scope(scope) for scope in row["scopes"]),
        row["ends_at"],
        grants,
        row["refusal"],
    )


def listed(connection: sa.Connection) -> Sequence[Token]:
    """Return every token ever granted, newest first."""
    return [
        Token(**dict(row) | {"scopes": tuple(row["scopes"])})
        for row in connection.execute(_LISTED).mappings()
    ]


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def _refuse_long_life(scopes: frozenset[Scope], days: int) -> None:
    most = SIGNING_DAYS_MAX if scopes & _MOVES_MONEY else DAYS_MAX
    if not scopes or not 1 <= days <= most:
        raise Refused(
            "life",
            f"A token has a scope and lives 1 to {DAYS_MAX} days; one that can move money "
            f"({', '.join(sorted(_MOVES_MONEY))}) at most {SIGNING_DAYS_MAX}. None was granted.",
        )


def _refuse_nobody(connection: sa.Connection, officer_id: int, at: datetime) -> None:
    found = connection.execute(
        sa.text(
            "SELECT true FROM people.officer WHERE officer_id = :id AND officer_id > 2 "
            "AND (disabled_at IS NULL OR disabled_at > :at)"
        ),
        {"id": officer_id, "at": at},
    ).scalar()
    if not found:
        raise Refused("absent", f"There is no officer {officer_id} for whom a client could act.")


_SEEN: Final = sa.text("""
    SELECT t.token_id, t.client, t.officer_id, o.login, t.scopes, t.ends_at,
           CASE WHEN t.ended_at IS NOT NULL THEN 'revoked' WHEN t.ends_at <= :at THEN 'expired'
                WHEN o.disabled_at <= :at THEN 'disabled' ELSE '' END AS refusal,
           coalesce((SELECT jsonb_agg(jsonb_build_array(g.role, g.programme, g.centre_id)
                                      ORDER BY g.role, g.programme, g.centre_id)
                     FROM people.role_grant g WHERE g.officer_id = t.officer_id
                       AND g.granted_at <= :at AND (g.revoked_at IS NULL OR g.revoked_at > :at)),
                    '[]') AS grants
    FROM people.token t JOIN people.officer o USING (officer_id)
    WHERE t.token_digest = :digest
""")
_LISTED: Final = sa.text("""
    SELECT t.token_id, t.client, o.login, t.scopes, t.granted_at, g.login AS granted_by,
           t.ends_at, t.ended_at
    FROM people.token t JOIN people.officer o USING (officer_id)
    JOIN people.officer g ON g.officer_id = t.granted_by ORDER BY t.token_id DESC
""")
