"""Officers, and accounts of payees that wait for a second person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cct_engine.api.values.base import Body, Count, LongNumber, Value
from cct_engine.people import Role

__all__ = [
    "AccountPage",
    "Confirmed",
    "Found",
    "FoundPage",
    "Looked",
    "NewOfficer",
    "OfficerPage",
    "OfficerValue",
    "RoleAsked",
]


class GrantValue(Value):
    """A role, where it holds, and until when if it is lent; null: everywhere, no end."""

    role: str
    programme: str | None
    centre: str | None
    until: datetime | None


class OfficerValue(Value):
    """An officer and what they may do."""

    officer_id: int
    login: str
    created_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None
    grants: list[GrantValue]


class OfficerPage(Value):
    """Officers in the order in which they were added."""

    items: list[OfficerValue]


class NewOfficer(Body):
    """Who is added."""

    login: Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{1,39}$")]


class RoleAsked(Body):
    """A role, for one programme or for every one."""

    role: Annotated[Role, Field(strict=False)]
    programme: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$")] | None = None


class AccountValue(Value):
    """A changed account of a payee: it is paid after a second person has confirmed it."""

    account_id: int
    person_id: int
    kind: str
    last4: str
    proposed_by: str | None
    proposed_at: datetime


class AccountPage(Value):
    """Changed accounts that wait, the oldest first."""

    items: list[AccountValue]
    count: Count


class Confirmed(Body):
    """Which changes are confirmed."""

    account_ids: Annotated[list[LongNumber], Field(min_length=1, max_length=1000)]


class Looked(Body):
    """A name, telephone, account or identity number: in the body, never in an address."""

    asked: Annotated[str, Field(min_length=2, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Found(Value):
    """A household that was looked for."""

    household: str
    zone: str
    municipality: str
    centre: str | None
    member_count: Count


class FoundPage(Value):
    """Households found, thirty at most."""

    items: list[Found]
