"""A bank that answers: for demonstrations, rehearsals and tests of reconciliation.

``simulate`` reads released orders (pain.001) from an outbox folder and writes what a bank writes:

========================  =========================================================================
answer                    what it says
========================  =========================================================================
pain.002.001.10           the order is taken (ACCP) or refused (RJCT); transfers rejected before
                          settlement are listed, all others are accepted
camt.054.001.08, debit    one batch-booked debit per payment block, of what was not rejected
camt.054.001.08, returns  returned transfers with their reason; the bank's own mistakes and their
                          corrections
camt.053.001.08           the day of an account: opening balance + entries = closing balance
========================  =========================================================================

An entry has the same reference (``NtryRef``) in advice and statement. Names of answers sort in
the order of delivery. What goes wrong, and how often, is a ``FailureMix``; every decision is a
hash of the seed and the transfer's own references, so neither order nor restart changes it, and
``verdict_of`` and ``expected_outcomes`` tell it beforehand.

Not played: credits to a wrong person's account (no file shows them), and status reports that
list accepted transfers one by one.

This package shares no code with the readers and writers of ``bank_adapters``: a mistake there
would otherwise answer itself.
"""

from __future__ import annotations

from .expected import Expected, expected_outcomes
from .mix import FailureMix, FailureReason
from .orders import UnreadableOrderError
from .run import simulate
from .verdict import Outcome, Verdict, attempt_of, verdict_of

__all__ = [
    "Expected",
    "FailureMix",
    "FailureReason",
    "Outcome",
    "UnreadableOrderError",
    "Verdict",
    "attempt_of",
    "expected_outcomes",
    "simulate",
    "verdict_of",
]
