"""Release: from the approved list to files at the bank, each payment and each file once."""

from cct_engine.cycle.channel import outbox_of
from cct_engine.cycle.release.ahead import Again, DayAhead, days_ahead, goes_again, pay_days_of
from cct_engine.cycle.release.pay_days import PayDays
from cct_engine.cycle.release.step import release

__all__ = [
    "Again",
    "DayAhead",
    "PayDays",
    "days_ahead",
    "goes_again",
    "outbox_of",
    "pay_days_of",
    "release",
]
