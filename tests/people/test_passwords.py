"""Passwords and sessions: proved by few tries, limited in time, ended by whoever may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cct_engine.people import (
    Refused,
    Role,
    WrongPassword,
    acts,
    officers,
    passwords,
    sessions,
)

if TYPE_CHECKING:
    from cct_engine.database import Database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORDS = "seven pale lanterns drift"


@pytest.fixture
def maker(database: Database, maker: int, administrator: int) -> int:
    """The maker, with a password."""
    passwords.set_for(database, officer_id=maker, password=WORDS, at=NOON, by=administrator)
    return maker


def _prove(database: Database, officer_id: int | None, password: str, at: datetime = NOON) -> str:
    try:
        passwords.prove(
            database, officer_id=officer_id, password=password, at=at, purpose="session.open"
        )
    except WrongPassword as wrong:
        return wrong.rule
    return "proved"


def _opened(database: Database, officer_id: int, at: datetime = NOON) -> str:
    with database.transaction() as connection:
        return sessions.open_for(connection, officer_id=officer_id, at=at, device="test")


def _seen(database: Database, token: str, at: datetime) -> bool:
    with database.transaction() as connection:
        return sessions.seen(connection, token, at=at) is not None


def test_the_right_password_proves_and_another_does_not(database: Database, maker: int) -> None:
    assert _prove(database, maker, WORDS) == "proved"
    assert _prove(database, maker, WORDS.upper()) == "password"


def test_a_login_that_does_not_exist_is_refused_in_the_same_words(database: Database) -> None:
    assert _prove(database, None, WORDS) == "unknown"


def test_after_five_wrong_tries_even_the_right_password_waits(
    database: Database, maker: int
) -> None:
    for _ in range(passwords.TRIES_MAX):
        assert _prove(database, maker, "wrong and wrong again") == "password"
    assert _prove(database, maker, WORDS, NOON + timedelta(minutes=14)) == "locked"
    assert _prove(database, maker, WORDS, NOON + timedelta(minutes=16)) == "proved"


def test_neither_password_nor_hash_stands_in_the_record(database: Database, maker: int) -> None:
    _prove(database, maker, "wrong and wrong again")
    with database.transaction() as connection:
        said = connection.execute(sa.text("SELECT string_agg(act::text, ' ') FROM people.act act"))
        record = str(said.scalar_one())
        assert not list(acts.verify(connection))
    assert "lanterns" not in record
    assert "wrong and" not in record
    assert "argon2" not in record


@pytest.mark.parametrize(
    "weak", ["short", "m.maker m.maker", "password1234", "aaaaaaaaaaaaaaa", "administrator1!"]
)
def test_a_password_that_would_be_guessed_first_is_refused(
    database: Database, administrator: int, maker: int, weak: str
) -> None:
    with pytest.raises(Refused):
        passwords.set_for(database, officer_id=maker, password=weak, at=NOON, by=administrator)


def test_only_an_administrator_sets_the_password_of_another(
    database: Database, administrator: int, maker: int
) -> None:
    with pytest.raises(Refused, match=r"password\.set"):
        passwords.set_for(database, officer_id=administrator, password=WORDS, at=NOON, by=maker)


def test_a_session_ends_without_activity_and_after_a_days_work(
    database: Database, maker: int
) -> None:
    token = _opened(database, maker)
    assert _seen(database, token, NOON + timedelta(minutes=29))
    assert not _seen(database, token, NOON + timedelta(minutes=29 + 31))
    token, at = _opened(database, maker), NOON
    while at < NOON + timedelta(hours=sessions.HOURS):
        assert _seen(database, token, at)
        at += timedelta(minutes=20)
    assert not _seen(database, token, at)


def test_a_disabled_officer_has_no_session_from_that_moment(
    database: Database, administrator: int, maker: int
) -> None:
    token = _opened(database, maker)
    officers.disable(database, officer_id=maker, at=NOON, by=administrator)
    assert not _seen(database, token, NOON + timedelta(seconds=1))


def test_a_new_password_ends_every_session_of_the_officer(
    database: Database, administrator: int, maker: int
) -> None:
    token = _opened(database, maker)
    other = f"{WORDS} twice"
    passwords.set_for(database, officer_id=maker, password=other, at=NOON, by=administrator)
    assert not _seen(database, token, NOON)


def test_a_session_is_ended_by_an_administrator_and_by_no_colleague(
    database: Database, administrator: int, maker: int
) -> None:
    other = officers.add(database, login="o.other", at=NOON, by=administrator)
    token = _opened(database, maker)
    with pytest.raises(Refused):
        sessions.revoke(database, session_id=1, at=NOON, by=other)
    assert _seen(database, token, NOON)
    sessions.revoke(database, session_id=1, at=NOON, by=administrator)
    assert not _seen(database, token, NOON)


def test_the_database_keeps_no_token_that_opens_a_session(database: Database, maker: int) -> None:
    token = _opened(database, maker)
    with database.transaction() as connection:
        said = connection.execute(sa.text("SELECT string_agg(s::text, ' ') FROM people.session s"))
        assert token not in str(said.scalar_one())


def test_a_lent_role_ends_by_itself_and_its_reason_stands_in_the_record(
    database: Database, administrator: int, maker: int
) -> None:
    officers.break_glass(
        database,
        officer_id=maker,
        role=Role.RELEASER,
        programme="bolsa_familia",
        hours=2,
        reason="The releaser is in hospital and value day is tomorrow.",
        at=NOON,
        by=administrator,
    )
    token = _opened(database, maker)
    with database.transaction() as connection:
        session = sessions.seen(connection, token, at=NOON + timedelta(minutes=1))
        assert session is not None
        assert Role.RELEASER in session.roles
        assert session.programmes_of(frozenset({Role.RELEASER})) == frozenset({"bolsa_familia"})
        detail = connection.execute(
            sa.text("SELECT detail FROM people.act WHERE verb = 'role.break_glass'")
        ).scalar_one()
    assert "hospital" in detail["reason"]
    token = _opened(database, maker, NOON + timedelta(hours=3))
    with database.transaction() as connection:
        later = sessions.seen(connection, token, at=NOON + timedelta(hours=3))
    assert later is not None
    assert Role.RELEASER not in later.roles


def test_nobody_lends_a_role_to_themselves_or_without_a_reason(
    database: Database, administrator: int, maker: int
) -> None:
    for officer_id, reason in ((administrator, "x" * 20), (maker, "urgent")):
        with pytest.raises(Refused):
            officers.break_glass(
                database,
                officer_id=officer_id,
                role=Role.RELEASER,
                programme="bolsa_familia",
                hours=2,
                reason=reason,
                at=NOON,
                by=administrator,
            )
