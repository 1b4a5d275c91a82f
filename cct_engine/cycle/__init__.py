"""The cycle of a programme: from the opened period to the closed, proven books.

A step is a function of a ``Desk`` (database, data folder, clock, officer) and the cycle's code. It
authorises, runs its own transactions, can be killed and run again, and returns a ``StepReport``.
Where a step may be taken from, by whom, and who may not, stands in one table (``TRANSITIONS``).

This package must not know XML or the inside of a journal, and calculates no amount.
"""

from cct_engine.cycle.appeals import Appeal, appeals, uphold
from cct_engine.cycle.bridge import BridgeReport, inbox_of, reconcile, waiting_files
from cct_engine.cycle.calculating import calculate
from cct_engine.cycle.checks import check, confirm_override, findings, propose_override, recheck
from cct_engine.cycle.closing import close, report_of
from cct_engine.cycle.correcting import correct
from cct_engine.cycle.cut_off import pins_of
from cct_engine.cycle.desk import Desk, Progress, StepReport
from cct_engine.cycle.emergencies import Emergency, emergencies
from cct_engine.cycle.freezing import folder_of, freeze
from cct_engine.cycle.opening import code_of, open_cycle
from cct_engine.cycle.record import Changed, Cycle, CycleError, by_code, by_id, cycles
from cct_engine.cycle.release import (
    Again,
    DayAhead,
    PayDays,
    days_ahead,
    goes_again,
    outbox_of,
    pay_days_of,
    release,
)
from cct_engine.cycle.signing import approve, countersign, reject, submit
from cct_engine.cycle.states import TRANSITIONS, State, Transition

__all__ = [
    "TRANSITIONS",
    "Again",
    "Appeal",
    "BridgeReport",
    "Changed",
    "Cycle",
    "CycleError",
    "DayAhead",
    "Desk",
    "Emergency",
    "PayDays",
    "Progress",
    "State",
    "StepReport",
    "Transition",
    "appeals",
    "approve",
    "by_code",
    "by_id",
    "calculate",
    "check",
    "close",
    "code_of",
    "confirm_override",
    "correct",
    "countersign",
    "cycles",
    "days_ahead",
    "emergencies",
    "findings",
    "folder_of",
    "freeze",
    "goes_again",
    "inbox_of",
    "open_cycle",
    "outbox_of",
    "pay_days_of",
    "pins_of",
    "propose_override",
    "recheck",
    "reconcile",
    "reject",
    "release",
    "report_of",
    "submit",
    "uphold",
    "waiting_files",
]
