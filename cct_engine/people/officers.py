"""Officers and their roles: added, granted, revoked and disabled by an administrator.

Nobody grants a role to themselves, and an administrator has no business role: who runs the
machine may not move the money. The first administrator is added by the engine itself, once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa
import structlog

from cct_engine.people.accountable import accountable
from cct_engine.people.permissions import ENGINE, OFFICE, Refused, Role, authorise

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.database import Database

__all__ = [
    "BREAK_GLASS_HOURS_MAX",
    "Lent",
    "add",
    "break_glass",
    "disable",
    "grant",
    "lent",
    "revoke",
]

BREAK_GLASS_HOURS_MAX: Final = 8
_REASON_MIN: Final = 15
_LOCK: Final = sa.text("LOCK TABLE people.role_grant IN SHARE ROW EXCLUSIVE MODE")


class Lent(NamedTuple):
    """A role that an officer has in an emergency, until it ends by itself; None: everywhere."""

    login: str
    role: Role
    programme: str | None
    until: datetime


def lent(connection: sa.Connection, *, at: datetime) -> list[Lent]:
    """Return every role that is lent in an emergency now: only such a grant has an end to come."""
    rows = connection.execute(
        sa.text(
            "SELECT o.login, g.role, g.programme, g.revoked_at FROM people.role_grant g "
            "JOIN people.officer o USING (officer_id) "
            "WHERE g.granted_at <= :at AND g.revoked_at > :at AND o.disabled_at IS NULL "
            "ORDER BY g.revoked_at, o.login"
        ),
        {"at": at},
    )
    return [Lent(row.login, Role(row.role), row.programme, row.revoked_at) for row in rows]


def add(database: Database, *, login: str, at: datetime, by: int) -> int:
    """Add an officer without any role and return the number."""
    with accountable(
        database, at=at, officer_id=by, verb="officer.add", subject=f"officer/{login}"
    ) as deed:
        deed.connection.execute(_LOCK)
        _authorise(deed.connection, "officer.add", by=by, at=at)
        officer_id = deed.connection.execute(
            sa.text(
                "INSERT INTO people.officer (officer_id, login, created_at) "
                "SELECT max(officer_id) + 1, :login, :at FROM people.officer "
                "ON CONFLICT (login) DO NOTHING RETURNING officer_id"
            ),
            {"login": login, "at": at},
        ).scalar()
        if officer_id is None:
            raise Refused("known", f"There is an officer {login} already; logins are given once.")
        deed.detail["officer_id"] = officer_id
        return int(officer_id)


def grant(
    database: Database,
    *,
    officer_id: int,
    role: Role,
    programme: str | None = None,
    centre_id: int | None = None,
    at: datetime,
    by: int,
) -> None:
    """Grant a role for one programme, or for all when ``programme`` is None.

    ``centre_id`` narrows it to the households of one centre. Granting what is already granted
    changes nothing. Raises ``Refused`` when an officer would grant to themselves or would be
    administrator and something else at once.
    """
    subject = f"officer/{officer_id}"
    with accountable(database, at=at, officer_id=by, verb="role.grant", subject=subject) as deed:
        deed.connection.execute(_LOCK)
        _authorise(deed.connection, "role.grant", by=by, at=at)
        if officer_id == by:
            raise Refused("own_work", "No one grants a role to themselves; ask another one.")
        held = _roles(deed.connection, officer_id, at)
        _refuse_mixture(held | {role}, officer_id)
        deed.detail.update(role=role.value, programme=programme)
        if centre_id is not None:
            deed.detail.update(centre_id=centre_id)
        granted = deed.connection.execute(
            sa.text(
                "INSERT INTO people.role_grant (officer_id, role, programme, centre_id, granted_at)"
                " SELECT :officer_id, :role, :programme, :centre_id, :at WHERE NOT EXISTS (SELECT 1"
                " FROM people.role_grant WHERE officer_id = :officer_id AND role = :role"
                " AND programme IS NOT DISTINCT FROM CAST(:programme AS text)"
                " AND centre_id IS NOT DISTINCT FROM CAST(:centre_id AS integer)"
                " AND (revoked_at IS NULL OR revoked_at > :at))"
            ),
            {
                "officer_id": officer_id,
                "role": role.value,
                "programme": programme,
                "centre_id": centre_id,
                "at": at,
            },
        )
        deed.recorded = granted.rowcount == 1


def revoke(
    database: Database, *, officer_id: int, role: Role, programme: str | None, at: datetime, by: int
) -> None:
    """End a role from ``at`` on. Raises ``Refused`` when the officer does not have it."""
    subject = f"officer/{officer_id}"
    with accountable(database, at=at, officer_id=by, verb="role.revoke", subject=subject) as deed:
        deed.connection.execute(_LOCK)
        _authorise(deed.connection, "role.revoke", by=by, at=at)
        deed.detail.update(role=role.value, programme=programme)
        revoked = deed.connection.execute(
            sa.text(
                "UPDATE people.role_grant SET revoked_at = :at WHERE officer_id = :officer_id "
                "AND role = :role AND programme IS NOT DISTINCT FROM CAST(:programme AS text) "
                "AND revoked_at IS NULL"
            ),
            {"officer_id": officer_id, "role": role.value, "programme": programme, "at": at},
        )
        if revoked.rowcount == 0:
            raise Refused("absent", f"Officer {officer_id} does not have the role {role.value}.")


def break_glass(
    database: Database,
    *,
    officer_id: int,
    role: Role,
    programme: str,
    hours: int,
    reason: str,
    at: datetime,
    by: int,
) -> None:
    """Grant a role in an emergency: for one programme, for hours, with a reason, said loudly.

    It ends by itself. Segregation stays as it is: whoever prepared a cycle cannot sign it by this
    either. Raises ``Refused`` like ``grant``, and for a reason or a time that is none.
    """
    subject = f"officer/{officer_id}"
    with accountable(
        database, at=at, officer_id=by, verb="role.break_glass", subject=subject
    ) as deed:
        deed.connection.execute(_LOCK)
        authorise(deed.connection, OFFICE["role.break_glass"], officer_id=by, at=at)
        if officer_id == by:
            raise Refused("own_work", "No one grants a role to themselves; ask another one.")
        if role is Role.ADMINISTRATOR or not 1 <= hours <= BREAK_GLASS_HOURS_MAX:
            raise Refused(
                "too_much",
                f"In an emergency a business role is lent for 1 to {BREAK_GLASS_HOURS_MAX} hours.",
            )
        if len(reason.strip()) < _REASON_MIN:
            raise Refused(
                "reason",
                f"Reason: write at least {_REASON_MIN} characters, so that an auditor understands "
                "it in five years.",
            )
        _refuse_mixture(_roles(deed.connection, officer_id, at) | {role}, officer_id)
        deed.connection.execute(
            sa.text(
                "INSERT INTO people.role_grant (officer_id, role, programme, granted_at,"
                " revoked_at) VALUES (:officer_id, :role, :programme, :at, :until)"
            ),
            {
                "officer_id": officer_id,
                "role": role.value,
                "programme": programme,
                "at": at,
                "until": at + timedelta(hours=hours),
            },
        )
        deed.detail.update(role=role.value, programme=programme, hours=hours, reason=reason.strip())
    structlog.get_logger().error(
        "people.break_glass", officer_id=officer_id, role=role.value, programme=programme, by=by
    )


def disable(database: Database, *, officer_id: int, at: datetime, by: int) -> None:
    """Shut an officer out from ``at`` on; what they did stays, under their number."""
    subject = f"officer/{officer_id}"
    with accountable(
        database, at=at, officer_id=by, verb="officer.disable", subject=subject
    ) as deed:
        _authorise(deed.connection, "officer.disable", by=by, at=at)
        disabled = deed.connection.execute(
            sa.text(
                "UPDATE people.officer SET disabled_at = :at "
                "WHERE officer_id = :officer_id AND disabled_at IS NULL AND officer_id > 2"
            ),
            {"officer_id": officer_id, "at": at},
        )
        if disabled.rowcount == 0:
            raise Refused("absent", f"There is no officer {officer_id} who could be disabled.")


def _authorise(connection: sa.Connection, verb: str, *, by: int, at: datetime) -> None:
    if by == ENGINE and not _has_administrator(connection):
        return
    authorise(connection, OFFICE[verb], officer_id=by, at=at)


def _has_administrator(connection: sa.Connection) -> bool:
    found = connection.execute(
        sa.text("SELECT EXISTS (SELECT 1 FROM people.role_grant WHERE role = 'administrator')")
    )
    return bool(found.scalar_one())


def _roles(connection: sa.Connection, officer_id: int, at: datetime) -> set[Role]:
    rows = connection.execute(
        sa.text(
            "SELECT role FROM people.role_grant WHERE officer_id = :officer_id "
            "AND (revoked_at IS NULL OR revoked_at > :at)"
        ),
        {"officer_id": officer_id, "at": at},
    )
    return {Role(role) for role in rows.scalars()}


def _refuse_mixture(roles: set[Role], officer_id: int) -> None:
    if Role.ADMINISTRATOR in roles and len(roles) > 1:
        raise Refused(
            "mixture",
            f"Officer {officer_id} would be administrator and {len(roles) - 1} other role(s). "
            "Who grants roles may not move money: use two officers.",
        )
