"""Corrections: late and corrected evidence, and upheld appeals, brought into closed cycles.

Nothing that was approved is edited. Before a cycle is frozen, the households about whose past
months something became known are replayed, month by month, each month by its own stored statement
over inputs as they are known now; a ladder goes on from the month that changed. What should have
been less what was recorded becomes arrears or an overpayment in the cycle to come.

This package must not know who is allowed to correct, nor the journal.
"""

from cct_engine.entitlement.correction.found import CorrectedLine, Correction, corrected, found_in
from cct_engine.entitlement.correction.run import Inputs, correct

__all__ = [
    "CorrectedLine",
    "Correction",
    "Inputs",
    "correct",
    "corrected",
    "found_in",
]
