"""What went wrong, in words: refused by a rule, not usable, or a mistake of ours."""

from __future__ import annotations

from typing import Final

from bank_adapters import RefusedFile
from cct_engine.cycle import Changed, CycleError
from cct_engine.entitlement import EntitlementError
from cct_engine.people import Refused
from cct_engine.registry import RefusedFeed, SecondPersonNeeded
from cct_engine.rulebook import RefusedRulebook, UnknownHousehold
from ledger import LedgerError
from reconciliation import ReconciliationError

__all__ = ["REFUSALS", "is_conflict", "told"]

REFUSALS: Final = (
    Refused,
    CycleError,
    EntitlementError,
    LedgerError,
    ReconciliationError,
    RefusedFeed,
    RefusedFile,
    RefusedRulebook,
    SecondPersonNeeded,
    UnknownHousehold,
)
"""What the engine's doors say no with; each text may be shown as it stands."""

_FAILED: Final = (
    "Something failed on our side, and we cannot tell whether your act counted. Open the page "
    "again to see. Pressing again is safe: it cannot count twice."
)


def told(error: Exception) -> tuple[str, str]:
    """Return the state of a job that ended so, and what a person is told."""
    if isinstance(error, REFUSALS):
        return "refused", str(error)
    return "failed", _FAILED


def is_conflict(error: Exception) -> bool:
    """Tell whether somebody else was faster."""
    return isinstance(error, Changed)
