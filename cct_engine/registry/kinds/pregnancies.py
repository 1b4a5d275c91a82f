"""Pregnancies: when they began, were registered, and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.registry.bitemporal import Versioned, write_versions
from cct_engine.registry.intake.fields import FeedKind, Field, FieldType, RowRule, Written
from cct_engine.registry.intake.stage import (
    counted,
    drop_rejected,
    number_new,
    reject,
    settle_doubles,
    work_table,
)
from cct_engine.registry.kinds.households import own_attributes

if TYPE_CHECKING:
    from cct_engine.registry.bitemporal import Stamp
    from cct_engine.registry.intake.fields import Intake

__all__ = ["PREGNANCIES"]

_PREGNANCY = Versioned(
    "registry.pregnancy",
    keys=("pregnancy_id",),
    values=("person_id", "lmp_on", "registered_on", "delivery_on"),
    merged=("attributes",),
)


def _prepare(intake: Intake) -> int:
    connection = intake.connection
    repeated = settle_doubles(
        connection,
        "stage",
        key=["pregnancy"],
        values=["person", "lmp_on", "registered_on", "delivery_on", *intake.declaration.attributes],
        field="pregnancy",
        last_wins=intake.declaration.conflicts == "last_wins",
    )
    work_table(
        connection,
        "resolved",
        """
        SELECT s.*, p.person_id, r.pregnancy_id
        FROM pg_temp.stage s
        LEFT JOIN registry.person_reference p ON p.issued_by = :issued_by AND p.reference = s.person
        LEFT JOIN registry.pregnancy_reference r ON r.issued_by = :issued_by
            AND r.reference = s.pregnancy""",
        intake.parameters,
    )
    reject(connection, "resolved", [RowRule("person", "unknown_reference", "person_id IS NULL")])
    drop_rejected(connection, "resolved")
    return repeated


def _write(intake: Intake, stamp: Stamp) -> Written:
    connection = intake.connection
    number_new(
        connection,
        "kept",
        "resolved",
        key="pregnancy",
        identifier="pregnancy_id",
        table="registry.pregnancy",
    )
    connection.execute(
        sa.text(
            "INSERT INTO registry.pregnancy_reference (issued_by, reference, pregnancy_id, act_id)"
            " SELECT :issued_by, pregnancy, pregnancy_id, :act_id FROM pg_temp.kept WHERE is_new"
        ),
        stamp.bound() | dict(intake.parameters),
    )
    write_versions(
        connection,
        _PREGNANCY,
        f"""
        SELECT row_number, pregnancy_id, DATE '-infinity' AS since,
               CAST(:collected_on AS date) AS collected_on, person_id, lmp_on, registered_on,
               delivery_on, {own_attributes(intake)} AS attributes
        FROM pg_temp.kept""",
        stamp,
        {"collected_on": intake.collected_on},
    )
    return Written(*counted(connection, "kept"))


PREGNANCIES = FeedKind(
    name="pregnancies",
    fields=(
        Field("pregnancy", FieldType.REFERENCE, required=True),
        Field("person", FieldType.REFERENCE, required=True),
        Field("lmp_on", FieldType.DATE),
        Field("registered_on", FieldType.DATE, required=True),
        Field("delivery_on", FieldType.DATE),
    ),
    rules=(
        RowRule("registered_on", "in_the_future", "registered_on > :collected_on"),
        RowRule("delivery_on", "ends_before_it_begins", "delivery_on < lmp_on"),
    ),
    prepare=_prepare,
    write=_write,
    tables=(
        "registry.pregnancy",
        "registry.pregnancy_reference",
    ),
    own_attributes=True,
)
