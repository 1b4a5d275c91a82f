"""Lists of entitlements as a rulebook would have calculated them, written by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["SEPTEMBER", "Line", "write_list"]

SEPTEMBER = date(2026, 9, 1)
_SOURCES = ("due", "arrears", "released", "recovery")
_RESULT = """
    INSERT INTO cycle.household_result (cycle_id, household_id, enrolment_id, member_count,
        gross_minor, arrears_minor, released_minor, recovery_minor, pay_now_minor, held_minor,
        withheld_minor, forfeited_minor, standing, sanction_state, payee_person_id)
    VALUES (:cycle_id, :household_id, :household_id, 4, :due, :arrears, :released, :recovery,
        :payable, :held, :withheld, :forfeited, 'regular', 'none', :payee)
"""


class Line(NamedTuple):
    """One line of a list as a rulebook would have calculated it."""

    household_id: int
    amount_minor: int
    source: str = "due"
    money_state: str = "payable"
    component: str = "BASE"
    reason_code: str = ""
    for_period: date = SEPTEMBER


def write_list(
    connection: sa.Connection,
    cycle_id: object,
    lines: Sequence[Line],
    *,
    fund: int,
    payees: Mapping[int, int],
) -> None:
    """Write a cycle's lines and what each household gets; ``payees`` says whom it is paid to.

    A household without a payee of its own is paid to the person of ten times its number.
    """
    numbered: dict[int, int] = {}
    for line in lines:
        numbered[line.household_id] = numbered.get(line.household_id, 0) + 1
        connection.execute(
            sa.text(
                "INSERT INTO cycle.entitlement_line (cycle_id, household_id, line_seq, source,"
                " component, for_period, enrolment_id, fund_id, money_state, amount_minor,"
                " reason_code) VALUES (:cycle_id, :household_id, :line_seq, :source,"
                " :component, :for_period, :household_id, :fund, :money_state, :amount_minor,"
                " :reason_code)"
            ),
            line._asdict()
            | {"cycle_id": cycle_id, "line_seq": numbered[line.household_id], "fund": fund},
        )
    for household_id in sorted(numbered):
        own = [line for line in lines if line.household_id == household_id]
        figures = _figures(own) | {
            "cycle_id": cycle_id,
            "household_id": household_id,
            "payee": payees.get(household_id, household_id * 10),
        }
        connection.execute(sa.text(_RESULT), figures)


def _figures(lines: Sequence[Line]) -> dict[str, int]:
    def by(which: Callable[[Line], bool]) -> int:
        return sum(line.amount_minor for line in lines if which(line))

    figures = {name: by(lambda line, name=name: line.source == name) for name in _SOURCES}
    figures["recovery"] = -figures["recovery"]
    figures |= {
        name: by(lambda line, name=name: line.money_state == name and line.source != "lapsed")
        for name in ("payable", "held", "withheld", "forfeited")
    }
    return figures
