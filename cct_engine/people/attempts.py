"""Browsers that were sent to the provider, and what they proved when they came back.

The browser keeps one random word, the address of the provider carries another; of both the
database has only digests. What the provider must echo and what fetches the token are made of the
two words, so that neither a copy of the database nor an address seen by somebody opens anything.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine.people.accountable import accountable
from cct_engine.people.permissions import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.database import Database

__all__ = ["Attempt", "Begun", "answer", "begin", "prove", "proved_until", "spend"]

AWAY_FOR: Final = timedelta(minutes=10)
PROOF_FOR: Final = timedelta(minutes=5)


class Begun(NamedTuple):
    """The words of one attempt: the browser's, and the one that goes over the provider."""

    browser: str
    state: str

    @property
    def nonce(self) -> str:
        """What the provider's token must echo."""
        return self._made_for("nonce")

    @property
    def verifier(self) -> str:
        """The PKCE code verifier (RFC 7636): 43 characters."""
        return self._made_for("verifier")

    def _made_for(self, what: str) -> str:
        made = hmac.new(self.browser.encode(), f"{what}|{self.state}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made.digest()).rstrip(b"=").decode()


class Attempt(NamedTuple):
    """What a browser was sent for. ``session_id`` None: to sign in; else to sign ``subject``."""

    session_id: int | None
    subject: str
    target: str
    begun_at: datetime


def begin(
    connection: sa.Connection,
    *,
    at: datetime,
    target: str,
    session_id: int | None = None,
    subject: str = "",
) -> Begun:
    """Keep that a browser is sent away, and return its words; attempts that ended are forgotten."""
    begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    connection.execute(sa.text("DELETE FROM people.openid_attempt WHERE ends_at < :at"), {"at": at})
    connection.execute(
        sa.text(
            "INSERT INTO people.openid_attempt (state_digest, browser_digest, session_id, subject,"
            " target, begun_at, ends_at)"
            " VALUES (:state, :browser, :session_id, :subject, :target, :at, :ends_at)"
        ),
        {
            "state": _digest(begun.state),
            "browser": _digest(begun.browser),
            "session_id": session_id,
            "subject": subject,
            "target": target,
            "at": at,
            "ends_at": at + AWAY_FOR,
        },
    )
    return begun


def answer(connection: sa.Connection, begun: Begun, *, at: datetime) -> Attempt | None:
    """Return what this browser was sent for, once; None: another browser's, over, or used."""
    row = connection.execute(
        sa.text(
            "UPDATE people.openid_attempt SET answered_at = :at WHERE state_digest = :state "
            "AND browser_digest = :browser AND answered_at IS NULL AND ends_at > :at "
            "RETURNING session_id, subject, target, begun_at"
        ),
        {"state": _digest(begun.state), "browser": _digest(begun.browser), "at": at},
    ).one_or_none()
    return None if row is None else Attempt._make(row)


def prove(
    database: Database, *, session_id: int, officer_id: int, subject: str, at: datetime
) -> None:
    """Keep that the officer of a session proved who they are, to sign ``subject`` once."""
    with accountable(
        database, at=at, officer_id=officer_id, verb="identity.prove", subject=subject
    ) as deed:
        deed.connection.execute(
            sa.text(
                "INSERT INTO people.fresh_proof (session_id, subject, proved_at, ends_at)"
                " VALUES (:session_id, :subject, :at, :ends_at)"
            ),
            {
                "session_id": session_id,
                "subject": subject,
                "at": at,
                "ends_at": at + PROOF_FOR,
            },
        )


def proved_until(
    connection: sa.Connection, *, session_id: int, subject: str, at: datetime
) -> datetime | None:
    """Return until when a proof can be spent; None: there is none."""
    until: datetime | None = connection.execute(
        sa.text(
            "SELECT max(ends_at) FROM people.fresh_proof WHERE session_id = :session_id "
            "AND subject = :subject AND spent_at IS NULL AND ends_at > :at"
        ),
        {"session_id": session_id, "subject": subject, "at": at},
    ).scalar()
    return until


def spend(
    database: Database, *, session_id: int, officer_id: int, subject: str, at: datetime
) -> None:
    """Use a proof up for one signature. Raises ``Refused`` when there is none, and records it."""
    with accountable(
        database, at=at, officer_id=officer_id, verb="cycle.sign", subject=subject
    ) as deed:
        deed.recorded = False
        spent = deed.connection.execute(
            sa.text(
                "UPDATE people.fresh_proof SET spent_at = :at WHERE session_id = :session_id "
                "AND subject = :subject AND spent_at IS NULL AND ends_at > :at"
            ),
            {"session_id": session_id, "subject": subject, "at": at},
        )
        if spent.rowcount == 0:
            raise Refused(
                "identity",
                "Nothing was signed: prove first who you are, at the provider, from the approval "
                f"sheet. The proof holds for one signature and {PROOF_FOR.seconds // 60} minutes.",
            )


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
