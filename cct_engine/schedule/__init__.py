"""The schedule: what needs no signature is done when the programme's calendar says so.

Opening, freezing, calculating, checking, and reading the bank's answers. Approvals and releases
stay with people. Whatever is due is computed from the law's calendar and the state of the cycles
(``due``), so nothing is started twice or forgotten, however many schedulers run or crash.
"""

from cct_engine.schedule.doorbell import run
from cct_engine.schedule.due import Due, due
from cct_engine.schedule.pulse import STALE_SECONDS, Pulse, beat, lives, pulses
from cct_engine.schedule.ring import ClockWentBack, Rung, ring
from cct_engine.schedule.timetable import Timetable, instant_of, next_period, timetable

__all__ = [
    "STALE_SECONDS",
    "ClockWentBack",
    "Due",
    "Pulse",
    "Rung",
    "Timetable",
    "beat",
    "due",
    "instant_of",
    "lives",
    "next_period",
    "pulses",
    "ring",
    "run",
    "timetable",
]
