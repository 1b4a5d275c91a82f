"""What goes to a bank and what comes back, as plain columns and values.

Columns are Arrow: a million instructions or events never become a million Python objects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from pathlib import Path

    from bank_adapters.profiles.model import BankProfile

_MESSAGE_ID = re.compile("[A-Za-z0-9][A-Za-z0-9-]{0,32}")

__all__ = [
    "EVENT_SCHEMA",
    "INSTRUCTION_SCHEMA",
    "BankMessage",
    "EventKind",
    "Expected",
    "FileContext",
    "Instruction",
    "SealedFile",
    "Violation",
]


class Instruction(NamedTuple):
    """One payment to one account. ``INSTRUCTION_SCHEMA`` has the same names as columns."""

    end_to_end_id: str
    instruction_id_text: str
    uetr: str | None
    amount_minor: int
    currency: str
    creditor_name: str
    account: str
    account_kind: str
    agent: str | None
    agent_scheme: str | None
    town: str | None
    country: str | None
    purpose: str | None
    remittance: str | None
    short_reference: str | None = None
    """For rails whose references are short: 1 to 13 of A-Z and 0-9, once for ever."""


INSTRUCTION_SCHEMA = pa.schema(
    [
        pa.field("end_to_end_id", pa.string(), nullable=False),
        pa.field("instruction_id_text", pa.string(), nullable=False),
        pa.field("uetr", pa.string()),
        pa.field("amount_minor", pa.int64(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("creditor_name", pa.string(), nullable=False),
        pa.field("account", pa.string(), nullable=False),
        pa.field("account_kind", pa.string(), nullable=False),
        pa.field("agent", pa.string()),
        pa.field("agent_scheme", pa.string()),
        pa.field("town", pa.string()),
        pa.field("country", pa.string()),
        pa.field("purpose", pa.string()),
        pa.field("remittance", pa.string()),
        pa.field("short_reference", pa.string()),
    ]
)


class EventKind(StrEnum):
    """What one row of a bank message tells.

    ``ENTRY``, ``RETURN`` and ``CHARGE`` are money: over a statement their signed amounts add up
    to its movement. ``DETAIL`` is what the bank says about one payment inside an entry whose
    details do not add up to it: it tells, but it is not money. ``BALANCE`` is not money either.
    """

    FILE_STATUS = "FILE_STATUS"
    GROUP_STATUS = "GROUP_STATUS"
    ITEM_STATUS = "ITEM_STATUS"
    ENTRY = "ENTRY"
    RETURN = "RETURN"
    CHARGE = "CHARGE"
    DETAIL = "DETAIL"
    BALANCE = "BALANCE"


EVENT_SCHEMA = pa.schema(
    [
        pa.field(
            "position", pa.int64(), nullable=False
        ),  # 1, 2, 3… in the file: with its SHA-256, a key
        pa.field("kind", pa.string(), nullable=False),
        pa.field("original_message_id", pa.string()),
        pa.field("payment_information_id", pa.string()),
        pa.field("end_to_end_id", pa.string()),
        pa.field("instruction_id_text", pa.string()),
        pa.field("uetr", pa.string()),
        pa.field("status", pa.string()),  # of a BALANCE: its type, OPBD, CLBD…
        pa.field("reason_list", pa.string()),  # STATUS, RETURN or PROPRIETARY
        pa.field("reason", pa.string()),
        pa.field("amount_minor", pa.int64()),  # never negative; see direction
        pa.field("currency", pa.string()),
        pa.field("direction", pa.string()),  # CRDT or DBIT, as booked on our account
        pa.field("reversal", pa.bool_()),
        pa.field("account", pa.string()),  # our account, the one the bank keeps for the programme
        pa.field("booked_on", pa.date32()),
        pa.field("value_on", pa.date32()),
        pa.field("bank_reference", pa.string()),
        pa.field("entry_reference", pa.string()),
        pa.field("entry_no", pa.int64()),  # 1, 2, 3… of the entry or item this row comes from
        pa.field(
            "batch_count", pa.int64()
        ),  # payments that one row stands for, where the bank says
        pa.field(
            "creditor_account", pa.string()
        ),  # the payee's, as the message has it: to compare as a token, never to store or show
        pa.field("extra", pa.string()),  # codes only
    ]
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a file must contain: fixed before it is written, checked while it is."""

    count: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class FileContext:
    """What makes a file itself, stored by the caller before anything is written.

    The same context and the same rows give the same bytes for ever. ``expected`` may be left out
    when the rows are a table; for a stream of batches the header cannot be known without it.
    """

    message_id: str
    created_at: datetime
    execution_on: date
    profile: BankProfile
    sequence: int = 1
    expected: Expected | None = None

    def __post_init__(self) -> None:
        if not _MESSAGE_ID.fullmatch(self.message_id):
            raise ValueError(
                "FileContext.message_id names the file and, with -1 behind it, the payment group: "
                "it has 1 to 33 letters, digits and dashes. Make it with message_id()."
            )
        if self.created_at.tzinfo is None:
            raise ValueError(
                "FileContext.created_at has no time zone; banks order files by it. Store UTC."
            )


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A payment file that will not change again; the approval names its SHA-256."""

    name: str
    path: Path
    count: int
    total_minor: int
    currency: str
    sha256: str
    bytes: int
    message_id: str
    schema: str


class Violation(NamedTuple):
    """One value that a bank would refuse or that we did not take; never the value itself."""

    position: int
    """Row, counted from 0 in what was given (for messages read: from 1 in the events)."""
    column: str
    rule: str
    fix: str


@dataclass(frozen=True, slots=True)
class BankMessage:
    """A message from a bank, read to its end and found to agree with its own totals."""

    format: str
    message_id: str
    original_message_id: str | None
    entries: int
    """Items or entries in the file: TxInfAndSts, Ntry, CdtTrfTxInf."""
    totals: Mapping[str, int]
    """Money by currency and direction in minor units ('INR.DBIT'), items by status ('RJCT')."""
    events: pa.Table
    refusals: tuple[Violation, ...]
    """Values left out of the events because they break their own format; the rows stand."""
    sha256: str
    bytes: int
    dialects: frozenset[str] = field(default_factory=frozenset)
    """Deviations from the standard that were allowed and met."""
