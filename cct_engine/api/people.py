"""Officers and their roles; changed accounts that a second person confirms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path

from cct_engine import registry
from cct_engine.api.caller import Acting, Asking, Caller
from cct_engine.api.problems import Trouble
from cct_engine.api.routes import Router, letters
from cct_engine.api.values.people import (
    AccountPage,
    Confirmed,
    NewOfficer,
    OfficerPage,
    OfficerValue,
    RoleAsked,
)
from cct_engine.api.values.work import Job
from cct_engine.console.reading import office as reading
from cct_engine.console.reading.cycles import logins
from cct_engine.people import officers
from cct_engine.people.tokens import Scope

if TYPE_CHECKING:
    from cct_engine.cycle import Desk

__all__ = ["router"]

router = Router()

_GRANT = ("role", "programme", "centre", "until")
Login = Annotated[str, Path(pattern=r"^[a-z][a-z0-9._-]{1,39}$")]


@router.reads("/people", letters("AD"))
def list_people(caller: Asking) -> OfficerPage:
    """Officers and what they may do."""
    with caller.reading() as connection:
        rows = reading.people(connection)
    return OfficerPage.model_validate({"items": [_shown(row) for row in rows]})


@router.acts("/people", letters("D"), Scope.PEOPLE)
def add_officer(caller: Acting, asked: NewOfficer) -> Job:
    """Add an officer, without any role."""

    def add(desk: Desk) -> str:
        number = officers.add(
            desk.database, login=asked.login, at=desk.clock.now(), by=desk.officer_id
        )
        return f"{asked.login} is officer {number}."

    return caller.work("add officer", f"officer/{asked.login}", add)


@router.reads("/people/{person}", letters("AD"))
def read_officer(caller: Asking, person: Login) -> OfficerValue:
    """One officer."""
    return OfficerValue.model_validate(_shown(_officer(caller, person)))


@router.acts("/people/{person}/grants", letters("D"), Scope.PEOPLE)
def grant_role(caller: Acting, person: Login, asked: RoleAsked) -> Job:
    """Grant a role; nobody grants one to themselves."""
    return _changed(caller, person, asked, "grant role", officers.grant)


@router.acts("/people/{person}/revocations", letters("D"), Scope.PEOPLE)
def revoke_role(caller: Acting, person: Login, asked: RoleAsked) -> Job:
    """End a role."""
    return _changed(caller, person, asked, "revoke role", officers.revoke)


@router.acts("/people/{person}/disabling", letters("D"), Scope.PEOPLE, takes="")
def disable_officer(caller: Acting, person: Login) -> Job:
    """Shut an officer out; sessions and tokens open nothing any more."""
    officer_id = _officer(caller, person)["officer_id"]

    def disable(desk: Desk) -> str:
        officers.disable(
            desk.database, officer_id=officer_id, at=desk.clock.now(), by=desk.officer_id
        )
        return f"{person} can do nothing from now on."

    return caller.work("disable officer", f"officer/{person}", disable)


@router.reads("/accounts", letters("MCBAWF"))
def list_waiting_accounts(caller: Asking) -> AccountPage:
    """Changed accounts of payees that wait for a second person."""
    with caller.reading() as connection:
        names = logins(connection)
        waiting = registry.waiting_accounts(centres=caller.centres)
        rows = [dict(row) for row in connection.execute(waiting).mappings()]
    items = [row | {"proposed_by": names.get(row["proposed_by"])} for row in rows]
    return AccountPage.model_validate({"items": items[:1000], "count": len(items)})


@router.acts("/accounts/confirmations", letters("C"), Scope.SIGN)
def confirm_accounts(caller: Acting, asked: Confirmed) -> Job:
    """Confirm changed accounts as the second person; they are used one cycle later."""

    def confirm(desk: Desk) -> str:
        with desk.database.transaction() as connection:
            count = registry.confirm_accounts(
                connection,
                at=desk.clock.now(),
                officer_id=desk.officer_id,
                account_ids=asked.account_ids,
            )
        return f"{count} changed accounts are confirmed. They are used from next month on."

    return caller.work("confirm accounts", "registry/accounts", confirm)


def _changed(
    caller: Caller, person: str, asked: RoleAsked, verb: str, change: Callable[..., None]
) -> Job:
    officer_id = _officer(caller, person)["officer_id"]

    def act(desk: Desk) -> str:
        change(
            desk.database,
            officer_id=officer_id,
            role=asked.role,
            programme=asked.programme,
            at=desk.clock.now(),
            by=desk.officer_id,
        )
        where = asked.programme or "every programme"
        return f"Done: {verb} {asked.role.value} of {person}, in {where}."

    return caller.work(verb, f"officer/{person}", act)


def _officer(caller: Caller, login: str) -> dict[str, Any]:
    with caller.reading() as connection:
        row = reading.person(connection, login)
    if row is None:
        raise Trouble("not_there", f"There is no officer {login}.")
    return row


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"grants": [dict(zip(_GRANT, one, strict=True)) for one in row["grants"]]}
