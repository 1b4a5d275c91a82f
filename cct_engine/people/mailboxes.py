"""Where officers are written to: one address each, set by an administrator or by the officer.

An address never stands in an act, a log or an error: acts say that there is one, or none any more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine.people.accountable import accountable
from cct_engine.people.permissions import ENGINE, Permission, Refused, Role, authorise

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.database import Database

__all__ = ["ADDRESS", "keep", "remove"]

ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
"""An address as mail headers take it: letters, digits and a few marks, no space, no line end."""

_LENGTH_MAX: Final = 254
_PERMISSION: Final = Permission("mailbox.set", frozenset({Role.ADMINISTRATOR}))


def keep(database: Database, *, officer_id: int, address: str, at: datetime, by: int) -> None:
    """Set where an officer is written to. Raises ``Refused`` for what is no address."""
    subject = f"officer/{officer_id}"
    with accountable(database, at=at, officer_id=by, verb="mailbox.set", subject=subject) as deed:
        _authorise(deed.connection, officer_id, at=at, by=by)
        if len(address) > _LENGTH_MAX or ADDRESS.fullmatch(address) is None:
            raise Refused(
                "address",
                "That is no mail address: letters, digits and ._%+- before one @, a host after it. "
                "Nothing was kept.",
            )
        deed.connection.execute(
            sa.text(
                "INSERT INTO people.mailbox VALUES (:officer_id, :address, :at, :by)"
                " ON CONFLICT (officer_id) DO UPDATE SET address = :address, set_at = :at,"
                " set_by = :by"
            ),
            {"officer_id": officer_id, "address": address, "at": at, "by": by},
        )


def remove(database: Database, *, officer_id: int, at: datetime, by: int) -> None:
    """Write no more to an officer. Raises ``Refused`` when there is no address."""
    subject = f"officer/{officer_id}"
    with accountable(
        database, at=at, officer_id=by, verb="mailbox.remove", subject=subject
    ) as deed:
        _authorise(deed.connection, officer_id, at=at, by=by)
        gone = deed.connection.execute(
            sa.text("DELETE FROM people.mailbox WHERE officer_id = :officer_id"),
            {"officer_id": officer_id},
        )
        if gone.rowcount == 0:
            raise Refused("absent", f"Officer {officer_id} has no mail address.")


def _authorise(connection: sa.Connection, officer_id: int, *, at: datetime, by: int) -> None:
    known = connection.execute(
        sa.text("SELECT true FROM people.officer WHERE officer_id = :officer_id"),
        {"officer_id": officer_id},
    ).scalar()
    if known is None or officer_id <= 2:  # noqa: PLR2004 - the engine and the bank are no persons
        raise Refused("absent", f"There is no officer {officer_id} who could be written to.")
    if by not in {officer_id, ENGINE}:
        authorise(connection, _PERMISSION, officer_id=by, at=at)
