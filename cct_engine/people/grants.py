"""Roles as they hold now, and how far each reaches: over which programmes, over which centres."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cct_engine.people.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Grant", "centres_of", "programmes_of", "roles_of"]


class Grant(NamedTuple):
    """A role as it holds now; None means every programme, every centre."""

    role: Role
    programme: str | None
    centre_id: int | None


def roles_of(grants: Collection[Grant]) -> frozenset[Role]:
    """Return the roles, wherever they hold."""
    return frozenset(grant.role for grant in grants)


def programmes_of(grants: Collection[Grant], roles: frozenset[Role]) -> frozenset[str] | None:
    """Return the programmes in which one of the roles holds; None: in every one."""
    held = [grant.programme for grant in grants if grant.role in roles]
    return None if None in held else frozenset(one for one in held if one is not None)


def centres_of(grants: Collection[Grant], roles: frozenset[Role]) -> frozenset[int] | None:
    """Return the centres whose households one of the roles opens; None: every one.

    Only centre staff are bound to a centre. A role that is not asked about opens nothing here: who
    is an analyst beside it looks up no more names than the centre's.
    """
    held = [grant for grant in grants if grant.role in roles]
    if any(grant.role is not Role.CENTRE_STAFF or grant.centre_id is None for grant in held):
        return None
    return frozenset(grant.centre_id for grant in held if grant.centre_id is not None)
