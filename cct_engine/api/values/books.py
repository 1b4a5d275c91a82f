"""The ledger as values."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from cct_engine.api.values.base import Count, Day, Line, Minor, Query, Value

__all__ = [
    "AccountFilter",
    "AccountPage",
    "BatchFilter",
    "BatchValue",
    "MovementValue",
    "Span",
    "TrialBalance",
    "TrialRow",
]


class Span(Query):
    """A fund and a span of value dates, both inclusive; as the books were known on a day."""

    fund: Line = ""
    since: Day | None = None
    until: Day | None = None
    known_on: Day | None = None


class AccountFilter(Span):
    """Batches older than one of them."""

    before: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class BatchFilter(Query):
    """Lines after one of them."""

    after_subject: Annotated[int, Field(ge=-1, le=2**40)] = -1
    after_seq: Annotated[int, Field(ge=-1, le=2**31 - 1)] = -1


class TrialRow(Value):
    """An account of a fund; debits are positive."""

    account: int
    name: str
    opening_minor: Minor
    debit_minor: Minor
    credit_minor: Minor
    closing_minor: Minor


class TrialBalance(Value):
    """What is in the books of a fund, and the head of their chain."""

    fund: str
    currency: str
    since: date
    until: date
    known_on: date
    head: str | None
    rows: list[TrialRow]


class MovementValue(Value):
    """What a batch moved on an account."""

    batch_id: int
    value_on: date
    event: str
    line_count: Count
    debit_minor: Minor
    credit_minor: Minor
    key: str
    cycle: str | None
    prepared_by: str | None
    approved_by: str | None


class AccountPage(Value):
    """An account's batches, newest first; ``next`` is the ``before`` of the next page."""

    account: int
    name: str
    fund: str
    currency: str
    balance_minor: Minor
    items: list[MovementValue]
    next: int | None


class JournalLine(Value):
    """A line; subject 0 is nobody."""

    subject_id: int
    seq: int
    amount_minor: Minor
    reference: int


class NextLines(Value):
    """Where the next lines begin."""

    after_subject: int
    after_seq: int


class BatchValue(Value):
    """A batch: its seal, and fifty of its lines."""

    batch_id: int
    event_name: str
    debit: int
    credit: int
    fund: str | None
    programme: str | None
    cycle: str | None
    currency: str
    value_on: date
    recorded_at: datetime
    key: str
    prepared_login: str | None
    approved_login: str | None
    position: int
    line_count: Count
    total_minor: Minor
    digest: str
    previous_digest: str | None
    merkle_root: str
    reverses: int | None
    reversed_by: int | None
    lines: list[JournalLine]
    next: NextLines | None
