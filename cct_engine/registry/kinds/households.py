"""Households: where they live, what they declared, which centre looks after them."""

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

if TYPE_CHECKING:
    from cct_engine.registry.bitemporal import Stamp
    from cct_engine.registry.intake.fields import Intake

__all__ = ["HOUSEHOLDS", "own_attributes"]

_ATTRIBUTES = ("kind", "zone", "municipality", "urban", "income_total", "updated_on")

_PROFILE = Versioned(
    table="registry.household_profile",
    keys=("household_id",),
    values=(
        "kind",
        "area_id",
        "zone",
        "municipality",
        "urban",
        "income_total_minor",
        "updated_on",
    ),
    merged=("attributes",),
)
_CENTRE = Versioned("registry.household_centre", keys=("household_id",), values=("centre_id",))


def own_attributes(intake: Intake) -> str:
    """Return the SQL of a row's own attributes: a jsonb of those that are told."""
    members = ", ".join(f"'{name}', {name}" for name in intake.declaration.attributes)
    return f"jsonb_strip_nulls(jsonb_build_object({members}))" if members else "'{}'::jsonb"


def _prepare(intake: Intake) -> int:
    connection = intake.connection
    own = tuple(intake.declaration.attributes)
    repeated = settle_doubles(
        connection,
        "stage",
        key=["household"],
        values=[*_ATTRIBUTES, "area", "centre", *own],
        field="household",
        last_wins=intake.declaration.conflicts == "last_wins",
    )
    work_table(
        connection,
        "resolved",
        """
        SELECT s.*, h.household_id, a.area_id, c.centre_id, p.updated_on AS known_on
        FROM pg_temp.stage s
        LEFT JOIN registry.household_reference h ON h.issued_by = :issued_by
            AND h.reference = s.household
        LEFT JOIN registry.area a ON a.code = s.area
        LEFT JOIN registry.centre c ON c.code = s.centre
        LEFT JOIN registry.household_profile p ON p.household_id = h.household_id
              AND p.known_to = 'infinity' AND p.valid_to = 'infinity'""",
        intake.parameters,
    )
    reject(
        connection,
        "resolved",
        [
            RowRule("area", "unknown_code", "area IS NOT NULL AND area_id IS NULL"),
            RowRule("centre", "unknown_code", "centre IS NOT NULL AND centre_id IS NULL"),
            RowRule("updated_on", "older_than_known", "updated_on < known_on"),
        ],
    )
    drop_rejected(connection, "resolved")
    return repeated


def _write(intake: Intake, stamp: Stamp) -> Written:
    connection = intake.connection
    bound = stamp.bound() | dict(intake.parameters)
    write_new(connection, "household", bound)
    write_versions(
        connection,
        _PROFILE,
        f"""
        SELECT row_number, household_id, coalesce(updated_on, CAST(:collected_on AS date)) AS since,
               coalesce(updated_on, CAST(:collected_on AS date)) AS collected_on,
               kind, area_id, zone, municipality, urban, income_total AS income_total_minor,
               updated_on, {own_attributes(intake)} AS attributes
        FROM pg_temp.kept""",
        stamp,
        {"collected_on": intake.collected_on},
    )
    write_versions(
        connection,
        _CENTRE,
        """
        SELECT row_number, household_id, CAST(:collected_on AS date) AS since,
               CAST(:collected_on AS date) AS collected_on, centre_id
        FROM pg_temp.kept WHERE centre_id IS NOT NULL""",
        stamp,
        {"collected_on": intake.collected_on},
    )
    return Written(*counted(connection, "kept"))


HOUSEHOLDS = FeedKind(
    name="households",
    fields=(
        Field("household", FieldType.REFERENCE, required=True),
        Field(
            "kind",
            FieldType.CHOICE,
            required=True,
            choices=("family", "single", "child_headed", "homeless", "institution"),
        ),
        Field("area", FieldType.CODE),
        Field("zone", FieldType.TEXT),
        Field("municipality", FieldType.TEXT),
        Field("urban", FieldType.FLAG),
        Field("centre", FieldType.CODE),
        Field("income_total", FieldType.MONEY),
        Field("updated_on", FieldType.DATE),
    ),
    rules=(RowRule("updated_on", "in_the_future", "updated_on > :collected_on"),),
    prepare=_prepare,
    write=_write,
    tables=(
        "registry.household",
        "registry.household_reference",
        "registry.household_profile",
        "registry.household_centre",
    ),
    own_attributes=True,
)
