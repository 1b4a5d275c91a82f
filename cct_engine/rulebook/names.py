"""The names an expression may use: those every programme has, with what their absence means.

A rulebook that declares an attribute of the same name changes its ``absent:`` and its values.
"""

from __future__ import annotations

from typing import NamedTuple

from cct_engine.rulebook.tree import Type

__all__ = ["BUILT_IN_NAMES", "MOMENT_NAMES", "STANDING_NAMES", "Known"]


class Known(NamedTuple):
    """An attribute: its type, what absence means, and its codes where they are closed."""

    type: Type
    absent: str | int | bool
    values: tuple[str, ...] = ()


# absent: a value, `cycle` (the cycle's first day), `never` (9999-12-31), `long_ago` (0001-01-01)
# or `error` (the household's money is held until the value is known).
BUILT_IN_NAMES: dict[str, dict[str, Known]] = {
    "household": {
        "size": Known(Type.INT, 0),
        "income_total": Known(Type.MONEY, "error"),
        "per_capita_income": Known(Type.MONEY, "error"),
        "kind": Known(Type.CODE, ""),
        "area": Known(Type.CODE, ""),
        "zone": Known(Type.CODE, ""),
        "municipality": Known(Type.CODE, ""),
        "urban": Known(Type.BOOL, False),
        "enrolled": Known(Type.BOOL, False),
        "enrolled_on": Known(Type.DATE, "cycle"),
        "entitled_from": Known(Type.DATE, "never"),
        "applied_on": Known(Type.DATE, "cycle"),
        "updated_on": Known(Type.DATE, "error"),
        "cycles_since_enrolment": Known(Type.INT, 0),
    },
    "member": {
        "member_id": Known(Type.INT, 0),
        "birth_date": Known(Type.DATE, "error"),
        "sex": Known(Type.CODE, "", ("F", "M")),
        "relationship": Known(Type.CODE, ""),
        "responsible": Known(Type.BOOL, False),
        "is_mother": Known(Type.BOOL, False),
        "pregnant": Known(Type.BOOL, False),
        "disability": Known(Type.BOOL, False),
        "grade": Known(Type.CODE, ""),
        "joined_on": Known(Type.DATE, "long_ago"),
        "left_on": Known(Type.DATE, "never"),
        "died_on": Known(Type.DATE, "never"),
    },
    "pregnancy": {
        "pregnancy_id": Known(Type.INT, 0),
        "lmp_on": Known(Type.DATE, "long_ago"),
        "registered_on": Known(Type.DATE, "cycle"),
        "delivery_on": Known(Type.DATE, "never"),
        "previous_delivery_on": Known(Type.DATE, "long_ago"),
        "open": Known(Type.BOOL, False),
    },
}

MOMENT_NAMES = {
    "first_day": Type.DATE,
    "last_day": Type.DATE,
    "month": Type.INT,
    "of_year": Type.INT,
}
"""What ``cycle.``, ``month.`` and ``window.`` know."""

STANDING_NAMES = {"grace_started_on": Type.DATE, "months_in_grace": Type.INT}
