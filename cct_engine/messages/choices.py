"""Whether a family wants short messages, at which telephone, in which language.

Nobody is written to who did not agree, and who takes it back is written to no more. The number is
personal data: it stands in ``identity`` and in the gateway's file, in no act and no log.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine import registry
from cct_engine.people import Permission, Refused, Role, accountable, acts, authorise

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.database import Database

__all__ = ["LANGUAGES", "choose"]

LANGUAGES: Final = ("en", "hi", "pt", "es")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_PERMISSION: Final = Permission(
    "notice.choose", frozenset({Role.CASE_WORKER, Role.MAKER, Role.CENTRE_STAFF})
)


def choose(
    database: Database,
    *,
    household_id: int,
    phone: str | None,
    language: str,
    token_key: bytes,
    at: datetime,
    by: int,
) -> None:
    """Keep a family's choice: a telephone (``+`` and country code) to agree, None to refuse.

    Raises ``Refused`` for a household that is not there, a number or a language that is none.
    """
    subject = f"household/{household_id}"
    with accountable(database, at=at, officer_id=by, verb="notice.choose", subject=subject) as deed:
        connection = deed.connection
        authorise(connection, _PERMISSION, officer_id=by, at=at)
        if language not in LANGUAGES:
            raise Refused("language", f"Languages are {', '.join(LANGUAGES)}.")
        person_id = _responsible(connection, household_id)
        act = acts.record(
            connection,
            at=at,
            officer_id=by,
            verb="notice.choose",
            subject=subject,
            outcome="done",
            detail={"agreed": phone is not None, "language": language},
        )
        deed.recorded = False  # it is, just now: the rows below carry its number
        if phone is not None:
            if _PHONE.fullmatch(phone) is None:
                raise Refused("phone", "A telephone is written as + with its country code, digits.")
            _keep_phone(connection, person_id, phone, token_key, at=at, act_id=act.act_id)
        connection.execute(
            sa.text(
                "INSERT INTO notice.choice (household_id, chosen_at, agreed, language, since,"
                " act_id) VALUES (:household_id, :at, :agreed, :language, :since, :act_id)"
            ),
            {
                "household_id": household_id,
                "at": at,
                "agreed": phone is not None,
                "language": language,
                "since": at.date(),
                "act_id": act.act_id,
            },
        )


def _responsible(connection: sa.Connection, household_id: int) -> int:
    found = connection.execute(
        sa.text(
            "SELECT person_id FROM registry.membership WHERE household_id = :household_id"
            " AND status = 'counted' AND known_to = 'infinity' AND valid_to = 'infinity'"
            " ORDER BY responsible DESC NULLS LAST, person_id LIMIT 1"
        ),
        {"household_id": household_id},
    ).scalar()
    if found is None:
        raise Refused("absent", f"There is nobody in household {household_id} to write to.")
    return int(found)


def _keep_phone(
    connection: sa.Connection,
    person_id: int,
    phone: str,
    token_key: bytes,
    *,
    at: datetime,
    act_id: int,
) -> None:
    """End what was known of the person's telephone, and know this one from now on."""
    connection.execute(
        sa.text(
            "UPDATE identity.person_contact SET known_to = :at WHERE person_id = :person_id"
            " AND kind = 'phone' AND known_to = 'infinity'"
        ),
        {"person_id": person_id, "at": at},
    )
    connection.execute(
        sa.text(
            "INSERT INTO identity.person_contact (person_id, kind, as_given, token, valid_from,"
            " known_from, source_id, collected_on, basis, act_id)"
            " SELECT :person_id, 'phone', :phone, :token, :on, :at, source_id, :on, 'declared',"
            " :act_id FROM registry.source WHERE code = 'registry'"
        ),
        {
            "person_id": person_id,
            "phone": phone,
            "token": registry.token(token_key, "phone", phone),
            "on": at.date(),
            "at": at,
            "act_id": act_id,
        },
    )
