"""Emergencies: which steps of a cycle were taken by a role that was lent for hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cct_engine import cycle
from cct_engine.audit.control import Control
from cct_engine.audit.querying import counted

if TYPE_CHECKING:
    from cct_engine.audit.control import Ask, Evidence

__all__ = ["EMERGENCIES"]

_COLUMNS: Final = ("cycle", "act", "step", "at", "officer", "role", "lent_by", "hours", "reason")


def _run(ask: Ask) -> Evidence:
    code = None if ask.cycle_id is None else cycle.by_id(ask.connection, ask.cycle_id).code
    return counted(
        _COLUMNS,
        (
            (
                one.cycle,
                one.act_id,
                one.verb,
                one.at.isoformat(),
                one.login,
                one.role.value,
                one.lent_by,
                one.hours,
                one.reason,
            )
            for one in cycle.emergencies(ask.connection, code)
        ),
    )


EMERGENCIES: Final = Control(
    code="acted_in_an_emergency",
    findings=(),
    title="Roles lent in an emergency",
    asks="Which steps of a cycle were taken with a role that was lent for hours, by whom, and why?",
    found="{count} [step|steps] of cycles [was|were] taken with a role lent in an emergency. It is "
    "allowed; look at the reason, and at what was signed or sent.",
    clean="No step of a cycle was taken with a role lent in an emergency.",
    limits="It reads the record of acts: who lent the role, when and why stands there, chained.",
    sql="",
    run=_run,
)
