"""Payments and families."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from cct_engine.api.values.base import Count, Line, Minor, Query, Value

__all__ = [
    "ExplanationFilter",
    "ExplanationValue",
    "Household",
    "PaymentDetail",
    "PaymentFilter",
    "PaymentPage",
    "PaymentValue",
]

_Household = Annotated[str, Field(pattern=r"^([0-9]{11})?$")]


class PaymentFilter(Query):
    """Which families of the list."""

    difference: Literal["", "new", "dropped", "more", "less", "same"] = ""
    state: Literal["", "payable", "held", "withheld", "forfeited", "not_due"] = ""
    place: Line = ""
    component: Line = ""
    household: _Household = ""
    after: _Household = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class PaymentValue(Value):
    """What a family gets in a cycle."""

    household: str
    place: str
    state: str
    pay_now_minor: Minor
    held_minor: Minor
    withheld_minor: Minor
    forfeited_minor: Minor
    last_minor: Minor
    change_minor: Minor
    difference: str
    components: str | None
    reason_code: str | None
    why: str


class PaymentPage(Value):
    """Families in the order of their numbers; ``next`` is the ``after`` of the next page."""

    cycle: str
    currency: str
    items: list[PaymentValue]
    next: str | None


class LineValue(Value):
    """A line of a family's list."""

    line_seq: int
    source: str
    component: str
    for_period: date
    money_state: str
    amount_minor: Minor
    reason_code: str


class AttemptValue(Value):
    """An attempt to pay."""

    instruction_id: int
    attempt: int
    value_on: date
    amount_minor: Minor
    currency: str
    state: str
    reason: str | None
    end_to_end_id: str
    message_id: str | None
    sent_at: datetime | None


class PaymentDetail(PaymentValue):
    """What a family gets, the lines behind it, and every attempt to pay."""

    cycle: str
    currency: str
    lines: list[LineValue]
    attempts: list[AttemptValue]


class ExplanationFilter(Query):
    """Which cycle, in which language."""

    cycle: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}-[0-9]{4}-[0-9]{2}$")]
    language: Literal["en", "hi", "pt", "es"] = "en"


class ExplanationValue(Value):
    """Why a family gets what it gets, run again over the sealed inputs."""

    household: str
    cycle: str
    state: str
    currency: str
    language: str
    title: str
    sentences: list[str]
    figures: dict[str, Any]
    workings: dict[str, str]
    law: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    conditions: list[dict[str, Any]]
    snapshot_digest: str
    run_digest: str


class MemberValue(Value):
    """A member; names are first letters unless the officer may see them."""

    person_id: int
    relationship: str | None
    responsible: bool
    given: str | None
    family: str | None
    birth_date: date | None
    sex: str | None
    account_kind: str | None
    account_end: str | None


class StandingValue(Value):
    """A programme the household is or was in, and its newest result."""

    code: str
    title: str
    entered_on: date
    exited_on: date | None
    cycle: str | None
    cycle_state: str | None
    currency: str | None
    pay_now_minor: int | None
    held_minor: int | None
    withheld_minor: int | None
    forfeited_minor: int | None
    standing: str | None
    payment_state: str | None
    reason_code: str | None


class ConditionValue(Value):
    """What was reported of a member."""

    person_id: int
    kind: str
    window_start: date
    numerator: int | None
    denominator: int | None
    status: str | None
    reason_code: str | None
    facility: str | None


class FamilyPayment(Value):
    """An attempt to pay the family, of any programme."""

    instruction_id: int
    cycle: str
    value_on: date
    amount_minor: Minor
    currency: str
    state: str
    attempt: int
    reason: str | None


class Household(Value):
    """A family in a single window; who reads it with names stands in the record."""

    household: str
    kind: str | None
    zone: str
    municipality: str
    centre: str | None
    member_count: Count
    readers_30_days: Count
    members: list[MemberValue]
    programmes: list[StandingValue]
    conditions: list[ConditionValue]
    payments: list[FamilyPayment]
