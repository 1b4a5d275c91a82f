"""Cycles: where they stand, what they sum up to, what is signed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from cct_engine.api.values.base import Body, Count, Line, Minor, Query, Reason, Value, Whole

__all__ = [
    "Approval",
    "ApprovalSheet",
    "Case",
    "Changes",
    "CycleDetail",
    "CycleFilter",
    "CyclePage",
    "CycleValue",
    "Opening",
    "ProofValue",
    "Rejection",
    "StepAsked",
]

_Version = Annotated[Whole, Field(description="The version of the cycle that was read.")]


class CycleFilter(Query):
    """Which cycles."""

    programme: Line = ""
    before: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=60)] = 60


class Opening(Body):
    """The cycle to open."""

    programme: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$")]
    period: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class StepAsked(Body):
    """The version that was read: a step on another one is refused."""

    version: _Version


class Approval(StepAsked):
    """The signature: the digest of the sheet that was read."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Rejection(StepAsked):
    """Why the list goes back."""

    reason: Reason


class CycleValue(Value):
    """A cycle."""

    cycle_id: int
    code: str
    programme: str
    period: date
    month_count: Count
    currency: str
    state: Literal[
        "opened",
        "frozen",
        "calculated",
        "checked",
        "submitted",
        "approved",
        "released",
        "closed",
    ]
    version: int
    opened_at: datetime
    as_of_valid: date | None
    as_of_known: datetime | None
    value_on: date | None
    rulebook_digest: str | None
    list_digest: str | None
    prepared_by: str | None
    submitted_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    released_by: str | None
    released_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    proof_digest: str | None


class CyclePage(Value):
    """Cycles, newest first; ``next`` is the ``before`` of the next page."""

    items: list[CycleValue]
    next: int | None


class FiguresValue(Value):
    """What families are entitled to."""

    families: Count
    entitled_minor: Minor
    paid_families: Count
    pay_now_minor: Minor
    held_families: Count
    held_minor: Minor
    withheld_families: Count
    withheld_minor: Minor
    forfeited_families: Count
    forfeited_minor: Minor
    not_due_families: Count
    household_count: Count
    difference_minor: Minor


class SentValue(Value):
    """What went to the bank and what became of it."""

    sent_count: Count
    sent_minor: Minor
    paid_count: Count
    paid_minor: Minor
    returned_count: Count
    returned_minor: Minor
    rejected_count: Count
    rejected_minor: Minor
    open_count: Count
    open_minor: Minor
    difference_minor: Minor


class SignaturesValue(Value):
    """How many signatures a list needs for its sum, and who gave them, the first one first."""

    needed: Count
    given: Count
    missing: Count
    signed_by: list[str | None]


class CycleDetail(CycleValue):
    """A cycle with its sums."""

    signatures: SignaturesValue | None

    figures: FiguresValue | None
    sent: SentValue | None
    finding_count: Count
    blocking_count: Count
    unconfirmed_count: Count
    file_count: Count
    suspense_count: Count


class ChangeValue(Value):
    """Why some money differs from the last cycle's."""

    reason: str
    component: str
    household_count: int
    amount_minor: Minor


class Changes(Value):
    """What differs from the last cycle, unit by unit."""

    cycle: str
    previous: str | None
    previous_minor: Minor
    this_minor: Minor
    previous_count: Count
    this_count: Count
    ties: bool
    changes: list[ChangeValue]


class ControlTotal(Value):
    """A sum that must be the same as the others, counted apart from them."""

    name: str
    families: int | None
    amount_minor: Minor
    difference_minor: Minor


class Case(Value):
    """A family on the sheet."""

    household: str
    member_count: int | None
    pay_now_minor: Minor
    held_minor: Minor
    withheld_minor: Minor
    forfeited_minor: Minor
    components: str | None
    reason_code: str | None
    change_minor: int | None = None


class OverrideValue(Value):
    """An override that counts in the list."""

    finding_id: int
    code: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None


class ApprovalSheet(Value):
    """What is signed: the digest names exactly this list."""

    cycle: str
    state: str
    version: int
    list_digest: str | None
    prepared_by: str | None
    signatures: SignaturesValue | None
    figures: FiguresValue
    controls: list[ControlTotal]
    seed: str
    cases: list[Case]
    largest: list[Case]
    changed: list[Case]
    overrides: list[OverrideValue]


class IdentityValue(Value):
    """Two sums counted apart that must be one."""

    name: str
    left: str
    left_minor: Minor
    right: str
    right_minor: Minor
    difference_minor: Minor


class BlockerValue(Value):
    """Something unfinished that keeps the cycle open."""

    kind: str
    text: str
    count: Count
    amount_minor: Minor
    oldest_on: date | None


class StateTotalValue(Value):
    """The payments in one state."""

    state: str
    count: Count
    amount_minor: Minor


class ProofValue(Value):
    """Whether entitled, approved, sent, bank and books are one sum."""

    cycle: str
    ties: bool
    digest: str
    awaiting_reissue_minor: Minor
    identities: list[IdentityValue]
    states: list[StateTotalValue]
    blockers: list[BlockerValue]
