"""Passwords: kept as Argon2id, tried a few times, then locked for a while.

The plain text is in memory only; nothing here logs, records or returns it. A login that does not
exist costs the same time as one that does, so that nobody can find out who works here.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from cct_engine.people import acts
from cct_engine.people.accountable import accountable
from cct_engine.people.permissions import ENGINE, OFFICE, Refused, authorise

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.database import Database

__all__ = ["LENGTH_MIN", "LOCKED_FOR", "TRIES_MAX", "WrongPassword", "change", "prove", "set_for"]

LENGTH_MIN: Final = 12
LENGTH_MAX: Final = 200
TRIES_MAX: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)

_HASHER: Final = PasswordHasher()
_ONE_AT_A_TIME: Final = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB: a flood of sign-ins waits here and takes no more."""
_NOBODY: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$MIIRqgvgQbgj220jfp0MPA"
    "$YfwJSVjtjSU0zzV/P3S9nnQ/USre2wvJMjfCIjrTQbg"
)
"""A hash that no password has been chosen for, compared with when there is none."""
_TOO_COMMON: Final = frozenset(
    {"password", "passwort", "senha", "contrasena", "qwertyuiop", "qwerty", "letmein", "welcome"}
    | {"administrator", "admin", "changeme", "iloveyou", "abcdefgh", "abcdefghijkl", "government"}
)


class WrongPassword(Refused):
    """The password is not right, or the officer is locked out; ``tries_left`` before the lock."""

    def __init__(self, rule: str, text: str, *, tries_left: int = 0) -> None:
        super().__init__(rule, text)
        self.tries_left = tries_left


def set_for(database: Database, *, officer_id: int, password: str, at: datetime, by: int) -> None:
    """Give an officer a password, as an administrator, and end the officer's sessions.

    The engine may do it from the machine's own command line. Raises ``Refused`` when ``by`` may
    not, or when the password is too weak.
    """
    subject = f"officer/{officer_id}"
    with accountable(database, at=at, officer_id=by, verb="password.set", subject=subject) as deed:
        if by != ENGINE:
            authorise(deed.connection, OFFICE["password.set"], officer_id=by, at=at)
        _keep(deed.connection, officer_id, password, at=at, by=by)


def change(database: Database, *, officer_id: int, old: str, new: str, at: datetime) -> None:
    """Let an officer choose another password, who proves the old one."""
    prove(database, officer_id=officer_id, password=old, at=at, purpose="password.change")
    subject = f"officer/{officer_id}"
    with accountable(
        database, at=at, officer_id=officer_id, verb="password.change", subject=subject
    ) as deed:
        _keep(deed.connection, officer_id, new, at=at, by=officer_id)


