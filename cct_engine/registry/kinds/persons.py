"""Persons: who they are, and which household they live and are counted in.

Names and identity numbers go to schema ``identity``; an identity number is kept as a token only.
A person whose row names a second open household is ``claimed`` there until the first one ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.registry.bitemporal import Versioned, write_versions
from cct_engine.registry.intake.fields import FeedKind, Field, FieldType, RowRule, Written
from cct_engine.registry.intake.stage import (
    counted,
    drop_rejected,
    reject,
    settle_doubles,
    work_table,
    write_new,
)
from cct_engine.registry.kinds.households import own_attributes
from cct_engine.registry.kinds.stays import write_stays
from cct_engine.registry.tokens import token_sql

if TYPE_CHECKING:
    import sqlalchemy as sa

    from cct_engine.registry.bitemporal import Stamp
    from cct_engine.registry.intake.fields import Intake

__all__ = ["PERSONS"]

_VITALS = Versioned(
    "registry.person_vitals",
    keys=("person_id",),
    values=("birth_date", "birth_date_quality", "sex"),
)
_PROFILE = Versioned(
    "registry.person_profile",
    keys=("person_id",),
    values=("disability", "pregnant", "is_mother", "grade"),
    merged=("attributes",),
)
_NAME = Versioned(
    "identity.person_name",
    keys=("person_id", "kind", "script"),
    values=("as_written", "given", "family"),
)
_IDENTIFIER = Versioned(
    "identity.person_identifier",
    keys=("person_id", "scheme", "token"),
    values=("last4", "status"),
)


def _prepare(intake: Intake) -> int:
    connection = intake.connection
    work_table(
        connection,
        "resolved",
        """
        SELECT s.*, p.person_id, h.household_id
        FROM pg_temp.stage s
        LEFT JOIN registry.person_reference p ON p.issued_by = :issued_by AND p.reference = s.person
        LEFT JOIN registry.household_reference h ON h.issued_by = :issued_by
            AND h.reference = s.household""",
        intake.parameters,
    )
    reject(
        connection, "resolved", [RowRule("household", "unknown_reference", "household_id IS NULL")]
    )
    drop_rejected(connection, "resolved")
    own = tuple(intake.declaration.attributes)
    repeated = settle_doubles(
        connection,
        "resolved",
        key=["person", "household_id", "joined_on"],
        values=[field.name for field in _FIELDS if field.name not in {"person", "household"}]
        + [*own],
        field="person",
        last_wins=intake.declaration.conflicts == "last_wins",
    )
    _refuse_overlaps(connection)
    return repeated


def _refuse_overlaps(connection: sa.Connection) -> None:
    """Two stays of one person in one household at one time: nobody knows which is meant."""
    work_table(
        connection,
        "overlapping",
        """
        SELECT * FROM (
            SELECT row_number, joined_on,
                   lag(row_number) OVER stay AS other_row,
                   lag(coalesce(left_on, 'infinity')) OVER stay AS other_left
            FROM pg_temp.resolved WINDOW stay AS (PARTITION BY person, household_id
                ORDER BY joined_on)
        ) s WHERE other_left > joined_on""",
    )
    reject(
        connection, "overlapping", [RowRule("joined_on", "overlap", "true")], other_row="other_row"
    )
    drop_rejected(connection, "resolved")


def _write(intake: Intake, stamp: Stamp) -> Written:
    connection = intake.connection
    bound = stamp.bound() | dict(intake.parameters)
    write_new(connection, "person", bound)
    # What is said of the person is taken from the row of the newest stay.
    work_table(
        connection,
        "newest",
        "SELECT DISTINCT ON (person_id) * FROM pg_temp.kept"
        " ORDER BY person_id, joined_on DESC, row_number DESC",
    )
    _write_attributes(intake, stamp)
    _write_identity(intake, stamp)
    write_stays(connection, "kept", intake.collected_on, stamp)
    return Written(*counted(connection, "kept"))


def _write_attributes(intake: Intake, stamp: Stamp) -> None:
    connection, day = intake.connection, {"collected_on": intake.collected_on}
    write_versions(
        connection,
        _VITALS,
        """
        SELECT row_number, person_id, DATE '-infinity' AS since,
               CAST(:collected_on AS date) AS collected_on, birth_date,
               birth_date_quality, sex
        FROM pg_temp.newest WHERE birth_date IS NOT NULL OR sex IS NOT NULL""",
        stamp,
        day,
    )
    write_versions(
        connection,
        _PROFILE,
        f"""
        SELECT row_number, person_id, CAST(:collected_on AS date) AS since,
               CAST(:collected_on AS date) AS collected_on, disability, pregnant, is_mother, grade,
               {own_attributes(intake)} || jsonb_strip_nulls(jsonb_build_object(
                   'finished_basic_education', finished_basic_education)) AS attributes
        FROM pg_temp.newest""",
        stamp,
        day,
    )


def _write_identity(intake: Intake, stamp: Stamp) -> None:
    connection, day = intake.connection, {"collected_on": intake.collected_on}
    write_versions(
        connection,
        _NAME,
        """
        SELECT row_number, person_id, 'legal' AS kind, 'Latn' AS script, DATE '-infinity' AS since,
               CAST(:collected_on AS date) AS collected_on,
               concat_ws(' ', given_name, family_name) AS as_written,
               given_name AS given, family_name AS family
        FROM pg_temp.newest WHERE given_name IS NOT NULL OR family_name IS NOT NULL""",
        stamp,
        day,
    )
    # An identifier that is known keeps what has been found out about it.
    write_versions(
        connection,
        _IDENTIFIER,
        f"""
        SELECT s.row_number, s.person_id, s.scheme, s.token, DATE '-infinity' AS since,
               CAST(:collected_on AS date) AS collected_on, right(s.number, 4) AS last4,
               'claimed' AS status
        FROM (SELECT row_number, person_id, national_id_scheme AS scheme, national_id AS number,
                     {token_sql("national_id_scheme", "national_id")} AS token
              FROM pg_temp.newest WHERE national_id IS NOT NULL) s
        LEFT JOIN identity.person_identifier i ON i.person_id = s.person_id AND i.scheme = s.scheme
              AND i.token = s.token AND i.known_to = 'infinity'
        WHERE i.person_id IS NULL""",
        stamp,
        day | {name: intake.parameters[name] for name in ("inner", "outer")},
    )


_FIELDS = (
    Field("person", FieldType.REFERENCE, required=True),
    Field("household", FieldType.REFERENCE, required=True),
    Field("given_name", FieldType.TEXT, private=True),
    Field("family_name", FieldType.TEXT, private=True),
    Field("sex", FieldType.CHOICE, choices=("F", "M", "X")),
    Field("birth_date", FieldType.DATE, private=True),
    Field(
        "birth_date_quality",
        FieldType.CHOICE,
        choices=("exact", "month", "year", "estimated", "default"),
    ),
    Field("relationship", FieldType.CODE),
    Field("responsible", FieldType.FLAG),
    Field("joined_on", FieldType.DATE, required=True),
    Field("left_on", FieldType.DATE),
    Field("national_id_scheme", FieldType.CODE),
    Field("national_id", FieldType.NUMBER, private=True),
    Field("disability", FieldType.FLAG),
    Field("grade", FieldType.CODE),
    Field("finished_basic_education", FieldType.FLAG),
    Field("pregnant", FieldType.FLAG),
    Field("is_mother", FieldType.FLAG),
)

PERSONS = FeedKind(
    name="persons",
    fields=_FIELDS,
    rules=(
        RowRule("birth_date", "in_the_future", "birth_date > :collected_on"),
        RowRule("left_on", "ends_before_it_begins", "left_on <= joined_on"),
        RowRule(
            "national_id",
            "half_an_identifier",
            "(national_id IS NULL) <> (national_id_scheme IS NULL)",
        ),
    ),
    prepare=_prepare,
    write=_write,
    tables=(
        "registry.person",
        "registry.person_reference",
        "registry.person_vitals",
        "registry.person_profile",
        "registry.membership",
        "identity.person_name",
        "identity.person_identifier",
    ),
    own_attributes=True,
)
