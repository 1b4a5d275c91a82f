"""The header of a batch, and the seal it gets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ledger.digest import canonical_digest
from ledger.errors import LedgerError, MakerIsChecker
from ledger.events import Template, template_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from ledger.events import Event

__all__ = ["Batch", "Contents", "Seal", "seal_digest"]

_KEY_MAX = 200
_CONDUIT_MAX = 100


@dataclass(frozen=True, slots=True)
class Batch:
    """What is posted together: one event of one cycle, fund and currency.

    ``key`` makes a repeat harmless: the same key with the same content returns the first seal.
    ``cycle_id`` 0 is no cycle. ``value_on`` decides the fiscal period. ``conduit`` is whoever
    carries the money (a bank code). ``reverses`` makes it a correction: ``event`` is then the event
    of the batch it mirrors, and the lines are lines of that batch. ``recorded_at`` is an aware
    instant and no part of the content.
    """

    event: Event
    programme_id: int
    fund_id: int
    cycle_id: int
    value_on: date
    currency: str
    key: str
    prepared_by: int
    approved_by: int
    recorded_at: datetime
    conduit: str | None = None
    reverses: int | None = None

    def __post_init__(self) -> None:
        if self.prepared_by == self.approved_by:
            raise MakerIsChecker(
                f"Batch {self.key!r}: officer {self.prepared_by} prepared and approved it. No one "
                "approves their own work: a second officer must approve."
            )
        if not 1 <= len(self.key) <= _KEY_MAX:
            raise LedgerError(f"A batch key has 1 to {_KEY_MAX} characters, got {len(self.key)}.")
        if self.conduit is not None and not 1 <= len(self.conduit) <= _CONDUIT_MAX:
            raise LedgerError(
                f"Batch {self.key!r}: a conduit has 1 to {_CONDUIT_MAX} characters; none is None."
            )
        if not re.fullmatch("[A-Z]{3}", self.currency):
            raise LedgerError(
                f"Batch {self.key!r}: currency {self.currency!r} is not an ISO 4217 code like INR."
            )
        if self.recorded_at.tzinfo is None:
            raise LedgerError(f"Batch {self.key!r}: recorded_at needs a time zone, write UTC.")
        if self.cycle_id < 0:
            raise LedgerError(f"Batch {self.key!r}: cycle {self.cycle_id}; 0 is no cycle.")

    @property
    def template(self) -> Template:
        """The posting its lines make."""
        return template_of(self.event, correction=self.reverses is not None)


class Contents(NamedTuple):
    """What the lines of a batch come to."""

    line_count: int
    total_minor: int
    merkle_root: str


@dataclass(frozen=True, slots=True)
class Seal:
    """The proof that a batch was posted. ``digest`` covers it and everything before it."""

    batch_id: int
    position: int
    count: int
    total_minor: int
    merkle_root: str
    previous_digest: str
    digest: str
    sealed_at: datetime


def seal_digest(
    batch: Batch,
    contents: Contents,
    *,
    batch_id: int,
    period_id: int,
    period_digest: str,
    position: int,
    previous_digest: str,
    closings: Sequence[str],
) -> str:
    """Return the digest of a seal: every column of header and lines, and the one before.

    ``closings`` are the digests of the fiscal periods closed since the one before, in order of
    period, so that a closing cannot be undone either.
    """
    template = batch.template
    return canonical_digest(
        "cct-ledger-seal-1",
        [
            position,
            previous_digest,
            batch_id,
            template.event,
            template.debit,
            template.credit,
            batch.programme_id,
            batch.fund_id,
            batch.cycle_id,
            batch.conduit,
            batch.value_on,
            period_id,
            period_digest,
            batch.currency,
            batch.key,
            batch.reverses,
            batch.prepared_by,
            batch.approved_by,
            batch.recorded_at,
            contents.line_count,
            contents.total_minor,
            contents.merkle_root,
            *closings,
        ],
    )
