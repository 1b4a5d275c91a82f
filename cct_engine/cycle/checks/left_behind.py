"""Families whose enrolment the law ends because they left money behind; an officer decides it.

Programmes remind such a family and pay it with a later cycle; only leaving money behind again and
again ends its enrolment. So nothing is held: the family is named to those who sign the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

import reconciliation
from cct_engine.cycle import record
from cct_engine.cycle.lapsing import ends_enrolment

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from cct_engine.cycle.checks.policy import Check
    from cct_engine.cycle.record import Cycle

__all__ = ["find_left_behind"]

_CODE: Final = "MONEY_LEFT_BEHIND"
_COLUMNS: Final = ("cycle_id", "value_on", "household_id", "instruction_id")
# Whoever came back to the list since is a new family to it.
_FIND = """
    INSERT INTO found (code, effect, household_id, subject_a, subject_b, evidence)
    SELECT :code, :effect, b.household_id, 0, 0,
           jsonb_build_object('payments', count(*), 'paid_on', min(b.value_on))
    FROM left_behind b JOIN looked_family f USING (household_id)
    WHERE (b.cycle_id, b.value_on) IN (
            SELECT * FROM unnest(CAST(:cycles AS integer[]), CAST(:days AS date[])))
      AND EXISTS (SELECT FROM registry.enrolment e
                  WHERE e.household_id = b.household_id AND e.programme_id = :programme_id
                    AND e.known_to = 'infinity' AND e.valid_to = 'infinity'
                    AND e.valid_from <= b.value_on)
    GROUP BY b.household_id
"""


def find_left_behind(
    connection: sa.Connection, cycle: Cycle, check: Check, home: Path, *, on: date
) -> None:
    """Add to ``found`` the families of the list that left money behind for longer than the law."""
    connection.execute(sa.text("DROP TABLE IF EXISTS left_behind"))
    connection.execute(
        sa.text(
            "CREATE TEMP TABLE left_behind (cycle_id integer, value_on date, household_id bigint,"
            " instruction_id bigint) ON COMMIT DROP"
        )
    )
    target = sa.table("left_behind", *(sa.column(name) for name in _COLUMNS))
    connection.execute(sa.insert(target).from_select(list(_COLUMNS), reconciliation.left_behind()))
    found = connection.execute(
        sa.select(target.c.cycle_id, target.c.value_on).distinct().order_by("cycle_id", "value_on")
    ).all()
    ended = [
        (cycle_id, paid_on)
        for cycle_id, paid_on in found
        if (paid := record.by_id(connection, cycle_id)).programme_id == cycle.programme_id
        and ends_enrolment(connection, paid, home, paid_on=paid_on, on=on)
    ]
    if ended:
        connection.execute(
            sa.text(_FIND),
            {
                "code": _CODE,
                "effect": check.effect,
                "cycles": [cycle_id for cycle_id, _ in ended],
                "days": [paid_on for _, paid_on in ended],
                "programme_id": cycle.programme_id,
            },
        )
