"""The bank's decision about one transfer: a pure function, and so a model for tests.

Nothing is drawn from a running generator. Each decision hashes the seed with the references of
the transfer, so it depends on no order, no restart and no other transfer.
"""

from __future__ import annotations

import hashlib
import struct
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .mix import FailureMix

__all__ = ["Outcome", "Verdict", "attempt_of", "draws", "verdict_of"]

_MOST_ATTEMPTS = 35


class Outcome(StrEnum):
    """Where a transfer ends at the bank."""

    CREDITED = "credited"
    REJECTED = "rejected"  # before settlement, in the pain.002
    RETURNED = "returned"  # after settlement, as a credit in camt.054 and camt.053


class Verdict(NamedTuple):
    """The decision: ``days`` counts from the settlement to the return (0 = the same day)."""

    outcome: Outcome
    cause: str = ""
    code: str = ""
    days: int = 0


_CREDITED = Verdict(Outcome.CREDITED)


def draws(seed: int, *parts: str) -> tuple[int, int, int, int]:
    """Return four independent numbers of 64 bits that depend only on the arguments."""
    text = "\x1f".join((str(seed), *parts))
    first, second, third, fourth = struct.unpack(">4Q", hashlib.sha256(text.encode()).digest())
    return first, second, third, fourth


def attempt_of(end_to_end_id: str, instruction_id: str) -> int:
    """Return the attempt that an instruction id names: ``<end to end id>-<attempt, base 36>``.

    An instruction id of another form is a first attempt.
    """
    prefix = f"{end_to_end_id}-"
    if not instruction_id.startswith(prefix):
        return 1
    suffix = instruction_id.removeprefix(prefix)
    if not (suffix.isascii() and suffix.isalnum() and len(suffix) == 1):
        return 1
    return min(max(int(suffix, 36), 1), _MOST_ATTEMPTS)


def verdict_of(seed: int, end_to_end_id: str, attempt: int, mix: FailureMix) -> Verdict:
    """Decide one transfer. ``attempt`` counts from 1; later attempts mostly succeed."""
    fails, why, when, late = draws(seed, "verdict", end_to_end_id, str(attempt))
    share = mix.failures_per_100k if attempt == 1 else mix.failures_again_per_100k
    if fails % 100_000 >= share:
        return _CREDITED
    reason = mix.reason_at(why % 100)
    if when % 100 < reason.rejected_percent:
        return Verdict(Outcome.REJECTED, reason.name, reason.status_code)
    days = 1 + (late // 100) % mix.late_days_max if late % 100 < mix.late_percent else 0
    return Verdict(Outcome.RETURNED, reason.name, reason.return_code, days)
