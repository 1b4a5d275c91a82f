"""Who may do what: roles, permissions, and the one function that decides.

A permission names the roles that may do an act and whose work the actor must not have done.
The acts of this package stand in ``OFFICE``; those of a cycle stand, with their states, in the
transition table of ``cct_engine.cycle``. Both are decided here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

__all__ = ["ENGINE", "OFFICE", "Permission", "Refused", "Role", "authorise", "who_may"]

ENGINE: Final = 1
"""The officer that is no person: the engine itself, ringing by its schedule."""


class Role(StrEnum):
    """What an officer is trusted with; the administrator has no business role."""

    MAKER = "maker"
    CHECKER = "checker"
    RELEASER = "releaser"
    BANK_LIAISON = "bank_liaison"
    AUDITOR = "auditor"
    ANALYST = "analyst"
    CASE_WORKER = "case_worker"
    ADJUDICATOR = "adjudicator"
    CENTRE_STAFF = "centre_staff"
    ADMINISTRATOR = "administrator"


class Permission(NamedTuple):
    """Who may do one act.

    ``differs_from`` names earlier acts on the same thing (``prepared``, ``approved`` …) whose
    officer may not do this one. ``by_engine``: the schedule may do it without a person.
    """

    verb: str
    roles: frozenset[Role]
    differs_from: tuple[str, ...] = ()
    by_engine: bool = False


class Refused(Exception):  # noqa: N818 - reads as the sentence it is: raise Refused
    """Somebody may not do this. The text says who could; ``rule`` names the rule in one word."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(text)
        self.rule = rule


def _office(*verbs: str) -> dict[str, Permission]:
    only = frozenset({Role.ADMINISTRATOR})
    return {verb: Permission(verb, only) for verb in verbs}


OFFICE: Final[Mapping[str, Permission]] = _office(
    "officer.add",
    "officer.disable",
    "role.grant",
    "role.revoke",
    "role.break_glass",
    "password.set",
    "session.revoke",
    "tier.set",
    "account.bind",
    "account.unbind",
    "token.grant",
    "token.revoke",
)

_OFFICER = sa.text("SELECT login, disabled_at FROM people.officer WHERE officer_id = :officer_id")
_HOLDERS = sa.text("""
    SELECT DISTINCT o.officer_id, o.login
    FROM people.role_grant g JOIN people.officer o USING (officer_id)
    WHERE g.role = ANY(:roles)
      AND (g.programme IS NULL OR CAST(:programme AS text) IS NULL OR g.programme = :programme)
      AND g.granted_at <= :at AND (g.revoked_at IS NULL OR g.revoked_at > :at)
      AND (o.disabled_at IS NULL OR o.disabled_at > :at)
    ORDER BY o.officer_id
""")


def authorise(
    connection: sa.Connection,
    permission: Permission,
    *,
    officer_id: int,
    at: datetime,
    programme: str | None = None,
    earlier: Mapping[str, Collection[int | None]] | None = None,
) -> None:
    """Return if the officer may do the act now; raise ``Refused`` with the reason if not.

    ``earlier`` says who did the acts that ``permission.differs_from`` names; a missing act, or
    None among its officers, is not done yet.
    ``programme`` limits the roles looked at to those granted for it or for every programme.
    """
    if officer_id == ENGINE and permission.by_engine:
        return
    _refuse_unknown(connection, officer_id, permission, at=at)
    holders = who_may(connection, permission, at=at, programme=programme)
    done = {name: set((earlier or {}).get(name, ())) for name in permission.differs_from}
    others = len(holders.keys() - {officer_id}.union(*done.values()))
    if officer_id not in holders:
        raise Refused(
            "role",
            f"Officer {officer_id} has no role that may do '{permission.verb}'"
            f"{f' in {programme}' if programme else ''}: it needs {_either(permission.roles)}. "
            f"{_could(others)}",
        )
    for name, by in done.items():
        if officer_id in by:
            raise Refused(
                "own_work",
                f"Officer {officer_id} {name} this, so the same officer may not do "
                f"'{permission.verb}': no one signs their own work. {_could(others)}",
            )


def who_may(
    connection: sa.Connection,
    permission: Permission,
    *,
    at: datetime,
    programme: str | None = None,
) -> dict[int, str]:
    """Return the officers (number: login) whose roles allow the act at this instant."""
    roles = sorted(role.value for role in permission.roles)
    asked = {"roles": roles, "programme": programme, "at": at}
    return {row.officer_id: row.login for row in connection.execute(_HOLDERS, asked)}


def _refuse_unknown(
    connection: sa.Connection, officer_id: int, permission: Permission, *, at: datetime
) -> None:
    officer = connection.execute(_OFFICER, {"officer_id": officer_id}).one_or_none()
    if officer is None:
        raise Refused(
            "unknown",
            f"There is no officer {officer_id}, so nobody would answer for '{permission.verb}'. "
            "An administrator adds officers.",
        )
    if officer.disabled_at is not None and officer.disabled_at <= at:
        raise Refused(
            "disabled",
            f"Officer {officer_id} was disabled on {officer.disabled_at:%d %b %Y} and may do "
            f"nothing, '{permission.verb}' included.",
        )


def _either(roles: frozenset[Role]) -> str:
    return " or ".join(sorted(role.value.replace("_", " ") for role in roles))


def _could(count: int) -> str:
    if count == 0:
        return "Nobody else can yet; an administrator grants roles."
    return "One other officer can." if count == 1 else f"{count} other officers can."
