"""Files to the bank, its answers, what came back, money without a home, and exceptions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from cct_engine.api.values.base import Body, Count, Line, Minor, Query, Reason, Value, Whole

__all__ = [
    "AnswerDetail",
    "AnswerFilter",
    "AnswerPage",
    "AnswerValue",
    "ExceptionFilter",
    "ExceptionPage",
    "ExceptionValue",
    "FileDetail",
    "FilePage",
    "FileValue",
    "HandedIn",
    "OfCycle",
    "Override",
    "Proposal",
    "Refusal",
    "ReturnPage",
    "ReturnValue",
    "SuspenseDetail",
    "SuspenseFilter",
    "SuspensePage",
    "SuspenseValue",
]

_Cycle = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{1,60}-[0-9]{4}-[0-9]{2})?$")]
_After = Annotated[int, Field(ge=0, le=2**31 - 1)]


class OfCycle(Query):
    """Of one cycle, or of all."""

    cycle: _Cycle = ""


class FileValue(Value):
    """A payment file with its seal."""

    message_id: str
    name: str | None
    cycle: str | None
    programme: str
    profile_code: str
    created_at: datetime
    execution_on: date
    currency: str
    instruction_count: Count
    total_minor: Minor
    state: Literal["allocated", "sealed", "sent", "unknown"]
    sha256: str | None
    byte_count: int | None
    sent_at: datetime | None


class FilePage(Value):
    """Files, newest first."""

    items: list[FileValue]


class DeliveryValue(Value):
    """A try to hand the file over."""

    channel: str
    outcome: str
    sha256: str
    tried_at: datetime
    login: str


class FileStateValue(Value):
    """The payments of the file in one state."""

    state: str
    payments: Count
    amount_minor: Minor


class FileDetail(FileValue):
    """A file: its place in the chain of manifests, its deliveries, what became of it."""

    manifest_position: int | None
    manifest_digest: str | None
    manifest_previous: str | None
    list_digest: str | None
    deliveries: list[DeliveryValue]
    states: list[FileStateValue]


class HandedIn(Query):
    """What a bank's file is called."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]


class AnswerFilter(Query):
    """Which messages of the bank."""

    result: Literal["", "received", "applied", "quarantined"] = ""


class AnswerValue(Value):
    """A message of the bank: whether it was whole, and what it did."""

    inbox_file_id: int
    name: str
    format: str
    received_at: datetime
    state: Literal["received", "applied", "quarantined"]
    byte_count: Count
    event_count: Count
    applied_count: Count
    repeated_count: Count
    suspense_count: Count
    unrecognised_count: Count
    refusal_code: str


class AnswerPage(Value):
    """Messages, newest first."""

    items: list[AnswerValue]


class EventSum(Value):
    """Events of one kind."""

    kind: str
    status: str
    direction: str
    currency: str
    events: Count
    amount_minor: int | None


class AnswerDetail(AnswerValue):
    """A message with what is in it."""

    sha256: str
    message_id: str
    refusal_place: str
    refusal_advice: str
    kinds: list[EventSum]


class ReturnValue(Value):
    """Failed last attempts by the bank's reason."""

    title: str
    currency: str
    reason_list: str | None
    reason: str | None
    meaning: str
    action: str
    state: str
    payments: Count
    amount_minor: Minor
    oldest_on: date


class ReturnPage(Value):
    """What came back, the largest sum first."""

    items: list[ReturnValue]


class SuspenseFilter(Query):
    """Which lines."""

    view: Literal["", "mine", "unowned", "old", "closed"] = ""


class SuspenseValue(Value):
    """Bank money without a home."""

    item_id: int
    reason: str
    owner_role: str
    direction: Literal["CRDT", "DBIT"]
    currency: str
    amount_minor: Minor
    opened_on: date
    age_days: Count
    state: Literal["open", "proposed", "closed"]
    resolution: str | None
    booked: bool
    taken_by: str | None
    cycle: str | None


class SuspensePage(Value):
    """Lines, oldest first."""

    items: list[SuspenseValue]


class CandidateValue(Value):
    """A payment that the line could be about."""

    instruction_id: int
    end_to_end_id: str
    amount_minor: Minor
    currency: str
    value_on: date
    state: str
    same_reference: bool | None
    same_amount: bool
    same_account: bool | None
    near_date: bool


class SuspenseDetail(SuspenseValue):
    """A line beside what it could be."""

    file_name: str
    bank_reference: str | None
    entry_reference: str | None
    booked_on: date | None
    proposer: str | None
    confirmer: str | None
    resolutions: list[str]
    candidates: list[CandidateValue]


class Proposal(Body):
    """What the line was."""

    resolution: Literal["return", "funds", "charge", "not_ours"]
    payment: Annotated[Whole, Field(description="0: none of ours.")] = 0
    reason: Reason


class Refusal(Body):
    """Why a proposal is refused."""

    reason: Reason


class ExceptionFilter(Query):
    """Which findings; without a cycle, those of cycles that are checked and not submitted."""

    cycle: _Cycle = ""
    code: Line = ""
    state: Literal["", "open", "proposed", "overridden"] = ""
    after: _After = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class ExceptionValue(Value):
    """What a check found, and what was decided about it."""

    finding_id: int
    cycle: str
    programme: str
    code: str
    meaning: str
    effect: Literal["blocks", "holds", "warns"]
    state: Literal["open", "overridden", "resolved", "distinct"]
    household: str | None
    currency: str
    amount_minor: int | None
    found_at: datetime
    evidence: dict[str, Any]
    proposed_by: str | None
    confirmed_by: str | None


class ExceptionPage(Value):
    """Findings, blocking ones first; ``next`` is the ``after`` of the next page."""

    items: list[ExceptionValue]
    next: int | None


class Override(Body):
    """Why to pay although the finding stands."""

    reason: Reason
