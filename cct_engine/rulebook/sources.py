"""The tables of one shard: what a frozen snapshot must hold before a rulebook can be calculated.

One Parquet file per table and shard, every table sorted by ``household_id``. The compiled
statement reads them under the names ``src_household``, ``src_member``, … and nothing else.

- A date ``x`` stands three times: ``x`` (date32), ``x_day`` (days since 1970-01-01) and ``x_month``
  (year * 12 + month - 1); all three are null together. Statements never do date arithmetic.
- Money is int64 in minor units; a flag is int64 0, 1 or null; a code is text.
- Null means 'not known'. What that means for the money is said by the rulebook's ``absent:``.
- Own attributes of a rulebook follow the built-in columns of their table, in their written order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BUILT_IN",
    "RESERVED",
    "DeclaredAttribute",
    "HasAttributes",
    "SourceColumn",
    "declared_columns",
    "shard_schemas",
]


class DeclaredAttribute(Protocol):
    """An own attribute of a rulebook: what a column holds."""

    @property
    def type(self) -> str:
        """Return ``money``, ``int``, ``bool``, ``date`` or ``code``."""
        ...


class HasAttributes(Protocol):
    """The part of a rulebook that decides the columns of a shard."""

    def own_attributes(self, of: str) -> Mapping[str, DeclaredAttribute]:
        """Return the declared attributes of ``household``, ``member`` or ``pregnancy``."""
        ...


SourceColumn = tuple[str, str]
"""A column's name and its kind: id, money, int, flag, code, date or month."""

BUILT_IN: dict[str, tuple[SourceColumn, ...]] = {
    # One row per household enrolled in the programme or applying for it.
    "household": (
        ("household_id", "id"),
        ("enrolment_id", "id"),  # 0: not enrolled, an applicant
        ("enrolled", "flag"),  # 1: the enrolment is open on the cycle's first day
        ("enrolled_on", "date"),  # first day of the open enrolment; null for an applicant
        ("entitled_from", "date"),  # the first day the law pays for; null: from enrolled_on
        ("applied_on", "date"),
        ("kind", "code"),
        ("area", "code"),
        ("zone", "code"),
        ("municipality", "code"),
        ("urban", "flag"),
        ("income_total", "money"),  # per month, of all members, before the programme's money
        ("updated_on", "date"),  # last confirmation of the household's registration
    ),
    # Every person whose membership touches the cycle or an observation window.
    "member": (
        ("household_id", "id"),
        ("member_id", "id"),  # person_id
        ("birth_date", "date"),
        ("sex", "code"),  # F or M
        ("relationship", "code"),
        ("responsible", "flag"),  # the responsible person of the registration
        ("is_mother", "flag"),
        ("pregnant", "flag"),
        ("disability", "flag"),
        ("grade", "code"),
        ("joined_on", "date"),
        ("left_on", "date"),  # first day no longer a member
        ("died_on", "date"),
        ("id_digit", "code"),  # last digit of the id that the payment calendar reads
    ),
    "pregnancy": (
        ("household_id", "id"),
        ("pregnancy_id", "id"),
        ("member_id", "id"),
        ("lmp_on", "date"),
        ("registered_on", "date"),
        ("delivery_on", "date"),
        ("previous_delivery_on", "date"),
    ),
    # The latest known row per subject, kind and month. member_id 0: a fact of the household.
    "fact": (
        ("household_id", "id"),
        ("member_id", "id"),
        ("kind", "code"),  # attendance, growth_check, prenatal_visit, …
        ("month", "month"),
        ("numerator", "int"),  # a date fact: days since 1970-01-01
        ("denominator", "int"),  # 0: the facility could not report (closed); counts: 1
        ("reason", "code"),  # '' or a reason code
        ("waived", "flag"),  # 1: a waiver covers this facility or area in this month
    ),
    # Dated decisions of a person or another system. subject_id 0: the household.
    "event": (
        ("household_id", "id"),
        ("subject_id", "id"),
        ("code", "code"),  # effects_interrupted, review_hold, left_voluntarily, annul, …
        ("on_date", "date"),
        ("from_month", "month"),  # in force from this cycle month, inclusive
        ("until_month", "month"),  # last cycle month in force; null: open
        ("for_month", "month"),  # annul: the cycle month whose verdicts never happened
        ("detail", "code"),  # annul: the condition; '' for all of them
    ),
    # The latest row before this cycle per household, ladder and subject (outlet `state`).
    "state": (
        ("household_id", "id"),
        ("ladder", "code"),  # 'standing': entry, grace, exit; 'payee': the payee named
        ("subject_id", "id"),
        ("cycle_month", "month"),  # the cycle that wrote the row
        ("state", "code"),
        ("since_month", "month"),
        ("until_month", "month"),
        ("last_effect_month", "month"),
        ("phase_since_month", "month"),
        ("counter_1", "int"),
        ("counter_2", "int"),
        ("counter_3", "int"),
    ),
    # Open money of earlier cycles, one row per line still open.
    "balance": (
        ("household_id", "id"),
        ("kind", "code"),  # held, withheld, recoverable or arrears
        ("component", "code"),
        ("person_id", "id"),
        ("pregnancy_id", "id"),
        ("for_month", "month"),
        ("origin_month", "month"),  # the cycle that opened it
        ("amount", "money"),  # > 0, what is still open
        ("reason_code", "code"),  # why it was held: the line's own reason_code
    ),
    # Lines of approved cycles, sources due and arrears, of the components that
    # `Rulebook.history_components()` names. due = all four money states.
    "history": (
        ("household_id", "id"),
        ("component", "code"),
        ("person_id", "id"),
        ("pregnancy_id", "id"),
        ("for_month", "month"),
        ("due", "money"),
        ("payable", "money"),
    ),
    # Enrolments and benefits in other programmes. person_id 0: the household's.
    "enrolled_elsewhere": (
        ("household_id", "id"),
        ("person_id", "id"),
        ("programme", "code"),  # as registered, e.g. pds_card
        ("from_month", "month"),
        ("until_month", "month"),  # last month; null: open
    ),
}

RESERVED = frozenset({"household", "member", "pregnancy"})
"""The tables that take own attributes."""

_ARROW = {
    "id": pa.int64(),
    "money": pa.int64(),
    "int": pa.int64(),
    "flag": pa.int64(),
    "bool": pa.int64(),
    "code": pa.string(),
    "month": pa.int32(),
}


def declared_columns(rulebook: HasAttributes, table: str) -> tuple[SourceColumn, ...]:
    """Return the columns of a table: built in first, then the rulebook's own."""
    own: tuple[SourceColumn, ...] = ()
    if table in RESERVED:
        taken = {name for name, _ in BUILT_IN[table]}
        own = tuple(
            (name, attribute.type)
            for name, attribute in rulebook.own_attributes(table).items()
            if name not in taken
        )
    return BUILT_IN[table] + own


def shard_schemas(rulebook: HasAttributes) -> dict[str, pa.Schema]:
    """Return the exact Arrow schema of each table of a shard for a rulebook."""
    return {table: _schema(declared_columns(rulebook, table)) for table in BUILT_IN}


def _schema(columns: tuple[SourceColumn, ...]) -> pa.Schema:
    fields = []
    for name, kind in columns:
        if kind == "date":
            fields += [
                pa.field(name, pa.date32()),
                pa.field(f"{name}_day", pa.int32()),
                pa.field(f"{name}_month", pa.int32()),
            ]
        else:
            fields.append(pa.field(name, _ARROW[kind], nullable=kind != "id"))
    return pa.schema(fields)
