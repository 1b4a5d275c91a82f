"""What a run gives: the columns of each outlet, their types, and the order of the rows.

The statement is made by the rulebook's compiler; this page is the other signature. A run whose
columns differ from it is refused before it writes anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cct_engine.entitlement.errors import SchemaDrift

if TYPE_CHECKING:
    from cct_engine.entitlement.engine import Session

__all__ = [
    "KEYS",
    "OUTLETS",
    "check_columns",
    "ordered",
]

_INT = "BIGINT"
_TEXT = "VARCHAR"
OUTLETS: dict[str, dict[str, str]] = {
    "line": {
        "household_id": _INT,
        "source": _TEXT,
        "component": _TEXT,
        "component_order": _INT,
        "person_id": _INT,
        "pregnancy_id": _INT,
        "for_month": _INT,
        "due": _INT,
        "payable": _INT,
        "held": _INT,
        "withheld": _INT,
        "forfeited": _INT,
        "reason_code": _TEXT,
    },
    "household": {
        "household_id": _INT,
        "enrolment_id": _INT,
        "size": _INT,
        "gross": _INT,
        "arrears": _INT,
        "released": _INT,
        "recovery": _INT,
        "pay_now": _INT,
        "held": _INT,
        "withheld": _INT,
        "forfeited": _INT,
        "standing": _TEXT,
        "sanction_state": _TEXT,
        "payee_person_id": _INT,
        "id_digit": _TEXT,
    },
    "verdict": {
        "household_id": _INT,
        "condition": _TEXT,
        "subject_id": _INT,
        "window_first_month": _INT,
        "window_last_month": _INT,
        "numerator": _INT,
        "denominator": _INT,
        "verdict": _TEXT,
        "reason": _TEXT,
    },
    "state": {
        "household_id": _INT,
        "ladder": _TEXT,
        "subject_id": _INT,
        "state": _TEXT,
        "since_month": _INT,
        "until_month": _INT,
        "last_effect_month": _INT,
        "phase_since_month": _INT,
        "counter_1": _INT,
        "counter_2": _INT,
        "counter_3": _INT,
        "shows": _TEXT,
        "breach": _INT,
        "judged": _INT,
        "why": _TEXT,
    },
}
"""The columns each outlet must give, with their SQL types; it may give more."""

KEYS: dict[str, tuple[str, ...]] = {
    "line": (
        "household_id",
        "source",
        "component_order",
        "component",
        "person_id",
        "pregnancy_id",
        "for_month",
        "payable",
        "held",
    ),
    "household": ("household_id",),
    "verdict": ("household_id", "condition", "window_first_month", "subject_id"),
    "state": ("household_id", "ladder", "subject_id"),
}
"""What each result file is sorted by, unless its statement has sorted the rows before it."""

_WHOLE = frozenset({"BIGINT", "INTEGER", "SMALLINT", "TINYINT"})
_OWN_ORDER = re.compile(r"\nORDER BY (\w+(?:, \w+)*)\s*\Z")  # no bracket after it: the outermost

_SORTED_WITHIN = re.compile(r"\nORDER BY household_id, \w+(?:, \w+)*\n\) AS in_order\s*\Z")


def ordered(outlet: str, statement: str) -> str:
    """Return the outlet's statement with its rows in the one order they are written in.

    An order of the statement's own decides between rows of one key; it is sorted once, not twice.
    Rows that the statement only widens after it has sorted them stay as they are.
    """
    keys = KEYS[outlet]
    if _SORTED_WITHIN.search(statement):
        return statement
    own = _OWN_ORDER.search(statement)
    if own is None:
        return f"SELECT * FROM ({statement}) AS outlet ORDER BY {', '.join(keys)}"
    ties = [name for name in own[1].split(", ") if name not in keys]
    return f"{statement[: own.start()]}\nORDER BY {', '.join([*keys, *ties])}"


def check_columns(session: Session, outlet: str, statement: str) -> None:
    """Refuse a statement that gives other columns or types. Raises SchemaDrift naming the column.

    Money comes as whole numbers: a DOUBLE has lost cents, a HUGEINT becomes a DOUBLE in Parquet.
    """
    given = session.columns(statement)
    for column, wanted in OUTLETS[outlet].items():
        found = given.get(column)
        fits = found in _WHOLE if wanted == _INT else found == wanted
        if not fits:
            raise SchemaDrift(
                f"Outlet {outlet} gives column {column} as {found or 'nothing'}; {wanted} is "
                "agreed. CAST it to BIGINT where it is born (sums above all) or correct the outlet."
            )
    for column, found in given.items():
        if found not in _WHOLE and found != _TEXT:
            raise SchemaDrift(
                f"Outlet {outlet} gives column {column} as {found}. Results are whole numbers and "
                "codes only; CAST it to BIGINT."
            )
