"""Telephones and consent: whether a family wants messages, at which number, in which language.

Both have two times: the day on which the family said so, and when we knew it. What is older than
what is known changes nothing: a consent that comes late does not undo a refusal that came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine.registry.bitemporal import Versioned, write_versions
from cct_engine.registry.intake.fields import FeedKind, Field, FieldType, RowRule, Written
from cct_engine.registry.intake.stage import (
    counted,
    drop_rejected,
    reject,
    settle_doubles,
    work_table,
)
from cct_engine.registry.tokens import token_sql

if TYPE_CHECKING:
    from cct_engine.registry.bitemporal import Stamp
    from cct_engine.registry.intake.fields import Intake

__all__ = ["CONTACTS"]

_PHONE: Final = Versioned(
    "identity.person_contact", keys=("person_id", "kind"), values=("as_given", "token")
)
_DIGITS: Final = "regexp_replace(phone, '[ ./-]', '', 'g')"


def _prepare(intake: Intake) -> int:
    connection = intake.connection
    work_table(
        connection,
        "resolved",
        f"""
        SELECT s.row_number, s.household, h.household_id, s.person, s.agreed, s.language,
               s.agreed_on, {_DIGITS} AS phone, m.person_id, c.agreed AS known_agreed,
               c.language AS known_language, c.since AS known_since, c.chosen_at AS known_at
        FROM pg_temp.stage s
        LEFT JOIN registry.household_reference h ON h.issued_by = :issued_by
            AND h.reference = s.household
        LEFT JOIN registry.person_reference p ON p.issued_by = :issued_by AND p.reference = s.person
        LEFT JOIN LATERAL (
            SELECT person_id FROM registry.membership
            WHERE household_id = h.household_id AND status = 'counted'
              AND known_to = 'infinity' AND valid_to = 'infinity'
              AND (s.person IS NULL OR person_id = p.person_id)
            ORDER BY responsible DESC NULLS LAST, person_id LIMIT 1) m ON true
        LEFT JOIN LATERAL (
            SELECT agreed, language, chosen_at,
                   coalesce(since, CAST(chosen_at AT TIME ZONE 'UTC' AS date)) AS since
            FROM notice.choice WHERE household_id = h.household_id
            ORDER BY chosen_at DESC LIMIT 1) c ON true""",
        intake.parameters,
    )
    reject(
        connection,
        "resolved",
        [
            RowRule("household", "unknown_reference", "household_id IS NULL"),
            RowRule("person", "not_in_household", "household_id IS NOT NULL AND person_id IS NULL"),
            RowRule("agreed_on", "older_than_known", "agreed_on < known_since"),
            RowRule("household", "changed_this_instant", "known_at >= :known_at"),
        ],
        intake.parameters,
    )
    drop_rejected(connection, "resolved")
    return settle_doubles(
        connection,
        "resolved",
        key=["household_id"],
        values=["person_id", "phone", "agreed", "language", "agreed_on"],
        field="household",
        last_wins=intake.declaration.conflicts == "last_wins",
    )


def _write(intake: Intake, stamp: Stamp) -> Written:
    connection = intake.connection
    write_versions(
        connection,
        _PHONE,
        f"""
        SELECT row_number, person_id, 'phone' AS kind, agreed_on AS since,
               CAST(:collected_on AS date) AS collected_on, phone AS as_given,
               {token_sql("'phone'", "phone")} AS token
        FROM pg_temp.resolved WHERE agreed""",
        stamp,
        {name: intake.parameters[name] for name in ("inner", "outer")}
        | {"collected_on": intake.collected_on},
    )
    connection.execute(
        sa.text("""
            WITH new AS (
                INSERT INTO notice.choice (household_id, chosen_at, agreed, language, since, act_id)
                SELECT household_id, :known_at, agreed, language, agreed_on, :act_id
                FROM pg_temp.resolved
                WHERE (agreed, language, agreed_on)
                      IS DISTINCT FROM (known_agreed, known_language, known_since)
                ORDER BY household_id RETURNING household_id)
            INSERT INTO pg_temp.written
            SELECT row_number FROM pg_temp.resolved JOIN new USING (household_id)"""),
        stamp.bound(),
    )
    return Written(*counted(connection, "resolved"))


CONTACTS = FeedKind(
    name="contacts",
    fields=(
        Field("household", FieldType.REFERENCE, required=True),
        Field("person", FieldType.REFERENCE),
        Field("phone", FieldType.NUMBER, private=True),
        Field("agreed", FieldType.FLAG, required=True),
        Field("language", FieldType.CHOICE, required=True, choices=("en", "hi", "pt", "es")),
        Field("agreed_on", FieldType.DATE, required=True),
    ),
    rules=(
        RowRule("phone", "missing", "agreed AND phone IS NULL"),
        RowRule("phone", "not_a_phone", f"{_DIGITS} !~ '^[+][1-9][0-9]{{6,14}}$'"),
        RowRule("agreed_on", "in_the_future", "agreed_on > :collected_on"),
    ),
    prepare=_prepare,
    write=_write,
    tables=("notice.choice", "identity.person_contact"),
)
