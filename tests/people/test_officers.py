"""Officers, roles, and who may do what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from cct_engine.people import (
    ENGINE,
    Permission,
    Refused,
    Role,
    accountable,
    acts,
    authorise,
    officers,
    who_may,
)

if TYPE_CHECKING:
    from cct_engine.database import Database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
APPROVE = Permission("approve", frozenset({Role.CHECKER}), differs_from=("prepared",))


def _officer(database: Database, administrator: int, login: str, *roles: Role) -> int:
    officer_id = officers.add(database, login=login, at=NOON, by=administrator)
    for role in roles:
        officers.grant(database, officer_id=officer_id, role=role, at=NOON, by=administrator)
    return officer_id


def _rule(database: Database, permission: Permission, officer_id: int, **how: Any) -> str:
    with database.transaction() as connection:
        try:
            authorise(connection, permission, officer_id=officer_id, at=LATER, **how)
        except Refused as refusal:
            return refusal.rule
    return "allowed"


def test_a_role_allows_and_its_absence_refuses(database: Database, administrator: int) -> None:
    checker = _officer(database, administrator, "k.checker", Role.CHECKER)
    maker = _officer(database, administrator, "m.maker", Role.MAKER)
    assert _rule(database, APPROVE, checker, earlier={"prepared": [maker]}) == "allowed"
    assert _rule(database, APPROVE, maker, earlier={"prepared": [checker]}) == "role"


def test_nobody_signs_their_own_work_whatever_their_roles(
    database: Database, administrator: int
) -> None:
    both = _officer(database, administrator, "b.both", Role.MAKER, Role.CHECKER)
    assert _rule(database, APPROVE, both, earlier={"prepared": [both]}) == "own_work"


def test_an_unknown_officer_is_refused(database: Database) -> None:
    assert _rule(database, APPROVE, 77) == "unknown"


def test_a_disabled_officer_may_do_nothing(database: Database, administrator: int) -> None:
    checker = _officer(database, administrator, "k.checker", Role.CHECKER)
    officers.disable(database, officer_id=checker, at=NOON, by=administrator)
    assert _rule(database, APPROVE, checker) == "disabled"


def test_a_revoked_role_allows_nothing_more(database: Database, administrator: int) -> None:
    checker = _officer(database, administrator, "k.checker", Role.CHECKER)
    officers.revoke(
        database,
        officer_id=checker,
        role=Role.CHECKER,
        programme=None,
        at=NOON + timedelta(minutes=1),
        by=administrator,
    )
    assert _rule(database, APPROVE, checker) == "role"


def test_a_role_for_one_programme_does_not_reach_another(
    database: Database, administrator: int
) -> None:
    checker = _officer(database, administrator, "k.checker")
    officers.grant(
        database,
        officer_id=checker,
        role=Role.CHECKER,
        programme="bolsa_familia",
        at=NOON,
        by=administrator,
    )
    assert _rule(database, APPROVE, checker, programme="bolsa_familia") == "allowed"
    assert _rule(database, APPROVE, checker, programme="dilli_annashree") == "role"


def test_the_engine_does_only_what_the_schedule_may(database: Database) -> None:
    freeze = Permission("freeze", frozenset({Role.MAKER}), by_engine=True)
    assert _rule(database, freeze, ENGINE) == "allowed"
    assert _rule(database, APPROVE, ENGINE) == "role"


def test_a_refusal_says_how_many_others_can(database: Database, administrator: int) -> None:
    maker = _officer(database, administrator, "m.maker", Role.MAKER, Role.CHECKER)
    _officer(database, administrator, "k.checker", Role.CHECKER)
    with (
        pytest.raises(Refused, match=r"no one signs their own work\. One other officer can\."),
        database.transaction() as connection,
    ):
        authorise(connection, APPROVE, officer_id=maker, at=LATER, earlier={"prepared": [maker]})


def test_who_may_is_a_list_of_officers(database: Database, administrator: int) -> None:
    checker = _officer(database, administrator, "k.checker", Role.CHECKER)
    with database.transaction() as connection:
        assert who_may(connection, APPROVE, at=LATER) == {checker: "k.checker"}


def test_the_engine_adds_the_first_administrator_and_no_second(
    database: Database, administrator: int
) -> None:
    assert administrator > 2
    with pytest.raises(Refused):
        officers.add(database, login="b.admin", at=NOON, by=ENGINE)


def test_no_one_grants_a_role_to_themselves(database: Database, administrator: int) -> None:
    with pytest.raises(Refused, match="to themselves"):
        officers.grant(
            database, officer_id=administrator, role=Role.CHECKER, at=NOON, by=administrator
        )


def test_an_administrator_has_no_business_role(database: Database, administrator: int) -> None:
    maker = _officer(database, administrator, "m.maker", Role.MAKER)
    with pytest.raises(Refused, match="may not move money"):
        officers.grant(
            database, officer_id=maker, role=Role.ADMINISTRATOR, at=NOON, by=administrator
        )


def test_only_an_administrator_grants(database: Database, administrator: int) -> None:
    maker = _officer(database, administrator, "m.maker", Role.MAKER)
    other = _officer(database, administrator, "o.other")
    with pytest.raises(Refused, match="administrator"):
        officers.grant(database, officer_id=other, role=Role.CHECKER, at=NOON, by=maker)


def test_granting_twice_changes_nothing(database: Database, administrator: int) -> None:
    checker = _officer(database, administrator, "k.checker", Role.CHECKER)
    before = _acts(database)
    officers.grant(database, officer_id=checker, role=Role.CHECKER, at=LATER, by=administrator)
    assert _acts(database) == before


def test_what_is_done_and_what_is_refused_are_both_recorded(
    database: Database, administrator: int
) -> None:
    with pytest.raises(Refused):
        officers.add(database, login="b.admin", at=LATER, by=ENGINE)
    assert _acts(database)[-1] == ("officer.add", "refused", ENGINE)
    officers.add(database, login="b.admin", at=LATER, by=administrator)
    assert _acts(database)[-1] == ("officer.add", "done", administrator)


def test_a_refused_stranger_is_recorded_under_the_engine(database: Database) -> None:
    with (
        pytest.raises(Refused),
        accountable(database, at=NOON, officer_id=99, verb="approve", subject="cycle/1") as deed,
    ):
        authorise(deed.connection, APPROVE, officer_id=99, at=NOON)
    with database.transaction() as connection:
        detail = connection.execute(sa.text("SELECT detail FROM people.act")).scalar_one()
    assert detail == {"rule": "unknown", "claimed_officer": 99}


def test_an_error_that_is_no_refusal_records_nothing(database: Database) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        accountable(database, at=NOON, officer_id=1, verb="approve", subject="cycle/1"),
    ):
        raise ZeroDivisionError
    with database.transaction() as connection:
        assert acts.head(connection) is None


def _acts(database: Database) -> list[tuple[str, str, int]]:
    with database.transaction() as connection:
        rows = connection.execute(
            sa.text("SELECT verb, outcome, officer_id FROM people.act ORDER BY act_id")
        )
        return [tuple(row) for row in rows]


def test_a_login_is_given_once(database: Database, administrator: int) -> None:
    _officer(database, administrator, "m.maker")
    with pytest.raises(Refused, match="logins are given once"):
        _officer(database, administrator, "m.maker")
