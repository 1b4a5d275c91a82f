"""Accounts at an OpenID provider, each bound to one officer who is there already.

Nobody becomes an officer by signing in elsewhere. Only the SHA-256 of issuer and subject is kept:
some providers use mail addresses or national numbers as subjects.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine.people.accountable import accountable
from cct_engine.people.permissions import ENGINE, OFFICE, Refused, authorise

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.database import Database

__all__ = ["bind", "is_bound", "officer_of", "unbind"]

_SUBJECT_MAX: Final = 255
"""As OpenID Connect Core 2 has it."""


def officer_of(connection: sa.Connection, *, issuer: str, subject: str, at: datetime) -> int | None:
    """Return the officer whose account this is; None: nobody's, or of one who is disabled."""
    found = connection.execute(
        sa.text(
            "SELECT s.officer_id FROM people.openid_subject s JOIN people.officer o "
            "USING (officer_id) WHERE s.subject_digest = :digest "
            "AND (o.disabled_at IS NULL OR o.disabled_at > :at)"
        ),
        {"digest": _digest(issuer, subject), "at": at},
    ).scalar()
    return None if found is None else int(found)


def is_bound(connection: sa.Connection, officer_id: int) -> bool:
    """Tell whether an officer has an account at the provider."""
    return bool(
        connection.execute(
            sa.text("SELECT EXISTS (SELECT FROM people.openid_subject WHERE officer_id = :id)"),
            {"id": officer_id},
        ).scalar_one()
    )


def bind(
    database: Database, *, officer_id: int, issuer: str, subject: str, at: datetime, by: int
) -> None:
    """Bind an account to an officer, as an administrator or, at a first sign-in, as the engine.

    Raises ``Refused`` when there is no provider (an empty issuer), no name of the account or no
    such officer, when the account is another's, when the officer has another account, and when
    an administrator would bind their own.
    """
    told = f"officer/{officer_id}"
    with accountable(database, at=at, officer_id=by, verb="account.bind", subject=told) as deed:
        if by != ENGINE:
            authorise(deed.connection, OFFICE["account.bind"], officer_id=by, at=at)
            if by == officer_id:
                raise Refused("own_work", "No one binds an account to themselves; ask another one.")
        if not issuer:
            raise Refused("provider", "There is no provider: set CCT_OIDC_ISSUER first.")
        if not 0 < len(subject) <= _SUBJECT_MAX:
            raise Refused("subject", "Say what the provider calls the account: 1 to 255 letters.")
        known = deed.connection.execute(
            sa.text(
                "SELECT true FROM people.officer WHERE officer_id = :id AND officer_id > 2 "
                "AND (disabled_at IS NULL OR disabled_at > :at)"
            ),
            {"id": officer_id, "at": at},
        ).scalar()
        if not known:
            raise Refused("absent", f"There is no officer {officer_id} who could sign in.")
        bound = deed.connection.execute(
            sa.text(
                "INSERT INTO people.openid_subject (subject_digest, officer_id, bound_at, bound_by)"
                " VALUES (:digest, :id, :at, :by) ON CONFLICT DO NOTHING"
            ),
            {"digest": _digest(issuer, subject), "id": officer_id, "at": at, "by": by},
        )
        if bound.rowcount != 1:
            raise Refused(
                "bound",
                "That account is bound already, or the officer has another one. An administrator "
                "ends the old one first, on the officer's page or by 'cct people unbind LOGIN'.",
            )


def unbind(database: Database, *, officer_id: int, at: datetime, by: int) -> None:
    """End the bond between an officer and an account, and every session that it opened."""
    told = f"officer/{officer_id}"
    with accountable(database, at=at, officer_id=by, verb="account.unbind", subject=told) as deed:
        authorise(deed.connection, OFFICE["account.unbind"], officer_id=by, at=at)
        gone = deed.connection.execute(
            sa.text("DELETE FROM people.openid_subject WHERE officer_id = :id"), {"id": officer_id}
        )
        if gone.rowcount != 1:
            raise Refused("absent", f"Officer {officer_id} has no account at the provider.")
        deed.connection.execute(
            sa.text(
                "UPDATE people.session SET ended_at = :at, ended_by = :by WHERE officer_id = :id "
                "AND opened_by = 'openid' AND ended_at IS NULL"
            ),
            {"id": officer_id, "at": at, "by": by},
        )


def _digest(issuer: str, subject: str) -> str:
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()
