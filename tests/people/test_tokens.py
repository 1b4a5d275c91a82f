"""A token lets a program act for an officer: never for more, never for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from cct_engine.people import ENGINE, Refused, Role, officers, tokens
from cct_engine.people.tokens import Scope

if TYPE_CHECKING:
    from cct_engine.database import Database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _grant(database: Database, officer_id: int, by: int, **how: Any) -> tokens.Granted:
    values: dict[str, Any] = {"scopes": [Scope.READ], "days": 30, "client": "treasury"}
    return tokens.grant(database, officer_id=officer_id, at=NOON, by=by, **values | how)


def _seen(database: Database, words: str, at: datetime = NOON) -> tokens.Client:
    with database.transaction() as connection:
        found = tokens.seen(connection, words, at=at)
    assert found is not None
    return found


def test_only_the_digest_of_a_token_is_kept(
    database: Database, administrator: int, maker: int
) -> None:
    granted = _grant(database, maker, administrator)
    with database.transaction() as connection:
        kept = str(connection.execute(sa.text("SELECT t::text FROM people.token t")).scalar_one())
        said = str(connection.execute(sa.text("SELECT array_agg(a::text) FROM people.act a")).all())
    assert granted.words.startswith("cct_")
    assert granted.words not in kept + said
    assert _seen(database, granted.words).login == "m.maker"


def test_words_that_nobody_was_given_are_nobodys(database: Database) -> None:
    with database.transaction() as connection:
        assert tokens.seen(connection, "cct_guessed", at=NOON) is None


def test_a_token_loses_the_role_that_its_officer_loses(
    database: Database, administrator: int, maker: int
) -> None:
    granted = _grant(database, maker, administrator)
    assert _seen(database, granted.words).roles == {Role.MAKER}
    officers.revoke(
        database, officer_id=maker, role=Role.MAKER, programme=None, at=NOON, by=administrator
    )
    assert _seen(database, granted.words, NOON + timedelta(seconds=1)).roles == frozenset()


def test_a_token_ends_by_itself_when_revoked_and_with_its_officer(
    database: Database, administrator: int, maker: int
) -> None:
    first, second = (_grant(database, maker, administrator) for _ in range(2))
    assert _seen(database, first.words, NOON + timedelta(days=30)).refusal == "expired"
    tokens.revoke(database, token_id=first.token_id, at=NOON, by=maker)
    assert _seen(database, first.words).refusal == "revoked"
    officers.disable(database, officer_id=maker, at=NOON, by=administrator)
    assert _seen(database, second.words).refusal == "disabled"


@pytest.mark.parametrize("by", ["maker", "administrator for themselves", "engine"])
def test_nobody_but_another_administrator_grants_a_token(
    database: Database, administrator: int, maker: int, by: str
) -> None:
    hand = {"maker": maker, "engine": ENGINE}.get(by, administrator)
    receiver = administrator if by == "administrator for themselves" else maker
    with pytest.raises(Refused):
        _grant(database, receiver, hand)
    with database.transaction() as connection:
        assert tokens.listed(connection) == []
        outcome = connection.execute(
            sa.text("SELECT outcome FROM people.act WHERE verb = 'token.grant'")
        ).scalars()
        assert list(outcome) == ["refused"]


def test_a_token_that_can_move_money_lives_a_quarter_at_most(
    database: Database, administrator: int, maker: int
) -> None:
    with pytest.raises(Refused, match="at most 92"):
        _grant(database, maker, administrator, scopes=[Scope.SIGN], days=93)
    assert _grant(database, maker, administrator, scopes=[Scope.SIGN], days=92).token_id == 1


def test_only_its_officer_and_an_administrator_end_a_token(
    database: Database, administrator: int, maker: int
) -> None:
    granted = _grant(database, maker, administrator)
    other = officers.add(database, login="o.other", at=NOON, by=administrator)
    with pytest.raises(Refused):
        tokens.revoke(database, token_id=granted.token_id, at=NOON, by=other)
    tokens.revoke(database, token_id=granted.token_id, at=NOON, by=administrator)
    with pytest.raises(Refused, match="no token 1"):
        tokens.revoke(database, token_id=granted.token_id, at=NOON, by=administrator)
