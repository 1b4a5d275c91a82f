"""What a message of the bank does to an instruction: one table of ranks, one of moves.

A status only ever lifts an instruction to a higher rank, so messages may come in any order. An
instruction that is refused or credited back has ended, and no later status revives it.

| evidence | the instruction is | becomes | the books |
|---|---|---|---|
| refusal (RJCT, CANC) | under way | rejected, cancelled | 1090 → 2120 |
| refusal | settled | returned | 1010 → 2120, and the credit to come is an open item |
| refusal | ended | as it is | – |
| debit booked | under way | settled | 1090 → 1010 |
| debit booked | ended | returned | the debit is an open item, or closes the one of the credit |
| credit booked | settled | returned | 1010 → 2120 |
| credit booked | under way | returned | 1090 → 2120, and the debit to come is an open item |
| credit booked | ended, no credit yet | returned | closes the open item, or is one |
| credit booked | credited before | as it is | suspense |

So each entry of the bank is in account 1010 exactly once, whatever came first, and what the bank
still owes us stands in the list of open items. Nothing is settled by a status: ACSC says that our
bank is done, not that the payee has the money.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

__all__ = ["ENDED", "RANK", "STATUS_EFFECT", "UNDER_WAY", "Effect", "below", "quoted"]


class Effect(StrEnum):
    """What a status code of a bank says about an instruction."""

    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    NONE = ""
    """Known, but it says nothing about a single instruction."""


RANK: Final = {
    "drafted": 0,
    "sealed": 1,
    "unknown": 2,
    "sent": 2,
    "acknowledged": 3,
    "accepted": 4,
    "settled": 5,
}
ENDED: Final = ("rejected", "returned", "expired", "cancelled")
UNDER_WAY: Final = ("sealed", "unknown", "sent", "acknowledged", "accepted")

STATUS_EFFECT: Final = {
    # ExternalPaymentTransactionStatus1Code and its siblings for files and groups
    "RCVD": Effect.ACKNOWLEDGED,
    "ACTC": Effect.ACKNOWLEDGED,
    "PDNG": Effect.ACKNOWLEDGED,
    "ACCP": Effect.ACCEPTED,
    "ACWC": Effect.ACCEPTED,
    "ACWP": Effect.ACCEPTED,
    "ACSP": Effect.ACCEPTED,
    "ACSC": Effect.ACCEPTED,
    "ACCC": Effect.ACCEPTED,
    "ACFC": Effect.ACCEPTED,
    "ACPD": Effect.ACCEPTED,
    "BLCK": Effect.ACCEPTED,
    "PART": Effect.NONE,
    "PATC": Effect.NONE,
    "RJCT": Effect.REJECTED,
    "CANC": Effect.CANCELLED,
    # What became of a recall, in a camt.029: only where it was granted is anything changed.
    "ACCR": Effect.CANCELLED,
    "CNCL": Effect.CANCELLED,
    "RJCR": Effect.NONE,
    "PDCR": Effect.NONE,
    "PACR": Effect.NONE,
    "UWFW": Effect.NONE,
}


def below(state: str) -> tuple[str, ...]:
    """Return the states under way that ``state`` lifts an instruction from."""
    return tuple(name for name in UNDER_WAY if RANK[name] < RANK[state])


def quoted(states: tuple[str, ...]) -> str:
    """Return our own state names as an SQL list."""
    return ", ".join(f"'{state}'" for state in states)
