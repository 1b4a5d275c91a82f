"""The list of schools and clinics that may report. A code that is not on it is a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.registry.intake.fields import FeedKind, Field, FieldType, RowRule, Written
from cct_engine.registry.intake.stage import (
    drop_rejected,
    number_new,
    reject,
    scalar,
    settle_doubles,
    work_table,
)

if TYPE_CHECKING:
    from cct_engine.registry.bitemporal import Stamp
    from cct_engine.registry.intake.fields import Intake

__all__ = ["FACILITIES"]


def _prepare(intake: Intake) -> int:
    connection = intake.connection
    repeated = settle_doubles(
        connection,
        "stage",
        key=["code"],
        values=["kind", "title", "area", "valid_from"],
        field="code",
        last_wins=intake.declaration.conflicts == "last_wins",
    )
    work_table(
        connection,
        "resolved",
        "SELECT s.*, a.area_id, f.facility_id, f.title AS known_title, f.kind AS known_kind,"
        " f.area_id AS known_area FROM pg_temp.stage s LEFT JOIN registry.area a ON a.code = s.area"
        " LEFT JOIN compliance.facility f ON f.code = s.code",
    )
    number_new(
        connection,
        "kept",
        "resolved",
        key="code",
        identifier="facility_id",
        table="compliance.facility",
    )
    otherwise = (
        "NOT is_new AND (title <> known_title OR kind <> known_kind"
        " OR area_id IS DISTINCT FROM known_area)"
    )
    reject(
        connection,
        "kept",
        [
            RowRule("area", "unknown_code", "area IS NOT NULL AND area_id IS NULL"),
            RowRule("code", "code_taken", otherwise),
        ],
    )
    drop_rejected(connection, "kept")
    return repeated


def _write(intake: Intake, stamp: Stamp) -> Written:
    connection = intake.connection
    loaded = connection.execute(
        sa.text("""
            INSERT INTO compliance.facility
                (facility_id, code, kind, title, area_id, valid_from, act_id)
            SELECT facility_id, code, kind, title, area_id,
                   coalesce(valid_from, '-infinity'), :act_id
            FROM pg_temp.kept WHERE is_new ORDER BY facility_id"""),
        {"act_id": stamp.act_id},
    ).rowcount
    return Written(loaded, scalar(connection, "SELECT count(*) FROM pg_temp.kept") - loaded)


FACILITIES = FeedKind(
    name="facilities",
    fields=(
        Field("code", FieldType.CODE, required=True),
        Field("kind", FieldType.CHOICE, required=True, choices=("school", "clinic", "other")),
        Field("title", FieldType.TEXT, required=True),
        Field("area", FieldType.CODE),
        Field("valid_from", FieldType.DATE),
    ),
    rules=(),
    prepare=_prepare,
    write=_write,
    tables=("compliance.facility",),
)