def prove(
    database: Database,
    *,
    officer_id: int | None,
    password: str,
    at: datetime,
    purpose: str,
    subject: str = "sign-in",
) -> int:
    """Return the officer's number when the password is right; count and record it when not.

    ``officer_id`` None is a login that does not exist. Raises ``WrongPassword``; after
    ``TRIES_MAX`` in a row the officer is locked out for ``LOCKED_FOR``, whoever tries.
    """
    with database.transaction() as connection:
        kept = None if officer_id is None else _kept(connection, officer_id, at)
    is_right = _matches(_NOBODY if kept is None else kept.hash, password[:LENGTH_MAX])
    with database.transaction() as connection:
        if kept is None or officer_id is None:
            _refused(connection, (at, ENGINE, purpose, subject), "unknown")
            refusal = WrongPassword("unknown", "Login or password is not right.")
        elif kept.locked_until is not None and kept.locked_until > at:
            _refused(connection, (at, officer_id, purpose, subject), "locked")
            minutes = -(-(kept.locked_until - at).seconds // 60)
            refusal = WrongPassword("locked", f"Locked out for {minutes} more minutes.")
        elif not is_right:
            left = _count_failure(connection, officer_id, at)
            _refused(connection, (at, officer_id, purpose, subject), "password")
            refusal = WrongPassword("password", "The password is not right.", tries_left=left)
        else:
            connection.execute(
                sa.text(
                    "UPDATE people.password SET failed_count = 0, locked_until = NULL "
                    "WHERE officer_id = :officer_id AND (failed_count > 0 OR locked_until < :at)"
                ),
                {"officer_id": officer_id, "at": at},
            )
            return officer_id
    raise refusal


def _kept(
    connection: sa.Connection, officer_id: int, at: datetime
) -> sa.Row[tuple[str, datetime]] | None:
    return connection.execute(
        sa.text(
            "SELECT p.hash, p.locked_until FROM people.password p JOIN people.officer o "
            "USING (officer_id) WHERE officer_id = :officer_id "
            "AND (o.disabled_at IS NULL OR o.disabled_at > :at)"
        ),
        {"officer_id": officer_id, "at": at},
    ).one_or_none()


def _matches(kept: str, password: str) -> bool:
    with _ONE_AT_A_TIME:
        try:
            return _HASHER.verify(kept, password)
        except VerifyMismatchError:
            return False


def _keep(
    connection: sa.Connection, officer_id: int, password: str, *, at: datetime, by: int
) -> None:
    login = connection.execute(
        sa.text("SELECT login FROM people.officer WHERE officer_id = :id AND officer_id > 2"),
        {"id": officer_id},
    ).scalar()
    if login is None:
        raise Refused("absent", f"There is no officer {officer_id} who could sign in.")
    _refuse_weak(password, login)
    with _ONE_AT_A_TIME:
        kept = _HASHER.hash(password)
    connection.execute(
        sa.text(
            "INSERT INTO people.password (officer_id, hash, set_at, set_by) "
            "VALUES (:officer_id, :hash, :at, :by) ON CONFLICT (officer_id) DO UPDATE SET "
            "hash = :hash, set_at = :at, set_by = :by, failed_count = 0, locked_until = NULL"
        ),
        {"officer_id": officer_id, "hash": kept, "at": at, "by": by},
    )
    connection.execute(
        sa.text(
            "UPDATE people.session SET ended_at = :at, ended_by = :by "
            "WHERE officer_id = :officer_id AND ended_at IS NULL"
        ),
        {"officer_id": officer_id, "at": at, "by": by},
    )


def _refuse_weak(password: str, login: str) -> None:
    told = "Take four words that do not belong together; spaces are allowed."
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise Refused(
            "weak",
            f"A password has {LENGTH_MIN} to {LENGTH_MAX} characters; this one has "
            f"{len(password)}. {told}",
        )
    plain = password.casefold()
    rest = plain.strip("0123456789!?.,-_ ")
    if login in plain or rest in _TOO_COMMON or len(set(plain)) < LENGTH_MIN // 2:
        raise Refused("weak", f"That password would be guessed first. {told}")


def _count_failure(connection: sa.Connection, officer_id: int, at: datetime) -> int:
    failed = connection.execute(
        sa.text(
            "UPDATE people.password SET "
            "failed_count = CASE WHEN locked_until <= :at THEN 1 ELSE failed_count + 1 END, "
            "locked_until = CASE WHEN locked_until <= :at THEN NULL "
            "WHEN failed_count + 1 >= :max THEN CAST(:until AS timestamptz) ELSE locked_until END "
            "WHERE officer_id = :officer_id RETURNING failed_count"
        ),
        {"officer_id": officer_id, "max": TRIES_MAX, "until": at + LOCKED_FOR, "at": at},
    ).scalar_one()
    return max(TRIES_MAX - int(failed), 0)


def _refused(connection: sa.Connection, tried: tuple[datetime, int, str, str], rule: str) -> None:
    at, officer_id, verb, subject = tried
    acts.record(
        connection,
        at=at,
        officer_id=officer_id,
        verb=verb,
        subject=subject,
        outcome="refused",
        detail={"rule": rule},
    )
