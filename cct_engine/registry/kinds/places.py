"""Areas and centres: code lists. A code is never reused and keeps its meaning."""

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

__all__ = ["AREAS", "CENTRES", "known_code_differs"]


def known_code_differs(connection: sa.Connection, differs: str) -> None:
    """Reject rows of ``pg_temp.kept`` whose code is known with other values."""
    reject(connection, "kept", [RowRule("code", "code_taken", f"NOT is_new AND ({differs})")])
    drop_rejected(connection, "kept")


def _prepare_areas(intake: Intake) -> int:
    connection = intake.connection
    repeated = settle_doubles(
        connection,
        "stage",
        key=["code"],
        values=["level", "parent", "title", "valid_from"],
        field="code",
        last_wins=intake.declaration.conflicts == "last_wins",
    )
    work_table(
        connection,
        "resolved",
        "SELECT s.*, a.area_id, a.level AS known_level, a.title AS known_title, p.code AS "
        "known_parent FROM pg_temp.stage s LEFT JOIN registry.area a ON a.code = s.code LEFT JOIN "
        "registry.area p ON p.area_id = a.parent_id",
    )
    number_new(
        connection, "kept", "resolved", key="code", identifier="area_id", table="registry.area"
    )
    known_code_differs(
        connection,
        "level <> known_level OR title <> known_title OR parent IS DISTINCT FROM known_parent",
    )
    nowhere = (
        "parent IS NOT NULL AND parent NOT IN (SELECT code FROM registry.area)"
        " AND parent NOT IN (SELECT k.code FROM pg_temp.kept k)"
    )
    reject(connection, "kept", [RowRule("parent", "unknown_code", nowhere)])
    drop_rejected(connection, "kept")
    return repeated


def _write_areas(intake: Intake, stamp: Stamp) -> Written:
    connection = intake.connection
    loaded = connection.execute(
        sa.text("""
            INSERT INTO registry.area (area_id, code, level, parent_id, title, valid_from, act_id)
            SELECT k.area_id, k.code, k.level, coalesce(p.area_id, n.area_id), k.title,
                   coalesce(k.valid_from, '-infinity'), :act_id
            FROM pg_temp.kept k
            LEFT JOIN registry.area p ON p.code = k.parent
            LEFT JOIN pg_temp.kept n ON n.code = k.parent
            WHERE k.is_new ORDER BY k.area_id"""),
        {"act_id": stamp.act_id},
    ).rowcount
    return Written(loaded, scalar(connection, "SELECT count(*) FROM pg_temp.kept") - loaded)


def _prepare_centres(intake: Intake) -> int:
    connection = intake.connection
    repeated = settle_doubles(
        connection,
        "stage",
        key=["code"],
        values=["title", "area", "valid_from"],
        field="code",
        last_wins=intake.declaration.conflicts == "last_wins",
    )
    work_table(
        connection,
        "resolved",
        "SELECT s.*, a.area_id, c.centre_id, c.title AS known_title, c.area_id AS known_area"
        " FROM pg_temp.stage s LEFT JOIN registry.area a ON a.code = s.area"
        " LEFT JOIN registry.centre c ON c.code = s.code",
    )
    number_new(
        connection, "kept", "resolved", key="code", identifier="centre_id", table="registry.centre"
    )
    unknown = "area IS NOT NULL AND area_id IS NULL"
    reject(connection, "kept", [RowRule("area", "unknown_code", unknown)])
    drop_rejected(connection, "kept")
    known_code_differs(connection, "title <> known_title OR area_id IS DISTINCT FROM known_area")
    return repeated


def _write_centres(intake: Intake, stamp: Stamp) -> Written:
    connection = intake.connection
    loaded = connection.execute(
        sa.text("""
            INSERT INTO registry.centre (centre_id, code, title, area_id, valid_from, act_id)
            SELECT centre_id, code, title, area_id, coalesce(valid_from, '-infinity'), :act_id
            FROM pg_temp.kept WHERE is_new ORDER BY centre_id"""),
        {"act_id": stamp.act_id},
    ).rowcount
    return Written(loaded, scalar(connection, "SELECT count(*) FROM pg_temp.kept") - loaded)


AREAS = FeedKind(
    name="areas",
    fields=(
        Field("code", FieldType.CODE, required=True),
        Field("level", FieldType.CODE, required=True),
        Field("parent", FieldType.CODE),
        Field("title", FieldType.TEXT, required=True),
        Field("valid_from", FieldType.DATE),
    ),
    rules=(),
    prepare=_prepare_areas,
    write=_write_areas,
)

CENTRES = FeedKind(
    name="centres",
    fields=(
        Field("code", FieldType.CODE, required=True),
        Field("title", FieldType.TEXT, required=True),
        Field("area", FieldType.CODE),
        Field("valid_from", FieldType.DATE),
    ),
    rules=(),
    prepare=_prepare_centres,
    write=_write_centres,
)
